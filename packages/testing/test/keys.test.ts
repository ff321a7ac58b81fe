import {
  createAuthority,
  createKeyPool,
  generateKeyPair,
  isKeyTypeAvailable,
  type KeyType,
  keyPairFromPem,
  keyTypeOf,
  spkiOf,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'

const KEY_TYPES = [
  'p256',
  'p384',
  'p521',
  'secp256k1',
  'ed25519',
  'ed448',
  'rsa1024',
  'rsa2048',
  'rsa3072',
  'rsa-pss2048',
  'dsa2048',
] as const satisfies KeyType[]

describe('a key pair', () => {
  test.each(KEY_TYPES)('of type %s signs what its public half verifies, and is recognised', (key) => {
    const { certificate, publicKey } = createAuthority({ key })
    expect(certificate.x509.verify(publicKey)).toBe(true)
    expect(keyTypeOf(publicKey)).toBe(key)
  })

  test.for(['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const)(
    'of type %s does so where this Node has it (FIPS 204)',
    (key, context) => {
      if (!isKeyTypeAvailable(key)) {
        expect(Number(process.versions.node.split('.')[0])).toBeLessThan(24)
        return context.skip(`Node ${process.versions.node} has no ML-DSA`)
      }
      const { certificate, publicKey } = createAuthority({ key })
      expect(certificate.x509.verify(publicKey)).toBe(true)
      expect(keyTypeOf(publicKey)).toBe(key)
    },
  )

  test('of an unknown type is refused with those there are', () => {
    expect(() => generateKeyPair('rsa' as KeyType)).toThrow(/unknown key type "rsa".*rsa2048/)
    expect(isKeyTypeAvailable('rsa' as KeyType)).toBe(false)
  })

  test('can be given: as a pair, as a private key, and from PEM', () => {
    const pair = generateKeyPair('ed25519')
    const expected = spkiOf(pair)
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const key of [pair, pair.privateKey, keyPairFromPem(pem)]) {
      const { publicKey } = createAuthority().issue({ key })
      expect(spkiOf({ ...pair, publicKey })).toEqual(expected)
    }
  })
})

describe('keys of several certificates', () => {
  const keysOf = (keyPool?: ReturnType<typeof createKeyPool>) => {
    const root = createAuthority(keyPool === undefined ? {} : { keyPool })
    return [root, root.intermediate(), root.issue(), root.issue()].map((holder) =>
      Buffer.from(spkiOf(holder)).toString('hex'),
    )
  }

  test('are all different', () => {
    expect(new Set(keysOf()).size).toBe(4)
  })

  test('repeat after the size of a pool', () => {
    const [first, second, third, fourth] = keysOf(createKeyPool({ size: 3 }))
    expect(new Set([first, second, third]).size).toBe(3)
    expect(fourth).toBe(first)
  })

  test.each([0, -1, 1.5, Number.NaN])('cannot come from a pool of size %d', (size) => {
    expect(() => createKeyPool({ size })).toThrow(RangeError)
  })

  test('of an intermediate are of the root’s kind, unless asked for', () => {
    const root = createAuthority({ key: 'ed25519' })
    expect(keyTypeOf(root.intermediate().publicKey)).toBe('ed25519')
    expect(keyTypeOf(root.intermediate({ key: 'p384' }).publicKey)).toBe('p384')
    expect(keyTypeOf(root.issue().publicKey)).toBe('p256')
  })
})
