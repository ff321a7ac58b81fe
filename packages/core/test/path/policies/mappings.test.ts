import { describe, expect, test } from 'vitest'
import { A, ANY, accepting, B, C, explicit, type Says, verdictUnder } from './under-policies.ts'

const REFUSED = 'ERR_PATH_POLICY at 0'
const from = (policy: string, ...to: readonly string[]): Says => ({
  policies: [policy],
  maps: to.map((each) => [policy, each] as const),
})

describe('policyMappings (RFC 5280 4.2.1.5, 6.1.4 a, b)', () => {
  test("make a policy below one of the issuer's: the application accepts it by the name that the anchor's side gives it", () => {
    expect(verdictUnder(accepting(A), {}, from(A, B), { policies: [B] })).toBe('accepted')
    expect(verdictUnder(accepting(B), {}, from(A, B), { policies: [B] })).toBe(REFUSED)
  })

  test('take the place of the policy: it does not go on under its own name', () => {
    expect(verdictUnder(explicit, {}, from(A, B), { policies: [A] })).toBe(REFUSED)
    expect(verdictUnder(explicit, {}, from(A, B, A), { policies: [A] })).toBe('accepted')
  })

  test('may go to several, and from several to one', () => {
    expect(verdictUnder(accepting(A), {}, from(A, B, C), { policies: [C] })).toBe('accepted')
    const both: Says = {
      policies: [A, B],
      maps: [
        [A, C],
        [B, C],
      ],
    }
    expect(verdictUnder(accepting(A), {}, both, { policies: [C] })).toBe('accepted')
    expect(verdictUnder(accepting(B), {}, both, { policies: [C] })).toBe('accepted')
    expect(verdictUnder(accepting(C), {}, both, { policies: [C] })).toBe(REFUSED)
  })

  test('follow each other', () => {
    expect(verdictUnder(accepting(A), {}, from(A, B), from(B, C), { policies: [C] })).toBe('accepted')
    expect(verdictUnder(accepting(A), {}, from(A, B), from(A, C), { policies: [C] })).toBe('ERR_PATH_POLICY at 1')
  })

  test('of a policy that the certificate does not assert do nothing, unless it asserts anyPolicy (b 1)', () => {
    const mapping = [[B, C]] as const
    expect(verdictUnder(accepting(B), {}, { policies: [A], maps: mapping }, { policies: [C] })).toBe(REFUSED)
    expect(verdictUnder(accepting(B), {}, { policies: [ANY], maps: mapping }, { policies: [C] })).toBe('accepted')
    expect(verdictUnder(accepting(C), {}, { policies: [ANY], maps: mapping }, { policies: [C] })).toBe(REFUSED)
  })

  test('are continued by anyPolicy below (6.1.3 d 2)', () => {
    expect(verdictUnder(accepting(A), {}, from(A, B), { policies: [ANY] })).toBe('accepted')
    expect(verdictUnder(accepting(B), {}, from(A, B), { policies: [ANY] })).toBe(REFUSED)
  })

  test('of the end entity concern nobody below it, and do nothing', () => {
    expect(verdictUnder(accepting(A), {}, { policies: [A] }, from(A, B))).toBe('accepted')
  })

  test.each([
    ['from anyPolicy', [[ANY, A]]],
    ['to anyPolicy', [[A, ANY]]],
    [
      'to anyPolicy among others',
      [
        [A, B],
        [A, ANY],
      ],
    ],
  ] as const)('%s are refused (6.1.4 a)', (_, maps) => {
    expect(verdictUnder({}, {}, { policies: [A], maps }, { policies: [A] })).toBe('ERR_PATH_POLICY_MAPPING at 1')
  })
})

describe('initial-policy-mapping-inhibit and inhibitPolicyMapping (6.1.2 f, 6.1.4 b 2, i 2)', () => {
  test('end a policy that is mapped', () => {
    const inhibited = { ...explicit, inhibitMapping: true }
    expect(verdictUnder(explicit, {}, from(A, B), { policies: [B] })).toBe('accepted')
    expect(verdictUnder(inhibited, {}, from(A, B), { policies: [B] })).toBe(REFUSED)
    expect(verdictUnder(inhibited, {}, from(A, B), { policies: [A] })).toBe(REFUSED)
    expect(verdictUnder(inhibited, {}, { policies: [A, C], maps: [[A, B]] }, { policies: [C] })).toBe('accepted')
  })

  test('of an authority hold for those below it, after as many as it says', () => {
    const above = (inhibitsMapping: number): Says => ({ policies: [A], inhibitsMapping })
    expect(verdictUnder(explicit, {}, above(1), from(A, B), { policies: [B] })).toBe('accepted')
    expect(verdictUnder(explicit, {}, above(0), from(A, B), { policies: [B] })).toBe(REFUSED)
  })

  test('do not hold for the mapping beside them', () => {
    expect(verdictUnder(explicit, {}, { ...from(A, B), inhibitsMapping: 0 }, { policies: [B] })).toBe('accepted')
  })

  test('do not count self-issued intermediates (6.1.4 h)', () => {
    const self: Says = { policies: [A], selfIssued: true }
    expect(verdictUnder(explicit, {}, { policies: [A], inhibitsMapping: 1 }, self, from(A, B), { policies: [B] })).toBe(
      'accepted',
    )
    expect(
      verdictUnder(explicit, {}, { policies: [A], inhibitsMapping: 1 }, { policies: [A] }, from(A, B), {
        policies: [B],
      }),
    ).toBe(REFUSED)
  })
})
