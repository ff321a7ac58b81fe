import { createAuthority, der, generateKeyPair, type SignatureInput, schemeOf, spkiOf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { membersOf } from '../x509/minted.ts'
import { declaredAs, judged, problemOf, refusal, verified } from './placed.ts'

const rsa = createAuthority({ key: 'rsa2048' })
const ec = createAuthority()
const ed25519 = createAuthority({ key: 'ed25519' })
const ed448 = createAuthority({ key: 'ed448' })

const declared = (oid: string, signature: SignatureInput, ...parameters: readonly Uint8Array[]) =>
  declaredAs(der.sequence(der.oid(oid), ...parameters), signature)

describe('the parameters of a signature algorithm', () => {
  test.each([
    ['NULL', [der.nullValue()]],
    ['absent, which readers have to accept', []],
  ])('of RSA PKCS#1 v1.5 are %s (RFC 4055 5)', (_, parameters) => {
    for (const [oid, name] of [
      ['1.2.840.113549.1.1.11', 'rsa-pkcs1-sha256'],
      ['1.2.840.113549.1.1.12', 'rsa-pkcs1-sha384'],
      ['1.2.840.113549.1.1.13', 'rsa-pkcs1-sha512'],
    ] as const) {
      expect(verified(rsa.issue({ signature: declared(oid, name, ...parameters) }), rsa).ok).toBe(true)
    }
  })

  test.each([
    ['an empty SEQUENCE', der.sequence()],
    ['an OCTET STRING', der.octetString(new Uint8Array())],
    ['another identifier', der.oid('2.16.840.1.101.3.4.2.1')],
    ['a NULL with content', der.hex('05 01 00')],
  ])('of RSA PKCS#1 v1.5 are never %s (RFC 4055 5)', (_, parameters) => {
    const leaf = rsa.issue({ signature: declared('1.2.840.113549.1.1.11', 'rsa-pkcs1-sha256', parameters) })
    expect(refusal(leaf, rsa)).toMatchObject({
      code: 'ERR_SIGNATURES_PARAMETERS',
      reason: 'neither NULL nor absent',
      certificate: { position: 0 },
    })
  })

  test.each([
    ['ECDSA (RFC 5758 3.2)', ec, '1.2.840.10045.4.3.2', 'ecdsa-sha256'],
    ['Ed25519 (RFC 8410 3)', ed25519, '1.3.101.112', 'ed25519'],
    ['Ed448 (RFC 8410 3)', ed448, '1.3.101.113', 'ed448'],
  ] as const)('of %s are absent, though the signature is genuine', (_, authority, oid, name) => {
    expect(verified(authority.issue({ signature: declared(oid, name) }), authority).ok).toBe(true)
    for (const parameters of [der.nullValue(), der.oid('1.2.840.10045.3.1.7'), der.sequence()]) {
      expect(refusal(authority.issue({ signature: declared(oid, name, parameters) }), authority)).toMatchObject({
        code: 'ERR_SIGNATURES_PARAMETERS',
        reason: 'present',
      })
    }
  })

  test('are those of RSASSA-PSS for nothing else', () => {
    const [, pss = new Uint8Array()] = membersOf(schemeOf('rsa-pss-sha256').identifier)
    const leaf = rsa.issue({ signature: declared('1.2.840.113549.1.1.11', 'rsa-pkcs1-sha256', pss) })
    expect(refusal(leaf, rsa).code).toBe('ERR_SIGNATURES_PARAMETERS')
  })
})

describe('the parameters of a key', () => {
  const rekeyed = (type: 'rsa2048' | 'ed25519' | 'ed448', oid: string, ...parameters: readonly Uint8Array[]) => {
    const [, bits = new Uint8Array()] = membersOf(spkiOf(generateKeyPair(type)))
    return der.sequence(der.sequence(der.oid(oid), ...parameters), bits)
  }

  test('of RSA are NULL, not absent and nothing else (RFC 3279 2.3.1)', () => {
    const [rsaEncryption, wrong] = [
      '1.2.840.113549.1.1.1',
      { code: 'ERR_SIGNATURES_PARAMETERS', evidence: { algorithm: 'RSA key', reason: 'not NULL' } },
    ]
    expect(judged(rekeyed('rsa2048', rsaEncryption, der.nullValue())).ok).toBe(true)
    expect(problemOf(rekeyed('rsa2048', rsaEncryption))).toMatchObject(wrong)
    expect(problemOf(rekeyed('rsa2048', rsaEncryption, der.sequence()))).toMatchObject(wrong)
    expect(problemOf(rekeyed('rsa2048', rsaEncryption, der.oid('1.2.3')))).toMatchObject(wrong)
  })

  test.each([
    ['ed25519', '1.3.101.112', 'Ed25519'],
    ['ed448', '1.3.101.113', 'Ed448'],
  ] as const)('of %s are absent (RFC 8410 3)', (type, oid, kind) => {
    expect(judged(rekeyed(type, oid)).ok).toBe(true)
    expect(problemOf(rekeyed(type, oid, der.nullValue()))).toMatchObject({
      code: 'ERR_SIGNATURES_PARAMETERS',
      evidence: { algorithm: `${kind} key`, reason: 'present' },
    })
  })
})
