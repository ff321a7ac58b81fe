import { broken, type CrlOptions, createAuthority, crlSigner, type Leaf, mintCrl } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { NOW } from '../../path/verdict.ts'
import { answerFor, verdictFor } from './crls.ts'

const root = createAuthority('Clients CA')
const [alice, mallory] = [root.issue('alice'), root.issue('mallory')]

const HOUR = 3_600_000
const hours = (count: number) => new Date(NOW + count * HOUR)

const listing = (leaf: Leaf, options: CrlOptions & { reason?: 'certificateHold' | 'removeFromCRL' } = {}) => {
  const { reason, ...others } = options
  return mintCrl(root, { entries: [{ certificate: leaf.certificate, ...(reason ? { reason } : {}) }], ...others })
}

describe('a CRL says of a certificate of its issuer', () => {
  test('that it is revoked, since when and why, as of when', async () => {
    const entry = { certificate: mallory.certificate, reason: 'keyCompromise', revokedAt: hours(-5) } as const
    const crl = mintCrl(root, { entries: [entry], thisUpdate: hours(-1), nextUpdate: hours(1) })
    expect(await answerFor(root, mallory, [crl])).toEqual({
      kind: 'revoked',
      source: { kind: 'crl', origin: 'crl 1' },
      reason: 'keyCompromise',
      revokedAt: NOW - 5 * HOUR,
      asOf: NOW - HOUR,
      freshUntil: NOW + HOUR,
    })
  })

  test('that it is good where it is not listed, as of when and for how long', async () => {
    const crl = mintCrl(root, { entries: [mallory], thisUpdate: hours(-1), nextUpdate: hours(1) })
    expect(await answerFor(root, alice, [crl], { skewMs: 60_000 })).toEqual({
      kind: 'good',
      source: { kind: 'crl', origin: 'crl 1' },
      asOf: NOW - HOUR,
      freshUntil: NOW + HOUR + 60_000,
    })
  })

  test('nothing where none is of its issuer', async () => {
    expect(await answerFor(root, alice, [])).toBeUndefined()
    expect(await answerFor(root, alice, [mintCrl(createAuthority('Other CA'))])).toBeUndefined()
  })

  test('with a list of version 1 as well', async () => {
    const crl = mintCrl(root, { version: 1, entries: [mallory] })
    expect(await verdictFor(root, mallory, [crl])).toBe('revoked: unspecified')
    expect(await verdictFor(root, alice, [crl])).toBe('good')
  })
})

describe('a CRL in force says good, and no other (RFC 5280 5.1.2.4, 5.1.2.5)', () => {
  test.each([
    ['until the second of nextUpdate', { nextUpdate: hours(0) }, 0, 'good'],
    ['not a second longer', { nextUpdate: new Date(NOW - 1_000) }, 0, 'none: stale'],
    ['or by as much as clocks may be apart', { nextUpdate: new Date(NOW - 60_000) }, 60_000, 'good'],
    ['and not a second more', { nextUpdate: new Date(NOW - 61_000) }, 60_000, 'none: stale'],
    ['not without nextUpdate', { nextUpdate: null }, 60_000, 'none: stale'],
    ['from the second of thisUpdate', { thisUpdate: hours(0) }, 0, 'good'],
    ['not before', { thisUpdate: new Date(NOW + 1_000) }, 0, 'none: not-yet-valid'],
    ['but by as much as clocks may be apart', { thisUpdate: new Date(NOW + 60_000) }, 60_000, 'good'],
    ['not more', { thisUpdate: new Date(NOW + 61_000) }, 60_000, 'none: not-yet-valid'],
  ] as const)('%s', async (_, options, skewMs, expected) => {
    expect(await verdictFor(root, alice, [mintCrl(root, options)], { skewMs })).toBe(expected)
  })
})

