import { createPublicKey, verify } from 'node:crypto'
import { type Authority, broken, createAuthority, der, rsaPublicKey } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { importKey } from '../../src/signatures/import-key.ts'
import { MAX_RSA_BITS, MAX_RSA_EXPONENT, MIN_RSA_BITS, MIN_WEAK_RSA_BITS } from '../../src/signatures/judge-key.ts'
import { parsed } from '../x509/minted.ts'
import { cubeRoot, numberOf } from './arithmetic.ts'
import { judged, problemOf, refusal, verified, weaknessOf } from './placed.ts'
import { digestInfo, pkcs1, rsaAuthority } from './rsa-numbers.ts'

/** What the runtime says when nobody looks at the key before it, in both forms of import. */
function runtimeAccepts(leaf: Parameters<typeof parsed>[0], issuer: Authority): boolean {
  const { tbs, signature } = parsed(leaf)
  const spki = createPublicKey({ key: Buffer.from(parsed(issuer).publicKey.der), format: 'der', type: 'spki' })
  const jwk = createPublicKey({ key: spki.export({ format: 'jwk' }), format: 'jwk' })
  const [one, other] = [spki, jwk].map((key) => verify('sha256', tbs, key, signature))
  expect(one).toBe(other)
  return one ?? false
}

/** An odd number of so many bits; nobody knows its factors, and for a judgement nobody has to. */
const oddOf = (bits: number) => (1n << BigInt(bits - 1)) | 1n
const keyOf = (bits: number, exponent: bigint) => rsaPublicKey({ modulus: oddOf(bits), exponent })
const integers = (...members: readonly Uint8Array[]) =>
  der.sequence(der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue()), der.bitString(der.sequence(...members)))

describe('a forgery without a private key', () => {
  test('verifies for the runtime under exponent 1, and is refused here for the key (RFC 8017 3.1)', () => {
    const { root, leaf } = broken.rsaExponentOne()
    expect(runtimeAccepts(leaf, root)).toBe(true)
    expect(refusal(leaf, root)).toMatchObject({
      code: 'ERR_SIGNATURES_RSA_EXPONENT',
      exponent: '1',
      certificate: { position: 1, subject: 'CN=Weak Root' },
    })
  })

  test('verifies for the runtime under an even exponent, and is refused here for the key (RFC 8017 3.1)', () => {
    const { root, leaf } = broken.rsaEvenExponent()
    expect(runtimeAccepts(leaf, root)).toBe(true)
    expect(refusal(leaf, root)).toMatchObject({
      code: 'ERR_SIGNATURES_RSA_EXPONENT',
      exponent: '2',
      certificate: { position: 1 },
    })
  })

  test('under an even modulus is refused for the key, whatever the runtime says (RFC 8017 3.1)', () => {
    const { root, leaf } = broken.rsaEvenModulus()
    expect(refusal(leaf, root)).toMatchObject({
      code: 'ERR_SIGNATURES_RSA_MODULUS',
      reason: 'is even',
      certificate: { position: 1 },
    })
  })

  test('under exponent 3 with garbage behind the digest is refused for the signature (CVE-2006-4339)', () => {
    const { authority, signature } = rsaAuthority(2048, 3n)
    expect(verified(authority.issue({ signature }), authority).ok).toBe(true)
    // The cube begins as the padded digest does; what follows is whatever the rounding left.
    const forged = pkcs1(256, (message) => {
      const start = Buffer.concat([der.hex(`0001${'ff'.repeat(8)}00`), digestInfo(message)])
      const behind = BigInt(8 * (256 - start.length))
      const cube = cubeRoot(((numberOf(start) + 1n) << behind) - 1n)
      expect((cube ** 3n) >> behind).toBe(numberOf(start))
      return cube
    })
    expect(refusal(authority.issue({ signature: forged }), authority).code).toBe('ERR_SIGNATURES_INVALID')
  })
})

