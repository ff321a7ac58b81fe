/** CRLs at hand, by the public API: what comes of a client, and what is said of it. */
import '@clientcert/testing/vitest'
import {
  broken,
  type CrlOptions,
  createAuthority,
  encodeCrlEntries,
  type Leaf,
  type MintedCrl,
  mintCrl,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { explain, verifyCertificate } from '../../src/index.ts'
import { alice, decide, GOOD, hours, issuing, mallory, outcomeOf, root } from './chain.ts'

describe('a client whose path has CRLs', () => {
  test('comes in where each says that its certificate is good, and the report says which, as of when, until when', async () => {
    const decision = await decide(alice, GOOD)
    expect(decision).toBeAccepted()
    if (decision.outcome !== 'accepted') return
    expect(decision.revocation).toMatchObject({ mode: 'strict', status: 'good' })
    expect(decision.revocation.certificates).toEqual(
      [1, 0].map((source, position) => ({
        position,
        subject: ['CN=alice', 'CN=Issuing CA'][position],
        status: 'good',
        source: `the CRL revocation.crls[${source}].der`,
        asOf: hours(-1),
        freshUntil: new Date(hours(7 * 24).getTime() + 60_000),
        notes: [],
      })),
    )
    expect(explain(decision)).toContain('revocation: good')
  })

  test('does not come in where one says that it is revoked, in either mode', async () => {
    const crls = [mintCrl(root), mintCrl(issuing, { entries: [mallory] })]
    for (const mode of ['strict', 'ignore-ca-error'] as const) {
      expect(await outcomeOf(mallory, crls, { mode })).toBe('ERR_REVOCATION_REVOKED at 0')
      expect(await outcomeOf(alice, crls, { mode })).toBe('accepted')
    }
    expect(await outcomeOf(mallory, crls, { mode: 'skip' })).toBe('accepted')
  })

  test('comes in without an answer under ignore-ca-error alone, and the report says so', async () => {
    const stale = [mintCrl(root), mintCrl(issuing, { nextUpdate: hours(-1) })]
    expect(await outcomeOf(alice, stale)).toBe('ERR_REVOCATION_UNAVAILABLE at 0')
    const decision = await decide(alice, stale, { mode: 'ignore-ca-error' })
    expect(decision).toMatchObject({ outcome: 'accepted', revocation: { status: 'unanswered' } })
    if (decision.outcome !== 'accepted') return
    expect(decision.revocation.certificates[0]).toMatchObject({ status: 'unanswered', source: null })
    expect(decision.revocation.certificates[0]?.notes.join()).toMatch(
      /^the CRL revocation\.crls\[1\]\.der: stale \(.*2025-12-31/,
    )
    expect(decision.revocation.certificates[1]).toMatchObject({ status: 'good' })
  })
})

describe('cfssl #1068, CVE-2026-53434: a CRL that nobody may trust lets nobody in under strict', () => {
  const others = (options: CrlOptions = {}) => mintCrl(createAuthority('Issuing CA'), options)

  test.each<readonly [string, MintedCrl]>([
    ['forged', broken.forgedCrl(mintCrl(issuing))],
    ['of a stranger of the same name', others()],
    ['that is not understood', broken.unknownCriticalCrlExtension(issuing)],
    ['without nextUpdate', mintCrl(issuing, { nextUpdate: null })],
    ['of the future', mintCrl(issuing, { thisUpdate: hours(1) })],
    [
      'of other certificates',
      mintCrl(issuing, { issuingDistributionPoint: { onlyContains: ['authority-certificates'] } }),
    ],
    ['of some reasons', mintCrl(issuing, { issuingDistributionPoint: { onlySomeReasons: ['superseded'] } })],
    ['of changes only', mintCrl(issuing, { number: 2, baseCrlNumber: 1 })],
  ])('one %s', async (_, crl) => {
    expect(await outcomeOf(alice, [mintCrl(root), crl])).toBe('ERR_REVOCATION_UNAVAILABLE at 0')
    expect(await outcomeOf(alice, [mintCrl(root), mintCrl(issuing)])).toBe('accepted')
  })

  test('and none by a forged one refuses anybody: who could write it could lock everybody out', async () => {
    const forged = [mintCrl(root), others({ entries: [alice] })]
    expect(await outcomeOf(alice, forged, { mode: 'ignore-ca-error' })).toBe('accepted')
  })

  test('nor does no CRL at all', async () => {
    expect(await outcomeOf(alice, [mintCrl(root)])).toBe('ERR_REVOCATION_NO_SOURCE at 0')
    expect(await outcomeOf(alice, [mintCrl(issuing)])).toBe('ERR_REVOCATION_NO_SOURCE at 1')
  })
})

describe('a CRL of megabytes, verified in slices or in a thread', () => {
  const many = encodeCrlEntries(
    Array.from({ length: 20_000 }, (_, number) => number),
    { revokedAt: root.at },
  )

  test.each(['p256', 'rsa2048', 'ed25519', 'ed448'] as const)(
    'of a key of the kind %s counts; forged, it does not',
    async (key) => {
      const authority = createAuthority({ subject: 'Large CA', key })
      const [good, bad] = [authority.issue(), authority.issue()]
      const crl = mintCrl(authority, { entries: [many, bad] })
      const outcome = async (leaf: Leaf, list: MintedCrl) => {
        const decision = await verifyCertificate(
          { pem: leaf.fullChainPem },
          {
            trust: { pem: authority.certificate.pem },
            clock: () => root.at,
            revocation: { mode: 'strict', crls: { der: list.der } },
          },
        )
        return decision.outcome === 'rejected' ? decision.failure.code : decision.outcome
      }
      expect(await outcome(good, crl)).toBe('accepted')
      expect(await outcome(bad, crl)).toBe('ERR_REVOCATION_REVOKED')
      expect(await outcome(good, broken.forgedCrl(crl))).toBe('ERR_REVOCATION_UNAVAILABLE')
      expect(await outcome(bad, broken.forgedCrl(crl))).toBe('ERR_REVOCATION_UNAVAILABLE')
    },
  )
})

describe('depth', () => {
  const revokedIssuer = [mintCrl(root, { entries: [{ certificate: issuing.certificate, reason: 'cACompromise' }] })]

  test('chain: an authority that is revoked by its root takes its clients with it, whatever it says of them itself', async () => {
    for (const mode of ['strict', 'ignore-ca-error'] as const) {
      const crls = [...revokedIssuer, mintCrl(issuing, { entries: [mallory] })]
      expect(await outcomeOf(alice, crls, { mode })).toBe('ERR_REVOCATION_REVOKED at 1')
      expect(await outcomeOf(mallory, crls, { mode })).toBe('ERR_REVOCATION_REVOKED at 1')
    }
  })

  test('leaf: it does not, and nobody needs to be asked about it', async () => {
    const crls = [...revokedIssuer, mintCrl(issuing, { entries: [mallory] })]
    expect(await outcomeOf(alice, crls, { depth: 'leaf' })).toBe('accepted')
    expect(await outcomeOf(mallory, crls, { depth: 'leaf' })).toBe('ERR_REVOCATION_REVOKED at 0')
    expect(await outcomeOf(alice, [mintCrl(issuing)], { depth: 'leaf' })).toBe('accepted')
    expect(await outcomeOf(alice, [mintCrl(root)], { depth: 'leaf' })).toBe('ERR_REVOCATION_NO_SOURCE at 0')
  })

  test('never reaches the anchor: who trusts it can stop doing so', async () => {
    const crl = mintCrl(root, { entries: [root] })
    expect(await outcomeOf(root.issue(), [crl])).toBe('accepted')
    expect(await outcomeOf(root, [crl])).toBe('accepted')
  })

  test('of three authorities, the one nearest to the anchor is named', async () => {
    const deep = issuing.intermediate('Deep CA')
    const leaf = deep.issue()
    const crls = [mintCrl(root), mintCrl(issuing, { entries: [deep] }), mintCrl(deep, { entries: [leaf] })]
    expect(await outcomeOf(leaf, crls)).toBe('ERR_REVOCATION_REVOKED at 1')
    expect(await outcomeOf(leaf, [mintCrl(root, { entries: [issuing] }), ...crls])).toBe('ERR_REVOCATION_REVOKED at 2')
  })
})

describe('noRevAvail (RFC 9608 section 4)', () => {
  test('satisfies strict for an end entity, and no authority', async () => {
    expect(await outcomeOf(issuing.issue({ noRevAvail: 'present' }), [mintCrl(root)])).toBe('accepted')
    const exempt = root.intermediate({ noRevAvail: 'present' })
    expect(await outcomeOf(exempt.issue(), [mintCrl(exempt)])).toBe('ERR_REVOCATION_NO_SOURCE at 1')
  })

  test('does not help who is revoked all the same', async () => {
    const leaf = issuing.issue({ noRevAvail: 'present' })
    expect(await outcomeOf(leaf, [mintCrl(root), mintCrl(issuing, { entries: [leaf] })])).toBe(
      'ERR_REVOCATION_REVOKED at 0',
    )
  })
})

describe('explain() says at 3 a.m.', () => {
  const lines = async (leaf: Leaf, crls: readonly MintedCrl[]) => (await decide(leaf, crls).then(explain)).join('\n')
  const entry = { certificate: mallory.certificate, revokedAt: new Date('2025-12-24T18:00:00Z') }

  test('since when and why somebody is revoked, by which file, of when, and what the client needs', async () => {
    const crl = mintCrl(issuing, { entries: [{ ...entry, reason: 'keyCompromise' }] })
    const text = await lines(mallory, [mintCrl(root), crl])
    expect(text).toContain(
      'rejected: ERR_REVOCATION_REVOKED: revoked at 2025-12-24T18:00:00.000Z (keyCompromise), says the CRL revocation.crls[1].der as of 2025-12-31T23:00:00.000Z',
    )
    expect(text).toMatch(/certificate: end entity: CN=mallory, serial [0-9a-f]+, SHA-256 [0-9a-f]+/)
    expect(text).toContain('to do: A new certificate with a new key is needed.')
  })

  test('that somebody is on hold, and that it may end', async () => {
    const text = await lines(mallory, [
      mintCrl(root),
      mintCrl(issuing, { entries: [{ ...entry, reason: 'certificateHold' }] }),
    ])
    expect(text).toContain('ERR_REVOCATION_ON_HOLD: on hold since 2025-12-24T18:00:00.000Z, says the CRL')
    expect(text).toContain('Its authority can lift the hold')
  })

  test('which authority is revoked, and whose client is refused for it', async () => {
    const text = await lines(alice, [mintCrl(root, { entries: [issuing] })])
    expect(text).toContain('client: CN=alice')
    expect(text).toContain('certificate: its issuer: CN=Issuing CA')
  })

  test.each<readonly [string, MintedCrl, RegExp]>([
    [
      'out of date, and since when',
      mintCrl(issuing, { nextUpdate: hours(-1) }),
      /stale \(a list that was valid until 2025-12-31T23:00/,
    ],
    ['without an end', mintCrl(issuing, { nextUpdate: null }), /stale \(a list that has no nextUpdate\)/],
    [
      'of the future, and from when',
      mintCrl(issuing, { thisUpdate: hours(2) }),
      /not-yet-valid \(a list that is for 2026-01-01T02:00/,
    ],
    [
      'forged',
      broken.forgedCrl(mintCrl(issuing)),
      /wrong-signer \(its signature \(ECDSA with sha256\) does not hold under the key of its issuer\)/,
    ],
    [
      'not understood',
      broken.unknownCriticalCrlExtension(issuing),
      /unknown-critical-extension \(the critical extension 1\.3\.6\.1\.4\.1\.32473\.1 is not/,
    ],
    [
      'of other certificates',
      mintCrl(issuing, { issuingDistributionPoint: { onlyContains: ['authority-certificates'] } }),
      /out-of-scope \(the CRLs of its issuer speak of other certificates\)/,
    ],
  ])('of a CRL that is %s', async (_, crl, says) => {
    const text = await lines(alice, [mintCrl(root), crl])
    expect(text).toMatch(
      /^rejected: ERR_REVOCATION_UNAVAILABLE: no source answered: the CRL revocation\.crls\[1\]\.der: /,
    )
    expect(text).toMatch(says)
    expect(text).toContain("rule: revocation mode 'strict'")
    expect(text).toContain('to do: See what each source said')
  })

  test('that there is no CRL of its issuer, and what it names instead', async () => {
    const leaf = issuing.issue({ crlDistributionPoints: ['http://crl.example'] })
    expect(await lines(leaf, [mintCrl(root)])).toMatch(
      /ERR_REVOCATION_NO_SOURCE: no CRL at hand is of its issuer CN=[^;]*; it names a distribution point, and nothing is followed/,
    )
  })
})
