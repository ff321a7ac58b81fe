import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A private key and its public half. */
export type KeyPair = Readonly<{ privateKey: KeyObject; publicKey: KeyObject }>

/** How each kind of key is generated. Times on Node 20, one core: EC and EdDSA under 2 ms, RSA 2048 100 ms, DSA 700 ms. */
const GENERATORS = {
  p256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  secp256k1: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ed25519: () => generateKeyPairSync('ed25519'),
  ed448: () => generateKeyPairSync('ed448'),
  rsa1024: () => generateKeyPairSync('rsa', { modulusLength: 1024 }),
  rsa2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  rsa3072: () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  rsa4096: () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  'rsa-pss2048': () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  dsa2048: () => generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }),
  'ml-dsa-44': () => generateMlDsa('ml-dsa-44'),
  'ml-dsa-65': () => generateMlDsa('ml-dsa-65'),
  'ml-dsa-87': () => generateMlDsa('ml-dsa-87'),
} as const

/**
 * A kind of key. `rsa-pss2048` has the object identifier id-RSASSA-PSS and no parameters. The `ml-dsa` kinds
 * (FIPS 204) exist where this Node has them: see {@link isKeyTypeAvailable}.
 */
export type KeyType = keyof typeof GENERATORS

/** The fastest to make (0.04 ms) of those that every TLS client has. */
export const DEFAULT_KEY_TYPE: KeyType = 'p256'

/** A kind of key to generate, a pair made before, or a private key alone. */
export type KeyInput = KeyType | KeyPair | KeyObject

/**
 * Generates a key pair, on the calling thread.
 *
 * @param type - Default {@link DEFAULT_KEY_TYPE}.
 * @throws {TypeError} For an unknown type, or one this Node cannot make.
 */
export function generateKeyPair(type: KeyType = DEFAULT_KEY_TYPE): KeyPair {
  if (!isKeyType(type)) {
    throw new TypeError(`unknown key type ${JSON.stringify(type)}; use ${Object.keys(GENERATORS).join(', ')}`)
  }
  return GENERATORS[type]()
}

/** Whether this Node can make keys of `type`: ML-DSA came with Node 24.6 on OpenSSL 3.5. Generates one to find out. */
export function isKeyTypeAvailable(type: KeyType): boolean {
  try {
    generateKeyPair(type)
    return true
  } catch {
    return false
  }
}

function generateMlDsa(type: string): KeyPair {
  // The type definitions follow the oldest supported Node, which does not know these names; at run time it says so.
  return generateKeyPairSync(type as 'ed25519')
}

const CURVES: Readonly<Record<string, KeyType>> = {
  prime256v1: 'p256',
  secp384r1: 'p384',
  secp521r1: 'p521',
  secp256k1: 'secp256k1',
}

/** Finds the kind of a key, so that another of the same kind can be made. Undefined for a kind this module does not make. */
export function keyTypeOf(key: KeyObject): KeyType | undefined {
  const { namedCurve = '', modulusLength = '' } = key.asymmetricKeyDetails ?? {}
  const name = CURVES[namedCurve] ?? `${key.asymmetricKeyType}${modulusLength}`
  return isKeyType(name) ? name : undefined
}

function isKeyType(name: string): name is KeyType {
  return Object.hasOwn(GENERATORS, name)
}

/** Keys that are made once and handed out in turn. */
export type KeyPool = Readonly<{ next: (type: KeyType) => KeyPair }>

/**
 * Creates a pool that generates at most `size` pairs of each kind and then hands them out in turn.
 *
 * For tests that mint many certificates with slow keys. Certificates then share keys, so a pool must be larger than the
 * number of authorities that a test tells apart; without a pool every certificate has a key of its own.
 *
 * @param options.size - Pairs of each kind, at least 1. Default 4: a root, two intermediates and a leaf.
 * @throws {RangeError} If the size is not a positive integer.
 * @example
 * const keyPool = createKeyPool()
 * const root = createAuthority({ key: 'rsa2048', keyPool })
 */
export function createKeyPool({ size = 4 }: Readonly<{ size?: number }> = {}): KeyPool {
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError('size must be a positive integer')
  const shelves = new Map<KeyType, { pairs: KeyPair[]; taken: number }>()
  return {
    next(type) {
      const shelf = shelves.get(type) ?? { pairs: [], taken: 0 }
      shelves.set(type, shelf)
      const index = shelf.taken++ % size
      const pair = shelf.pairs[index] ?? generateKeyPair(type)
      shelf.pairs[index] = pair
      return pair
    },
  }
}

/** Turns what a caller gave as a key into a pair, drawing from the pool if there is one. */
export function keyPairOf(key: KeyInput, pool: KeyPool | undefined): KeyPair {
  if (typeof key === 'string') return pool === undefined ? generateKeyPair(key) : pool.next(key)
  if ('privateKey' in key) return key
  return { privateKey: key, publicKey: createPublicKey(key) }
}

/** The DER `SubjectPublicKeyInfo` of a pair. */
export function spkiOf(pair: KeyPair): Uint8Array {
  return new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }))
}

/** Reads a private key in PEM, such as a file written by OpenSSL, as a pair. */
export function keyPairFromPem(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem)
  return { privateKey, publicKey: createPublicKey(privateKey) }
}
