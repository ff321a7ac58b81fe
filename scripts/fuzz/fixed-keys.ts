/**
 * Keys and signatures that are the same in every run, so that a seed repeats a run to the octet. Whoever reads this has the private keys:
 * they sign nothing but the mutants of this program.
 */
import { checkPrimeSync, createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { der, type KeyPair, rsaPss, type SignatureScheme, schemeOf } from '@clientcert/testing'

const bytesFor = (label: string, length: number): Buffer =>
  createHash('shake256', { outputLength: length }).update(`clientcert fuzz ${label}`).digest()

const numberOf = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString('hex')}`)

const octetsOf = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')

const pairOf = (privateKey: KeyObject): KeyPair => ({ privateKey, publicKey: createPublicKey(privateKey) })

/** RFC 8410 section 7: a CurvePrivateKey within PKCS #8. */
export function edwardsKey(label: string, curve: 'ed25519' | 'ed448'): KeyPair {
  const [oid, length] = curve === 'ed25519' ? ['1.3.101.112', 32] : ['1.3.101.113', 57]
  const key = der.octetString(der.octetString(bytesFor(label, Number(length))))
  const pkcs8 = der.sequence(der.integer(0), der.sequence(der.oid(String(oid))), key)
  return pairOf(createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' }))
}

/** The order of each curve's group (SP 800-186), and what `createECDH` calls it. */
const CURVES = {
  'P-256': {
    name: 'prime256v1',
    octets: 32,
    hash: 'sha256',
    identifier: '1.2.840.10045.4.3.2',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'P-384': {
    name: 'secp384r1',
    octets: 48,
    hash: 'sha384',
    identifier: '1.2.840.10045.4.3.3',
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const

export type Curve = keyof typeof CURVES

/** The point that belongs to a scalar, uncompressed: the one thing for which OpenSSL is needed. */
function multiply(curve: Curve, scalar: bigint): { x: Buffer; y: Buffer } {
  const { name, octets } = CURVES[curve]
  const group = createECDH(name)
  group.setPrivateKey(octetsOf(scalar, octets))
  const point = group.getPublicKey()
  return { x: point.subarray(1, 1 + octets), y: point.subarray(1 + octets) }
}

export function ecKey(label: string, curve: Curve): KeyPair {
  const { order, octets } = CURVES[curve]
  const scalar = (numberOf(bytesFor(label, octets + 8)) % (order - 1n)) + 1n
  const { x, y } = multiply(curve, scalar)
  const text = (octet: Buffer) => octet.toString('base64url')
  const key = { kty: 'EC', crv: curve, x: text(x), y: text(y), d: text(octetsOf(scalar, octets)) }
  return pairOf(createPrivateKey({ key, format: 'jwk' }))
}

/** ECDSA whose nonce follows from key and message, since `crypto.sign` draws a new one each time. */
export function fixedEcdsa(curve: Curve): SignatureScheme {
  const { order, octets, hash, identifier } = CURVES[curve]
  return {
    identifier: der.sequence(der.oid(identifier)),
    sign: (signed, privateKey) => {
      const scalar = numberOf(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'))
      const digest = createHash(hash).update(signed).digest()
      const nonce = (numberOf(bytesFor(`${scalar} ${digest.toString('hex')}`, octets + 8)) % (order - 1n)) + 1n
      const r = numberOf(multiply(curve, nonce).x) % order
      const s = (inverse(nonce, order) * (numberOf(digest) + r * scalar)) % order
      return der.sequence(der.integer(r), der.integer(s))
    },
  }
}

export function rsaKey(label: string): KeyPair {
  const [p, q] = [primeFor(`${label} p`), primeFor(`${label} q`)]
  const [n, e] = [p * q, 65_537n]
  const d = inverse(e, (p - 1n) * (q - 1n))
  const values = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const text = (value: bigint) => octetsOf(value, Math.ceil(value.toString(16).length / 2)).toString('base64url')
  const key = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]))
  return pairOf(createPrivateKey({ key: { kty: 'RSA', ...key }, format: 'jwk' }))
}

/** The first prime of 1024 bits from a fixed start on. */
function primeFor(label: string): bigint {
  let candidate = numberOf(bytesFor(label, 128)) | (3n << 1022n) | 1n
  while (!checkPrimeSync(candidate, { checks: 8 }) || (candidate - 1n) % 65_537n === 0n) candidate += 2n
  return candidate
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [remainder, next, coefficient, other] = [value % modulus, modulus, 1n, 0n]
  while (next !== 0n) {
    const quotient = remainder / next
    ;[remainder, next] = [next, remainder - quotient * next]
    ;[coefficient, other] = [other, coefficient - quotient * other]
  }
  return ((coefficient % modulus) + modulus) % modulus
}

/** How a key signs here: always the same for the same message. */
export function fixedScheme({ privateKey }: { readonly privateKey: KeyObject }): SignatureScheme {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = privateKey
  if (type === 'ec') return fixedEcdsa(details?.namedCurve === 'secp384r1' ? 'P-384' : 'P-256')
  return schemeOf(type === 'ed25519' || type === 'ed448' ? type : 'rsa-pkcs1-sha256')
}

/** RSASSA-PSS without salt, which leaves nothing to chance. */
export const fixedPss: SignatureScheme = rsaPss({ saltLength: 0 })
