import { createAuthority, der, isKeyTypeAvailable } from '@clientcert/testing'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { isMlDsaAvailable, ML_DSA_KEY_OCTETS, type MlDsa } from '../../src/signatures/ml-dsa.ts'
import { judged, refusal, unsigned } from './placed.ts'

// What is loaded here with parts replaced is not for the files that come after.
afterAll(() => void vi.resetModules())

const OIDS: Readonly<Record<MlDsa, string>> = {
  'ML-DSA-44': '2.16.840.1.101.3.4.3.17',
  'ML-DSA-65': '2.16.840.1.101.3.4.3.18',
  'ML-DSA-87': '2.16.840.1.101.3.4.3.19',
}
const NAMES = Object.keys(OIDS) as readonly MlDsa[]
const TYPES = { 'ML-DSA-44': 'ml-dsa-44', 'ML-DSA-65': 'ml-dsa-65', 'ML-DSA-87': 'ml-dsa-87' } as const

const spkiOf = (name: MlDsa, octets: number, ...parameters: readonly Uint8Array[]): Uint8Array =>
  der.sequence(der.sequence(der.oid(OIDS[name]), ...parameters), der.bitString(new Uint8Array(octets).fill(1)))

const [major = 0] = process.versions.node.split('.').map(Number)

describe.each(NAMES)('%s (RFC 9881)', (name) => {
  const octets = ML_DSA_KEY_OCTETS[name]
  const unavailable = { code: 'ERR_SIGNATURES_UNAVAILABLE', evidence: { algorithm: name } }

  test('is available where the runtime makes keys of it, and not on Node 20', () => {
    if (isKeyTypeAvailable(TYPES[name])) expect(isMlDsaAvailable(name)).toBe(true)
    if (major === 20) expect(isMlDsaAvailable(name)).toBe(false)
  })

  test('is refused with parameters and with a key of another length (section 4)', () => {
    expect(judged(spkiOf(name, octets, der.nullValue()))).toMatchObject({
      ok: false,
      failure: { code: 'ERR_SIGNATURES_PARAMETERS', evidence: { algorithm: `${name} key`, reason: 'present' } },
    })
    for (const wrong of [0, octets - 1, octets + 1]) {
      expect(judged(spkiOf(name, wrong))).toMatchObject({
        ok: false,
        failure: { code: 'ERR_SIGNATURES_KEY_MALFORMED', evidence: { algorithm: name, reason: `${wrong} octets` } },
      })
    }
    expect(judged(spkiOf(name, octets))).toMatchObject(
      isMlDsaAvailable(name)
        ? { ok: true, value: { kind: name, weakness: null } }
        : { ok: false, failure: unavailable },
    )
  })

  test('names the issuer whose key this runtime cannot use', () => {
    const identifier = der.sequence(der.oid(OIDS[name]))
    const authority = createAuthority({
      subjectPublicKeyInfo: spkiOf(name, octets),
      signature: unsigned(identifier),
    })
    expect(refusal(authority.issue({ signature: unsigned(identifier) }), authority)).toMatchObject(
      isMlDsaAvailable(name)
        ? { code: 'ERR_SIGNATURES_INVALID', certificate: { position: 0 } }
        : { code: 'ERR_SIGNATURES_UNAVAILABLE', algorithm: name, certificate: { position: 1 } },
    )
  })

  test.each([
    ['refuses the known answer', { KNOWN_MESSAGE: 'another message' }],
    [
      'knows no such key',
      { KNOWN_ANSWERS: Object.fromEntries(NAMES.map((each) => [each, { key: '', signature: '' }])) },
    ],
  ])('is not used on a runtime that %s', async (_, broken) => {
    vi.resetModules()
    vi.doMock('../../src/signatures/ml-dsa-known-answers.ts', async (original) => ({
      ...(await original<object>()),
      ...broken,
    }))
    const there = await import('./placed.ts')
    vi.doUnmock('../../src/signatures/ml-dsa-known-answers.ts')
    expect(there.judged(spkiOf(name, octets))).toMatchObject({ ok: false, failure: unavailable })
  })
})
