import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  ecPublicKey,
  ed448PublicKey,
  ed25519PublicKey,
  generateKeyPair,
  rsaPublicKey,
  spkiOf,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'

const numbersOf = (key: KeyObject) => key.export({ format: 'jwk' })
const bytesOf = (text: string | undefined) => new Uint8Array(Buffer.from(text ?? '', 'base64url'))
const numberOf = (text: string | undefined) => BigInt(`0x${Buffer.from(bytesOf(text)).toString('hex')}`)

describe('a SubjectPublicKeyInfo from numbers is the one that OpenSSL writes', () => {
  test('for RSA (RFC 3279 2.3.1)', () => {
    const pair = generateKeyPair('rsa1024')
    const { n, e } = numbersOf(pair.publicKey)
    expect(rsaPublicKey({ modulus: numberOf(n), exponent: numberOf(e) })).toEqual(spkiOf(pair))
  })

  test('for Ed25519 and Ed448 (RFC 8410 4)', () => {
    const [small, large] = [generateKeyPair('ed25519'), generateKeyPair('ed448')]
    expect(ed25519PublicKey(bytesOf(numbersOf(small.publicKey).x))).toEqual(spkiOf(small))
    expect(ed448PublicKey(bytesOf(numbersOf(large.publicKey).x))).toEqual(spkiOf(large))
  })

  test.each(['p256', 'p384', 'p521'] as const)(
    'for %s, uncompressed; compressed it is the same key (RFC 5480 2.2)',
    (type) => {
      const pair = generateKeyPair(type)
      expect(ecPublicKey(pair.publicKey, 'uncompressed')).toEqual(spkiOf(pair))
      const compressed = createPublicKey({
        key: Buffer.from(ecPublicKey(pair.publicKey, 'compressed')),
        format: 'der',
        type: 'spki',
      })
      expect(compressed.equals(pair.publicKey)).toBe(true)
    },
  )
})

test('a key of no named curve has no point to give', () => {
  expect(() => ecPublicKey(generateKeyPair('ed25519').publicKey, 'compressed')).toThrow(TypeError)
  expect(() => ecPublicKey(generateKeyPair('secp256k1').publicKey, 'hybrid')).toThrow(TypeError)
})
