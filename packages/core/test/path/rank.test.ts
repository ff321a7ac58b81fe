import { broken, createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type Found, mostSpecific, UNANCHORED_CODES } from '../../src/path/rank.ts'
import { refusalOf, storeOf, verdict } from './verdict.ts'

const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }

describe('of several failures the one that tells most is given, the others beside it', () => {
  test('a rule that an issuer breaks, before that another has no anchor', () => {
    const root = createAuthority('Root')
    const expired = root.intermediate({ subject: 'CA', ...past })
    const elsewhere = createAuthority('Elsewhere').crossSign(expired)
    const leaf = expired.issue()
    for (const presented of [
      [expired.certificate, elsewhere.certificate],
      [elsewhere.certificate, expired.certificate],
    ]) {
      const refusal = refusalOf({ leaf, presented }, storeOf([root]))
      expect(refusal.code).toBe('ERR_PATH_EXPIRED')
      expect(refusal.others.map(({ code }) => code)).toEqual(['ERR_PATH_ISSUER_MISSING'])
    }
  })

  test('what the likely issuer breaks, before what a namesake does', () => {
    const namesake = createAuthority({ subject: 'Root', keyUsage: ['cRLSign'] })
    const own = createAuthority({ subject: 'Root', ...past })
    for (const anchors of [
      [namesake, own],
      [own, namesake],
    ]) {
      const refusal = refusalOf(own.issue(), storeOf(anchors))
      expect(refusal.code).toBe('ERR_PATH_EXPIRED')
      expect(refusal.others.map(({ code }) => code)).toEqual(['ERR_PATH_KEY_USAGE'])
    }
  })

  test('a used-up budget, before anything else: the search is not complete', () => {
    const root = createAuthority('Root')
    const expired = root.intermediate({ subject: 'CA', ...past })
    const good = root.crossSign(expired)
    const shown = { leaf: expired.issue(), presented: [expired.certificate, good.certificate] }
    const refusal = refusalOf(shown, storeOf([root]), { signatureCost: 1 })
    expect(refusal.code).toBe('ERR_PATH_BUDGET')
    expect(refusal.others.map(({ code }) => code)).toEqual(['ERR_PATH_EXPIRED'])
  })

  test('at most eight others: how many there are is the choice of the peer', () => {
    const namesakes = Array.from({ length: 30 }, () => createAuthority({ subject: 'Root', ...past }))
    const refusal = refusalOf(createAuthority('Root').issue(), storeOf(namesakes))
    expect(refusal.code).toBe('ERR_PATH_EXPIRED')
    expect(refusal.others).toHaveLength(8)
    expect(Object.isFrozen(refusal)).toBe(true)
  })
})

describe('whatever was found first', () => {
  const store = storeOf([createAuthority('Root')])
  const root = createAuthority('Root')
  const failures = {
    budget: refusalOf(root.issue(), store, { signatureCost: 1 }),
    rule: refusalOf(broken.expired(root), store),
    tooLong: refusalOf(root.intermediate().issue(), store, { maxIntermediates: 0 }),
    signature: refusalOf(root.issue(), store),
    unanchored: refusalOf(broken.selfSigned(), store),
  }
  const found = (failure: keyof typeof failures, likeliness: Found['likeliness'] = 'open'): Found => ({
    failure: failures[failure],
    likeliness,
  })

  test.each([
    [found('budget', 'unlikely'), found('rule', 'likely')],
    [found('rule'), found('signature', 'likely')],
    [found('rule'), found('tooLong', 'likely')],
    [found('rule', 'likely'), found('rule', 'open')],
    [found('rule', 'open'), found('rule', 'unlikely')],
    [found('signature', 'open'), found('rule', 'unlikely')],
    [found('signature', 'likely'), found('signature', 'open')],
    [found('signature', 'unlikely'), found('unanchored', 'likely')],
    [found('tooLong', 'unlikely'), found('unanchored', 'likely')],
  ])('the first of pair %# tells more than the second', (more, less) => {
    for (const pair of [
      [more, less],
      [less, more],
    ] as const) {
      const best = mostSpecific(pair)
      expect(best.code).toBe(more.failure.code)
      expect(best.others).toEqual([less.failure])
    }
  })

  test('of equals the first', () => {
    const { signature } = failures
    const [first, second] = [{ ...signature }, { ...signature }]
    const best = mostSpecific([
      { failure: first, likeliness: 'open' },
      { failure: second, likeliness: 'open' },
    ])
    expect(best.others[0]).toBe(second)
  })
})

describe('a client that is merely unknown is told from one whose issuer does not vouch for it', () => {
  const isUnanchored = (text: string) => UNANCHORED_CODES.has(text.split(' ')[0] ?? '')

  test('unknown: no issuer, no anchor, self-signed', () => {
    const store = storeOf([createAuthority('Root')])
    const other = createAuthority('Other')
    expect(isUnanchored(verdict({ leaf: other.issue(), presented: [] }, store))).toBe(true)
    expect(isUnanchored(verdict({ leaf: other.issue(), presented: [other.certificate] }, store))).toBe(true)
    expect(isUnanchored(verdict(broken.selfSigned(), store))).toBe(true)
  })

  // An issuer whose signature does not hold refuses also where a way beside it ends nowhere, whichever was tried first,
  // and whatever key identifiers the peer chose.
  test.each(['own', 'copied'] as const)(
    'not unknown: a candidate with a wrong signature, key identifiers %s',
    (keyIdentifiers) => {
      const root = createAuthority('Root')
      const store = storeOf([root])
      const forger = broken.otherAuthority(root, { keyIdentifiers })
      const nowhere = createAuthority('Nowhere').crossSign(forger)
      expect(verdict({ leaf: forger.issue(), presented: [] }, store)).toBe('ERR_SIGNATURES_INVALID at 0')
      expect(verdict({ leaf: forger.issue(), presented: [nowhere.certificate] }, store)).toBe(
        'ERR_SIGNATURES_INVALID at 0',
      )
    },
  )

  test('not unknown: a candidate too far down, though another way ends nowhere', () => {
    const root = createAuthority('Root')
    const far = root.intermediate('Far')
    const near = far.intermediate('Near')
    const nowhere = createAuthority('Nowhere').crossSign(near)
    const shown = { leaf: near.issue(), presented: [nowhere.certificate, near.certificate, far.certificate] }
    expect(verdict(shown, storeOf([root]), { maxIntermediates: 1 })).toBe('ERR_PATH_TOO_LONG at 2')
  })
})