describe('revoked always wins', () => {
  const SCOPED = { issuingDistributionPoint: { onlyContains: ['user-certificates'] } } as const

  test.each<readonly [string, CrlOptions]>([
    ['in a list that is out of date', { thisUpdate: hours(-9), nextUpdate: hours(-8) }],
    ['in a list without nextUpdate', { nextUpdate: null }],
    ['in a list ahead of this clock, which may be slow', { thisUpdate: hours(1), nextUpdate: hours(2) }],
    ['in a delta alone', { number: 2, baseCrlNumber: 1 }],
    ['in a delta alone that is out of date', { number: 2, baseCrlNumber: 1, nextUpdate: hours(-1) }],
  ])('%s', async (_, options) => {
    expect(await verdictFor(root, mallory, [listing(mallory, options)])).toBe('revoked: unspecified')
    expect(await verdictFor(root, alice, [listing(mallory, options)])).toMatch(/^none: /)
  })

  test('over a list of another scope that says good, older or newer, in any order', async () => {
    for (const thisUpdate of [hours(-3), hours(-1)]) {
      const good = mintCrl(root, { thisUpdate: hours(-2) })
      const bad = listing(mallory, { ...SCOPED, thisUpdate })
      for (const crls of [
        [good, bad],
        [bad, good],
      ]) {
        expect(await verdictFor(root, mallory, crls)).toBe('revoked: unspecified')
        expect(await verdictFor(root, alice, crls)).toBe('good')
      }
    }
  })

  test('over lists that cannot be used', async () => {
    const unusable = [
      broken.forgedCrl(mintCrl(root, { thisUpdate: hours(0) })),
      broken.unknownCriticalCrlExtension(root),
    ]
    expect(await verdictFor(root, mallory, [...unusable, listing(mallory)])).toBe('revoked: unspecified')
  })

  test('where a newer list no longer says so, but is out of date: only one in force lifts a revocation', async () => {
    const older = listing(mallory, { thisUpdate: hours(-9), nextUpdate: hours(-7) })
    const newer = (nextUpdate: Date) => mintCrl(root, { thisUpdate: hours(-8), nextUpdate })
    expect(await verdictFor(root, mallory, [older, newer(hours(-6))])).toBe('revoked: unspecified')
    expect(await verdictFor(root, mallory, [older, newer(hours(1))])).toBe('good')
  })
})

describe('Kong 3.4, "once a CRL is added into the store it is always used": the newest list in force counts', () => {
  const older = (options: CrlOptions = {}) => listing(mallory, { thisUpdate: hours(-3), number: 1, ...options })

  test('though older ones are still in force, in any order', async () => {
    const newer = mintCrl(root, { thisUpdate: hours(-2), number: 2 })
    expect(await verdictFor(root, mallory, [older(), newer])).toBe('good')
    expect(await verdictFor(root, mallory, [newer, older()])).toBe('good')
    expect(await verdictFor(root, mallory, [older()])).toBe('revoked: unspecified')
  })

  test('of two of one instant the one with the larger number (5.2.3)', async () => {
    const newer = mintCrl(root, { thisUpdate: hours(-3), number: 256 })
    const first = older({ number: 255 })
    for (const crls of [
      [newer, first],
      [first, newer],
    ])
      expect(await verdictFor(root, mallory, crls)).toBe('good')
  })

  test('and one that is forged, of the future or not understood takes nothing from it', async () => {
    const current = mintCrl(root, { entries: [mallory] })
    for (const other of [
      broken.forgedCrl(mintCrl(root, { thisUpdate: hours(0) })),
      mintCrl(createAuthority('Clients CA'), { thisUpdate: hours(0) }),
      mintCrl(root, { thisUpdate: hours(1) }),
      broken.unknownCriticalEntryExtension(root, { thisUpdate: hours(0) }),
      mintCrl(root, { thisUpdate: hours(-9), nextUpdate: hours(-8) }),
    ]) {
      expect(await verdictFor(root, mallory, [other, current])).toBe('revoked: unspecified')
      expect(await verdictFor(root, alice, [other, current])).toBe('good')
    }
  })
})

describe('a hold (RFC 5280 5.3.1)', () => {
  const held = (options: CrlOptions = {}) => listing(mallory, { reason: 'certificateHold', ...options })

  test('refuses while its list is in force, and where it is ahead of this clock', async () => {
    expect(await verdictFor(root, mallory, [held()])).toBe('revoked: certificateHold')
    expect(await verdictFor(root, mallory, [held({ thisUpdate: hours(1) })])).toBe('revoked: certificateHold')
  })

  test('may have been lifted since its list ended, which says neither', async () => {
    expect(await verdictFor(root, mallory, [held({ nextUpdate: hours(-1) })])).toBe('none: stale')
  })

  test('is lifted by a newer list without it, in force or not', async () => {
    const older = held({ thisUpdate: hours(-3) })
    expect(await verdictFor(root, mallory, [older, mintCrl(root, { thisUpdate: hours(-2) })])).toBe('good')
    const ended = mintCrl(root, { thisUpdate: hours(-2), nextUpdate: hours(-1) })
    expect(await verdictFor(root, mallory, [older, ended])).toBe('none: stale')
  })

  test('that a list out of date speaks of is not undone by an older one that does not', async () => {
    const older = mintCrl(root, { thisUpdate: hours(-3), nextUpdate: hours(9) })
    const newer = held({ thisUpdate: hours(-2), nextUpdate: hours(-1) })
    expect(await verdictFor(root, mallory, [older, newer])).toBe('none: stale')
    expect(await verdictFor(root, alice, [older, newer])).toBe('good')
  })

  test('removeFromCRL in a complete list says that it is not revoked', async () => {
    expect(await verdictFor(root, mallory, [listing(mallory, { reason: 'removeFromCRL' })])).toBe('good')
  })
})