describe('the exponent of an RSA key', () => {
  test.each([3n, 5n, 17n, 65_537n, 2n ** 32n + 1n, MAX_RSA_EXPONENT - 1n])(
    'is odd, from 3 to below 2^33: %d',
    (exponent) => {
      expect(judged(keyOf(2048, exponent)).ok).toBe(true)
    },
  )

  test.each([1n, 2n, 4n, 65_536n, MAX_RSA_EXPONENT, MAX_RSA_EXPONENT + 1n, 2n ** 63n + 1n])(
    'is refused as anything else: %d (RFC 8017 3.1)',
    (exponent) => {
      expect(problemOf(keyOf(2048, exponent))).toEqual({
        code: 'ERR_SIGNATURES_RSA_EXPONENT',
        evidence: { exponent: String(exponent) },
      })
    },
  )

  test.each([9, 256, 1024])('is refused by its length alone where it has %d octets', (octets) => {
    const exponent = (1n << BigInt(octets * 8 - 1)) | 1n
    expect(problemOf(keyOf(2048, exponent))).toEqual({
      code: 'ERR_SIGNATURES_RSA_EXPONENT',
      evidence: { exponent: `of ${octets} octets` },
    })
  })

  test.each([0n, -1n, -3n, -65_537n])('is malformed when it is not positive: %d', (exponent) => {
    expect(problemOf(keyOf(2048, exponent))).toMatchObject({ code: 'ERR_SIGNATURES_KEY_MALFORMED' })
  })

  test.each([3n, MAX_RSA_EXPONENT - 1n])('is verified with at both limits: %d', (exponent) => {
    const { authority, signature } = rsaAuthority(2048, exponent)
    const leaf = authority.issue({ signature })
    expect(verified(leaf, authority).ok).toBe(true)
    expect(refusal(broken.forgedSignature(leaf), authority).code).toBe('ERR_SIGNATURES_INVALID')
  })
})

describe('the modulus of an RSA key', () => {
  test.each([MIN_RSA_BITS, MIN_RSA_BITS + 1, 3072, 4096, MAX_RSA_BITS - 1, MAX_RSA_BITS])(
    'may have %d bits (NIST SP 800-131A)',
    (bits) => {
      expect(judged(keyOf(bits, 65_537n)).ok).toBe(true)
    },
  )

  test.each([MIN_WEAK_RSA_BITS, MIN_WEAK_RSA_BITS + 1, MIN_RSA_BITS - 8, MIN_RSA_BITS - 1])(
    'is weak with %d bits (NIST SP 800-131A)',
    (bits) => {
      expect(weaknessOf(keyOf(bits, 65_537n))).toEqual({
        name: 'RSA-1024',
        problem: {
          code: 'ERR_SIGNATURES_RSA_SIZE',
          evidence: { bits, minimum: MIN_RSA_BITS, maximum: MAX_RSA_BITS },
        },
      })
    },
  )

  test.each([
    1,
    8,
    512,
    MIN_WEAK_RSA_BITS - 8,
    MIN_WEAK_RSA_BITS - 1,
    MAX_RSA_BITS + 1,
    MAX_RSA_BITS + 8,
    16_384,
    65_536,
  ])('is refused with %d bits, whoever is asked (RSA-829 was factored; CVE-2023-29409)', (bits) => {
    expect(problemOf(keyOf(bits, 65_537n))).toEqual({
      code: 'ERR_SIGNATURES_RSA_SIZE',
      evidence: { bits, minimum: MIN_RSA_BITS, maximum: MAX_RSA_BITS },
    })
  })

  test('is refused when it is even (RFC 8017 3.1)', () => {
    const modulus = oddOf(2048) - 1n
    expect(problemOf(rsaPublicKey({ modulus, exponent: 65_537n }))).toEqual({
      code: 'ERR_SIGNATURES_RSA_MODULUS',
      evidence: { reason: 'is even' },
    })
  })

  test.each([MIN_RSA_BITS, MAX_RSA_BITS])('is verified with at both limits: %d bits', (bits) => {
    const { authority, signature } = rsaAuthority(bits, 65_537n)
    const leaf = authority.issue({ signature })
    expect(verified(leaf, authority).ok).toBe(true)
    expect(refusal(broken.forgedSignature(leaf), authority).code).toBe('ERR_SIGNATURES_INVALID')
  })

  test('of 1024 bits is refused though its signature is genuine, but for those who allow RSA-1024 by name', () => {
    const authority = createAuthority({ key: 'rsa1024' })
    expect(runtimeAccepts(authority.issue(), authority)).toBe(true)
    const size = { code: 'ERR_SIGNATURES_RSA_SIZE', bits: 1024 }
    expect(refusal(authority.issue(), authority)).toMatchObject(size)
    expect(refusal(authority.issue(), authority, new Set(['SHA-1', 'DSA'] as const))).toMatchObject(size)
    const allowed = new Set(['RSA-1024'] as const)
    expect(verified(authority.issue(), authority, allowed).ok).toBe(true)
    expect(refusal(broken.forgedSignature(authority.issue()), authority, allowed).code).toBe('ERR_SIGNATURES_INVALID')
  })

  test('costs by the square of its size, and double for a long exponent', () => {
    expect(judged(keyOf(2048, 65_537n))).toMatchObject({ ok: true, value: { cost: 1 } })
    expect(judged(keyOf(2048, 65_539n))).toMatchObject({ ok: true, value: { cost: 2 } })
    expect(judged(keyOf(4096, 3n))).toMatchObject({ ok: true, value: { cost: 4 } })
    expect(judged(keyOf(8192, 65_537n))).toMatchObject({ ok: true, value: { cost: 16 } })
  })
})

