import { broken, createAuthority, createKeyPool, type KeyType } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { storeOf, verdict, verdictOn } from '../verdict.ts'

const keyPool = createKeyPool()

describe('a key that proves nothing is refused wherever it stands', () => {
  test.each<[string, KeyType, string]>([
    ['RSA of 1024 bits (NIST SP 800-131A)', 'rsa1024', 'ERR_SIGNATURES_RSA_SIZE'],
    ['a curve that RFC 5480 does not name', 'secp256k1', 'ERR_SIGNATURES_EC_CURVE'],
  ])('%s: in leaf, intermediate and anchor', (_, key, code) => {
    expect(verdictOn({ root: { keyPool }, leaf: { key } })).toBe(`${code} at 0`)
    expect(verdictOn({ root: { keyPool }, intermediate: { key } })).toBe(`${code} at 1`)
    expect(verdictOn({ root: { key, keyPool }, intermediate: { key: 'p256' } })).toBe(`${code} at 2`)
  })

  test('DSA: in a leaf, and what it signed (NIST FIPS 186-5 withdrew it)', () => {
    expect(verdictOn({ root: { keyPool }, leaf: { key: 'dsa2048' } })).toBe('ERR_SIGNATURES_DSA at 0')
    expect(verdictOn({ root: { keyPool }, intermediate: { key: 'dsa2048' } })).toBe('ERR_SIGNATURES_DSA at 0')
    const pretending = { intermediate: { key: 'dsa2048' }, leaf: { tbsSignature: 'ecdsa-sha256' } } as const
    expect(() => verdictOn(pretending)).toThrow(/signature algorithm|says/)
  })

  test.each<[KeyType]>([['rsa2048'], ['rsa-pss2048'], ['p256'], ['p384'], ['p521'], ['ed25519'], ['ed448']])(
    'accepts %s in leaf, intermediate and anchor',
    (key) => {
      expect(verdictOn({ root: { key, keyPool }, leaf: { key } })).toBe('accepted')
    },
  )
})

describe('a certificate that anybody can make is refused', () => {
  test.each([
    ['RSA with exponent 1', broken.rsaExponentOne, 'ERR_SIGNATURES_RSA_EXPONENT at 1'],
    ['RSA with an even exponent', broken.rsaEvenExponent, 'ERR_SIGNATURES_RSA_EXPONENT at 1'],
    ['RSA with an even modulus', broken.rsaEvenModulus, 'ERR_SIGNATURES_RSA_MODULUS at 1'],
    ['Ed25519 with a point of small order', () => broken.smallOrderEd25519(), 'ERR_SIGNATURES_EDDSA_SMALL_ORDER at 1'],
  ])('below an anchor of %s', (_, forge, expected) => {
    const { root, leaf } = forge()
    expect(verdict(leaf, storeOf([root]))).toBe(expected)
  })
})

describe('a signature of a refused algorithm', () => {
  test.each([
    ['ecdsa-sha1', 'ERR_SIGNATURES_SHA1', 'ecdsa-sha256'],
    ['ecdsa-sha224', 'ERR_SIGNATURES_UNSUPPORTED', 'ecdsa-sha384'],
  ] as const)('%s: refused on leaf and intermediate', (signature, code, accepted) => {
    expect(verdictOn({ leaf: { signature } })).toBe(`${code} at 0`)
    expect(verdictOn({ intermediate: { signature } })).toBe(`${code} at 1`)
    expect(verdictOn({ leaf: { signature: accepted }, intermediate: { signature: accepted } })).toBe('accepted')
  })

  test.each(['rsa-pkcs1-md5', 'rsa-pkcs1-sha1'] as const)('%s: refused on leaf and intermediate', (signature) => {
    const code = signature === 'rsa-pkcs1-md5' ? 'ERR_SIGNATURES_MD5' : 'ERR_SIGNATURES_SHA1'
    const root = { key: 'rsa2048', keyPool } as const
    expect(verdictOn({ root, leaf: { signature } })).toBe(`${code} at 0`)
    expect(verdictOn({ root, intermediate: { signature } })).toBe(`${code} at 1`)
    expect(verdictOn({ root, leaf: { signature: 'rsa-pkcs1-sha512' } })).toBe('accepted')
  })

  test('is of no account on an anchor, which is trusted and not verified (RFC 5280 6.1)', () => {
    expect(verdictOn({ root: { signature: 'ecdsa-sha1' } })).toBe('accepted')
  })

  test('is refused on an anchor in the place of a client too: the profile of the end entity is asked of everybody', () => {
    const root = createAuthority({ signature: 'ecdsa-sha1' })
    expect(verdict(root, storeOf([root]))).toBe('ERR_SIGNATURES_SHA1 at 0')
  })
})