describe('a delta CRL changes the complete one (RFC 5280 5.2.4, 6.3.3 c, i, j)', () => {
  const base = (options: CrlOptions = {}) => mintCrl(root, { number: 5, thisUpdate: hours(-3), ...options })
  const delta = (options: CrlOptions = {}) =>
    mintCrl(root, { number: 7, baseCrlNumber: 4, thisUpdate: hours(-2), nextUpdate: hours(1), ...options })
  const entry = (reason?: 'certificateHold' | 'removeFromCRL' | 'keyCompromise') => ({
    entries: [{ certificate: mallory.certificate, ...(reason ? { reason } : {}) }],
  })

  test('by adding: who is only in it is revoked, and everybody else is as fresh as it is', async () => {
    const crls = [base(), delta(entry('keyCompromise'))]
    expect(await verdictFor(root, mallory, crls)).toBe('revoked: keyCompromise')
    expect(await answerFor(root, alice, crls)).toMatchObject({
      kind: 'good',
      source: { origin: 'crl 2' },
      asOf: NOW - 2 * HOUR,
      freshUntil: NOW + HOUR,
    })
  })

  test('by removing what was on hold', async () => {
    const held = base(entry('certificateHold'))
    expect(await verdictFor(root, mallory, [held])).toBe('revoked: certificateHold')
    expect(await verdictFor(root, mallory, [held, delta(entry('removeFromCRL'))])).toBe('good')
    expect(await verdictFor(root, mallory, [held, delta()])).toBe('revoked: certificateHold')
  })

  test('by giving another reason', async () => {
    const crls = [base(entry('certificateHold')), delta(entry('keyCompromise'))]
    expect(await verdictFor(root, mallory, crls)).toBe('revoked: keyCompromise')
  })

  test('and makes one that is out of date current', async () => {
    const stale = base({ nextUpdate: hours(-1) })
    expect(await verdictFor(root, alice, [stale])).toBe('none: stale')
    expect(await verdictFor(root, alice, [stale, delta()])).toBe('good')
    const held = base({ nextUpdate: hours(-1), ...entry('certificateHold') })
    expect(await verdictFor(root, mallory, [held, delta()])).toBe('revoked: certificateHold')
  })

  test('the newest one counts', async () => {
    const first = delta({ number: 6, thisUpdate: hours(-2), ...entry('certificateHold') })
    const second = delta({ number: 7, thisUpdate: hours(-1), ...entry('removeFromCRL') })
    for (const crls of [
      [base(), first, second],
      [second, first, base()],
    ])
      expect(await verdictFor(root, mallory, crls)).toBe('good')
  })

  const held = base({ ...entry('certificateHold'), nextUpdate: hours(9) })
  const idp = { issuingDistributionPoint: { onlyContains: ['user-certificates'] } } as const
  const otherKey = crlSigner(root)
  test.each([
    ['that starts from a newer one (c)', delta({ baseCrlNumber: 6, ...entry('removeFromCRL') })],
    ['that is older by its number (c)', delta({ number: 4, baseCrlNumber: 3, ...entry('removeFromCRL') })],
    ['that is older by its date', delta({ thisUpdate: hours(-4), ...entry('removeFromCRL') })],
    ['that is out of date', delta({ nextUpdate: hours(-1), ...entry('removeFromCRL') })],
    ['that is not in force yet', delta({ thisUpdate: hours(1), ...entry('removeFromCRL') })],
    ['that is forged', broken.forgedCrl(delta(entry('removeFromCRL')))],
    ['of another scope (b)', delta({ ...idp, ...entry('removeFromCRL') })],
    ['without a number', delta({ number: null, ...entry('removeFromCRL') })],
    [
      'with an extension that is not understood',
      broken.unknownCriticalCrlExtension(root, { number: 7, baseCrlNumber: 4, ...entry('removeFromCRL') }),
    ],
    [
      'signed with another key (6.3.3 c 3)',
      mintCrl(otherKey, { number: 7, baseCrlNumber: 4, thisUpdate: hours(-2), ...entry('removeFromCRL') }),
    ],
  ])('one %s lifts nothing', async (_, crl) => {
    expect(await verdictFor(root, mallory, [held, crl], { intermediates: [otherKey] })).toBe('revoked: certificateHold')
    expect(await verdictFor(root, mallory, [held, delta(entry('removeFromCRL'))])).toBe('good')
  })

  test.each([
    ['starts from a newer one', delta({ baseCrlNumber: 6, ...entry('keyCompromise') })],
    ['is out of date', delta({ nextUpdate: hours(-1), ...entry('keyCompromise') })],
    ['is not in force yet', delta({ thisUpdate: hours(1), ...entry('keyCompromise') })],
    ['has no number', delta({ number: null, ...entry('keyCompromise') })],
  ])('one that %s still says revoked, and never good', async (_, crl) => {
    expect(await verdictFor(root, mallory, [base(), crl])).toBe('revoked: keyCompromise')
    expect(await verdictFor(root, alice, [base(), crl])).toBe('good')
    expect(await verdictFor(root, alice, [base({ nextUpdate: hours(-1) }), crl])).toBe('none: stale')
  })

  test('one without its complete list never says good', async () => {
    expect(await verdictFor(root, alice, [delta()])).toBe('none: out-of-scope')
    expect(await verdictFor(root, mallory, [delta(entry())])).toBe('revoked: unspecified')
    expect(await verdictFor(root, mallory, [broken.forgedCrl(delta(entry()))])).toBe('none: out-of-scope')
  })

  test('one out of date that spoke of a hold lets nobody call it good', async () => {
    const crls = [base(), delta({ nextUpdate: hours(-1), ...entry('certificateHold') })]
    expect(await verdictFor(root, mallory, crls)).toBe('none: stale')
    expect(await verdictFor(root, alice, crls)).toBe('good')
  })

  test('a complete list without a number takes none', async () => {
    const unnumbered = base({ number: null, ...entry('certificateHold') })
    expect(await verdictFor(root, mallory, [unnumbered, delta(entry('removeFromCRL'))])).toBe(
      'revoked: certificateHold',
    )
  })
})