describe('the form of an RSA key', () => {
  const [n, e] = [der.integer(oddOf(2048)), der.integer(65_537)]

  test('is a SEQUENCE of two INTEGERs (RFC 3279 2.3.1)', () => {
    const judgement = judged(integers(n, e))
    if (!judgement.ok || judgement.value.kind !== 'rsa') throw new Error('not judged as RSA')
    expect(judgement.value.modulus).toHaveLength(256)
    expect([...judgement.value.exponent]).toEqual([1, 0, 1])
  })

  test.each([
    ['one number', integers(n)],
    ['three numbers', integers(n, e, e)],
    [
      'a negative modulus, as a lost sign octet makes it',
      integers(der.integer(der.concat(Uint8Array.of(0x80), new Uint8Array(254), Uint8Array.of(1))), e),
    ],
    ['a modulus of zero', integers(der.integer(0), e)],
    [
      'a padded modulus (X.690 8.3.2)',
      integers(der.integer(der.concat(Uint8Array.of(0, 0), new Uint8Array(256).fill(0xff))), e),
    ],
    ['a padded exponent (X.690 8.3.2)', integers(n, der.integer(der.hex('00 01 00 01')))],
    ['strings for numbers', integers(der.octetString(new Uint8Array(256)), e)],
    ['nothing', integers()],
  ])('is refused with %s', (_, spki) => {
    expect(problemOf(spki)).toMatchObject({ code: 'ERR_SIGNATURES_KEY_MALFORMED', evidence: { algorithm: 'RSA' } })
  })

  test('is refused with something behind it', () => {
    const [algorithm, key] = [der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue()), der.sequence(n, e)]
    expect(judged(der.sequence(algorithm, der.bitString(key))).ok).toBe(true)
    expect(problemOf(der.sequence(algorithm, der.bitString(der.concat(key, der.nullValue()))))).toMatchObject({
      code: 'ERR_SIGNATURES_KEY_MALFORMED',
      evidence: { reason: '2 trailing bytes' },
    })
  })

  test('is judged alike for keys of id-RSASSA-PSS', () => {
    const restricted = (modulus: bigint, exponent: bigint) =>
      der.sequence(
        der.sequence(der.oid('1.2.840.113549.1.1.10')),
        der.bitString(der.sequence(der.integer(modulus), der.integer(exponent))),
      )
    expect(judged(restricted(oddOf(2048), 3n))).toMatchObject({ ok: true, value: { kind: 'rsa-pss' } })
    expect(problemOf(restricted(oddOf(2048), 1n)).code).toBe('ERR_SIGNATURES_RSA_EXPONENT')
    expect(problemOf(restricted(oddOf(2048) - 1n, 3n)).code).toBe('ERR_SIGNATURES_RSA_MODULUS')
    expect(problemOf(restricted(oddOf(1023), 3n)).code).toBe('ERR_SIGNATURES_RSA_SIZE')
    expect(weaknessOf(restricted(oddOf(2047), 3n)).name).toBe('RSA-1024')
  })

  test('is imported with the numbers that were judged', () => {
    const judgement = judged(keyOf(2048, 65_537n))
    if (!judgement.ok) throw new Error('refused')
    for (const format of ['jwk', 'spki'] as const) {
      expect(importKey(judgement.value, format).asymmetricKeyDetails).toEqual({
        modulusLength: 2048,
        publicExponent: 65_537n,
      })
    }
  })
})
