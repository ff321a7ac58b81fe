import { type KeyObject, verify } from 'node:crypto'
import { broken, createAuthority, type KeyType } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DerError } from '../../src/encoding/der.ts'
import { importKey, type KeyFormat } from '../../src/signatures/import-key.ts'
import type { JudgedKey } from '../../src/signatures/judge-key.ts'
import { readKey, readScheme, verifySignature } from '../../src/signatures/verify-signature.ts'
import { EVERY_WEAKNESS, NO_WEAKNESS } from '../../src/signatures/weakness.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { parsed } from '../x509/minted.ts'
import { judged } from './placed.ts'

const KINDS: readonly (readonly [JudgedKey['kind'], KeyType])[] = [
  ['rsa', 'rsa2048'],
  ['P-256', 'p256'],
  ['P-384', 'p384'],
  ['P-521', 'p521'],
  ['Ed25519', 'ed25519'],
  ['Ed448', 'ed448'],
]

const keyIn = (authority: Parameters<typeof parsed>[0]): JudgedKey =>
  unwrap(readKey({ certificate: parsed(authority), position: 0 }, NO_WEAKNESS))

describe.each(KINDS)('a key of kind %s', (kind, type) => {
  const authority = createAuthority({ key: type })
  const key = keyIn(authority)
  const [jwk, spki] = [importKey(key, 'jwk'), importKey(key, 'spki')]

  test('is the same key, imported as JWK, as SPKI, and as is fastest', () => {
    expect(key.kind).toBe(kind)
    expect(jwk.equals(spki)).toBe(true)
    expect(importKey(key).equals(spki)).toBe(true)
    expect(jwk.asymmetricKeyDetails).toEqual(spki.asymmetricKeyDetails)
    expect(jwk.equals(authority.publicKey)).toBe(true)
  })

  test('gives the same verdicts either way, on good signatures and on forged ones', () => {
    const leaf = authority.issue()
    const stranger = createAuthority({ key: type })
    for (const [minted, expected] of [
      [leaf, true],
      [authority, true],
      [broken.forgedSignature(leaf), false],
      [stranger.issue(), false],
    ] as const) {
      const certificate = parsed(minted)
      const { hash, ...parameters } = unwrap(readScheme({ certificate, position: 0 }, NO_WEAKNESS)).verify
      const says = (object: KeyObject) =>
        verify(hash, certificate.tbs, { key: object, ...parameters }, certificate.signature)
      expect([says(jwk), says(spki)]).toEqual([expected, expected])
    }
  })
})

describe('a key of id-RSASSA-PSS', () => {
  test('is imported by SPKI, which keeps its kind; JWK has none for it (RFC 7518 6.3)', () => {
    const key = keyIn(createAuthority({ key: 'rsa-pss2048' }))
    expect(key.kind).toBe('rsa-pss')
    expect(importKey(key).asymmetricKeyType).toBe('rsa-pss')
  })
})

describe('a key that was judged good', () => {
  const good = [...KINDS.map(([, type]) => type), 'rsa-pss2048' as const].map(
    (key) => parsed(createAuthority({ key })).publicKey.der,
  )
  const change = fc.record({ place: fc.noBias(fc.nat(9_999)), octet: fc.nat(255) })
  const exported = (key: JudgedKey, format: KeyFormat) => {
    try {
      return importKey(key, format).export({ type: 'spki', format: 'der' }).toString('hex')
    } catch {
      return 'refused'
    }
  }

  // Were the runtime to read other numbers out of it than we judged, the judgement would be of another key.
  test('is imported as itself in both forms, or in none, whatever was changed in it', () => {
    let imported = 0
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.array(change, { maxLength: 2 }), (spki, changes) => {
        const changed = changes.reduce(
          (bytes, { place, octet }) => bytes.with(Math.floor((place * bytes.length) / 10_000), octet),
          new Uint8Array(spki),
        )
        const judgement = tryJudge(changed)
        if (!judgement?.ok) return
        const key = judgement.value
        const bySpki = exported(key, 'spki')
        if (key.kind !== 'rsa-pss') expect(exported(key, 'jwk')).toBe(bySpki)
        if (bySpki === 'refused') return
        expect(bySpki).toBe(Buffer.from(changed).toString('hex'))
        imported++
      }),
      { numRuns: 1_500 },
    )
    expect(imported).toBeGreaterThan(300)
  })
})

/** Undefined where the bytes are no SubjectPublicKeyInfo at all. */
function tryJudge(spki: Uint8Array): ReturnType<typeof judged> | undefined {
  try {
    return judged(spki)
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

describe('a key in a certificate', () => {
  test('is judged once for each issuer, and never takes the judgement of another', () => {
    const [good, bad] = [parsed(createAuthority()), parsed(createAuthority({ key: 'secp256k1' }))]
    const first = readKey({ certificate: good, position: 1 }, NO_WEAKNESS)
    expect(readKey({ certificate: good, position: 2 }, NO_WEAKNESS)).toBe(first)
    expect(readKey({ certificate: good, position: 0 }, NO_WEAKNESS)).toEqual(first)
    for (const position of [4, 9]) {
      const judgement = readKey({ certificate: bad, position }, NO_WEAKNESS)
      expect(judgement).toMatchObject({
        ok: false,
        failure: { code: 'ERR_SIGNATURES_EC_CURVE', certificate: { position } },
      })
    }
  })

  test.each([
    ['rsa1024', 'RSA-1024', 'ERR_SIGNATURES_RSA_SIZE'],
    ['dsa2048', 'DSA', 'ERR_SIGNATURES_DSA'],
  ] as const)('that is weak is refused, but for those who allow it by name: %s', (key, weakness, code) => {
    const certificate = parsed(createAuthority({ key }))
    const others = new Set([...EVERY_WEAKNESS].filter((each) => each !== weakness))
    for (const allowed of [new Set([weakness]), NO_WEAKNESS, EVERY_WEAKNESS, others]) {
      const judgement = readKey({ certificate, position: 3 }, allowed)
      if (allowed.has(weakness)) expect(judgement).toMatchObject({ ok: true, value: { weakness: { name: weakness } } })
      else expect(judgement).toMatchObject({ ok: false, failure: { code, certificate: { position: 3 } } })
    }
  })

  test('is imported once for each certificate, and its later signatures are verified like its first', () => {
    const authority = createAuthority()
    const issuer = { certificate: parsed(authority), position: 1 }
    const says = (minted: Parameters<typeof parsed>[0]) =>
      verifySignature({ certificate: parsed(minted), position: 0 }, issuer, NO_WEAKNESS).ok
    const leaf = authority.issue()
    expect([leaf, broken.forgedSignature(leaf), authority.issue(), createAuthority().issue()].map(says)).toEqual([
      true,
      false,
      true,
      false,
    ])
  })

  test('is judged by what stands in it, whatever the bytes around', () => {
    const authority = createAuthority()
    const { der } = parsed(authority).publicKey
    const larger = Buffer.concat([Buffer.alloc(9, 0x30), der, Buffer.alloc(9, 0x30)])
    const key = judged(larger.subarray(9, 9 + der.length))
    if (!key.ok) throw new Error(key.failure.code)
    for (const format of ['jwk', 'spki'] as const)
      expect(importKey(key.value, format).equals(authority.publicKey)).toBe(true)
  })
})