describe('lists for some reasons say good together (RFC 5280 6.3.3 d, e, l)', () => {
  const some = (...onlySomeReasons: readonly ('keyCompromise' | 'superseded')[]) =>
    mintCrl(root, { issuingDistributionPoint: { onlySomeReasons } })
  const REST = [
    'cACompromise',
    'affiliationChanged',
    'cessationOfOperation',
    'certificateHold',
    'privilegeWithdrawn',
    'aACompromise',
  ] as const
  const rest = (options: CrlOptions = {}) =>
    mintCrl(root, { issuingDistributionPoint: { onlySomeReasons: REST }, ...options })

  test('where they cover all of them, as fresh as the first that ends', async () => {
    const crls = [some('keyCompromise', 'superseded'), rest({ nextUpdate: hours(1), thisUpdate: hours(-5) })]
    expect(await answerFor(root, alice, crls)).toMatchObject({
      kind: 'good',
      asOf: NOW - 5 * HOUR,
      freshUntil: NOW + HOUR,
    })
  })

  test('not where one is missing, out of date or forged', async () => {
    expect(await verdictFor(root, alice, [some('keyCompromise'), rest()])).toBe('none: some-reasons-only')
    const two = some('keyCompromise', 'superseded')
    expect(await verdictFor(root, alice, [two])).toBe('none: some-reasons-only')
    expect(await verdictFor(root, alice, [two, rest({ nextUpdate: hours(-1) })])).toBe('none: stale')
    expect(await verdictFor(root, alice, [two, broken.forgedCrl(rest())])).toBe('none: wrong-signer')
  })

  test('any one of them revokes', async () => {
    const revoking = rest({ entries: [{ certificate: mallory.certificate, reason: 'cACompromise' }] })
    expect(await verdictFor(root, mallory, [some('keyCompromise'), revoking])).toBe('revoked: cACompromise')
  })

  test('by the reasons of the certificate’s own points too', async () => {
    const leaf = root.issue({
      crlDistributionPoints: [
        { fullName: { uri: 'u:a' }, reasons: ['keyCompromise', 'superseded'] },
        { fullName: { uri: 'u:b' }, reasons: REST },
      ],
    })
    const at = (uri: string) => mintCrl(root, { issuingDistributionPoint: { fullName: { uri } } })
    expect(await verdictFor(root, leaf, [at('u:a')])).toBe('none: some-reasons-only')
    expect(await verdictFor(root, leaf, [at('u:a'), at('u:b')])).toBe('good')
  })
})

describe('a CRL with a critical extension that is not processed is not used (RFC 5280 5.2, 5.3)', () => {
  test.each([
    ['of its own', broken.unknownCriticalCrlExtension],
    ['of an entry, whosever', broken.unknownCriticalEntryExtension],
  ])('%s, and the answer says which', async (_, mint) => {
    const crl = mint(root, { entries: [mallory] })
    expect(await answerFor(root, mallory, [crl])).toMatchObject({
      kind: 'none',
      because: 'unknown-critical-extension',
      detail: 'the critical extension 1.3.6.1.4.1.32473.1 is not processed',
    })
    expect(await verdictFor(root, alice, [crl])).toBe('none: unknown-critical-extension')
  })
})
