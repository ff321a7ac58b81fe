/** RFC 5280 6.1.1 to 6.1.5, each step that speaks of policies. Paths are written from the anchor down, without the anchor: i = 1 is its first. */
import { describe, expect, test } from 'vitest'
import { A, ANY, accepting, B, C, explicit, verdictUnder } from './under-policies.ts'

const NONE = {}
const REFUSED = 'ERR_PATH_POLICY at 0'

describe('without inputs and without constraints', () => {
  test('policies decide nothing, present, different or absent (6.1.1 c)', () => {
    expect(verdictUnder({}, NONE, NONE, NONE)).toBe('accepted')
    expect(verdictUnder({}, NONE, { policies: [A] }, { policies: [B] })).toBe('accepted')
  })
})

describe('initial-explicit-policy (6.1.1 e, 6.1.2 d, 6.1.3 f)', () => {
  test('demands one policy along the whole path', () => {
    expect(verdictUnder(explicit, NONE, { policies: [A] }, { policies: [A] })).toBe('accepted')
    expect(verdictUnder(explicit, NONE, { policies: [A, B] }, { policies: [B, C] })).toBe('accepted')
    expect(verdictUnder(explicit, NONE, { policies: [A] }, { policies: [B] })).toBe(REFUSED)
  })

  test('is broken by the first certificate without policies (6.1.3 e)', () => {
    expect(verdictUnder(explicit, NONE, { policies: [A] }, NONE)).toBe(REFUSED)
    expect(verdictUnder(explicit, NONE, NONE, { policies: [A] })).toBe('ERR_PATH_POLICY at 1')
    expect(verdictUnder(explicit, NONE, NONE)).toBe(REFUSED)
  })
})

describe('user-initial-policy-set (6.1.1 c, 6.1.5 g)', () => {
  test('accepts a path under one of its policies, and no other', () => {
    expect(verdictUnder(accepting(A), NONE, { policies: [A] }, { policies: [A] })).toBe('accepted')
    expect(verdictUnder(accepting(B, A), NONE, { policies: [A] }, { policies: [A] })).toBe('accepted')
    expect(verdictUnder(accepting(B), NONE, { policies: [A] }, { policies: [A] })).toBe(REFUSED)
  })

  test('is met by anyPolicy all the way', () => {
    expect(verdictUnder(accepting(A), NONE, { policies: [ANY] }, { policies: [ANY] })).toBe('accepted')
  })

  test('that is empty accepts nothing', () => {
    expect(verdictUnder(accepting(), NONE, { policies: [ANY] }, { policies: [ANY] })).toBe(REFUSED)
    expect(verdictUnder(accepting(), NONE, { policies: [A] }, { policies: [A] })).toBe(REFUSED)
  })

  test('narrows nothing where no policy is required', () => {
    expect(verdictUnder({ accepted: new Set([B]) }, NONE, { policies: [A] }, { policies: [A] })).toBe('accepted')
  })
})

describe('anyPolicy (6.1.3 d)', () => {
  test('in an intermediate lets every policy below stand (d 1 ii)', () => {
    expect(verdictUnder(accepting(A), NONE, { policies: [ANY] }, { policies: [A] })).toBe('accepted')
    expect(verdictUnder(accepting(A), NONE, { policies: [ANY] }, { policies: [B] })).toBe(REFUSED)
  })

  test('in the end entity continues every policy above (d 2)', () => {
    expect(verdictUnder(accepting(A), NONE, { policies: [A] }, { policies: [ANY] })).toBe('accepted')
    expect(verdictUnder(accepting(B), NONE, { policies: [A] }, { policies: [ANY] })).toBe(REFUSED)
  })

  test('beside a policy adds to it and takes nothing away', () => {
    expect(verdictUnder(accepting(B), NONE, { policies: [A, ANY] }, { policies: [B] })).toBe('accepted')
    expect(verdictUnder(accepting(A), NONE, { policies: [A, ANY] }, { policies: [A] })).toBe('accepted')
  })

  test('does not bring back a policy that ended further up', () => {
    expect(verdictUnder(accepting(B), NONE, { policies: [A] }, { policies: [ANY] }, { policies: [B] })).toBe(REFUSED)
  })
})

describe('initial-any-policy-inhibit and inhibitAnyPolicy (6.1.2 e, 6.1.3 d 2, 6.1.4 j)', () => {
  const inhibited = { ...explicit, inhibitAny: true }

  test('make anyPolicy count for nothing', () => {
    expect(verdictUnder(explicit, NONE, { policies: [ANY] }, { policies: [A] })).toBe('accepted')
    expect(verdictUnder(inhibited, NONE, { policies: [ANY] }, { policies: [A] })).toBe('ERR_PATH_POLICY at 1')
    expect(verdictUnder(inhibited, NONE, { policies: [A] }, { policies: [ANY] })).toBe(REFUSED)
    expect(verdictUnder(inhibited, NONE, { policies: [A] }, { policies: [A] })).toBe('accepted')
  })

  test('by a certificate hold from the next one on, or after as many as it says', () => {
    const from = (inhibitsAny: number) =>
      verdictUnder(explicit, NONE, { policies: [ANY], inhibitsAny }, { policies: [ANY] }, { policies: [ANY] })
    expect(from(2)).toBe('accepted')
    expect(from(1)).toBe(REFUSED)
    expect(from(0)).toBe('ERR_PATH_POLICY at 1')
  })

  test('are tightened by a certificate further down, never loosened', () => {
    const two = (first: number, second: number) =>
      verdictUnder(
        explicit,
        NONE,
        { policies: [ANY], inhibitsAny: first },
        { policies: [A], inhibitsAny: second },
        { policies: [ANY] },
      )
    expect(two(5, 1)).toBe('accepted')
    expect(two(5, 0)).toBe(REFUSED)
    expect(two(1, 5)).toBe(REFUSED)
  })

  test('do not hold for a self-issued intermediate, and hold for a self-issued end entity (d 2)', () => {
    const above = { policies: [ANY], inhibitsAny: 0 }
    expect(verdictUnder(explicit, NONE, above, { policies: [ANY], selfIssued: true }, { policies: [A] })).toBe(
      'accepted',
    )
    expect(verdictUnder(explicit, NONE, above, { policies: [ANY] }, { policies: [A] })).toBe('ERR_PATH_POLICY at 1')
    expect(verdictUnder(explicit, NONE, above, { policies: [ANY], selfIssued: true })).toBe(REFUSED)
  })
})

describe('requireExplicitPolicy (6.1.4 h, i; 6.1.5 a, b)', () => {
  test("of an authority is a demand like the application's", () => {
    expect(verdictUnder({}, NONE, { policies: [A], requires: 0 }, { policies: [A] })).toBe('accepted')
    expect(verdictUnder({}, NONE, { policies: [A], requires: 0 }, NONE)).toBe(REFUSED)
    expect(verdictUnder({}, NONE, { policies: [A] }, NONE)).toBe('accepted')
  })

  test('holds after as many certificates as it says, the end entity among them', () => {
    const from = (requires: number) => verdictUnder({}, NONE, { requires }, NONE, NONE)
    expect(from(3)).toBe('accepted')
    expect(from(2)).toBe(REFUSED)
    expect(from(1)).toBe(REFUSED)
    expect(from(0)).toBe('ERR_PATH_POLICY at 1')
  })

  test('does not count self-issued intermediates', () => {
    expect(verdictUnder({}, NONE, { requires: 2 }, NONE, NONE, NONE)).toBe('ERR_PATH_POLICY at 0')
    expect(verdictUnder({}, NONE, { requires: 3 }, NONE, { selfIssued: true }, NONE)).toBe('accepted')
    expect(verdictUnder({}, NONE, { requires: 2 }, { selfIssued: true }, { selfIssued: true }, NONE)).toBe('accepted')
    expect(verdictUnder({}, NONE, { requires: 1 }, { selfIssued: true }, { selfIssued: true }, NONE)).toBe(REFUSED)
  })

  test('of the end entity itself holds at 0 only (6.1.5 b)', () => {
    expect(verdictUnder({}, NONE, NONE, { requires: 0 })).toBe(REFUSED)
    expect(verdictUnder({}, NONE, { policies: [A] }, { policies: [A], requires: 0 })).toBe('accepted')
    expect(verdictUnder({}, NONE, NONE, { requires: 1 })).toBe('accepted')
  })

  test('is tightened further down, never loosened (i 1)', () => {
    expect(verdictUnder({}, NONE, { requires: 9 }, { requires: 0 }, NONE)).toBe(REFUSED)
    expect(verdictUnder({}, NONE, { requires: 1 }, { requires: 9 }, NONE)).toBe(REFUSED)
  })
})

describe('the anchor is an authority too (RFC 5937 section 3.2)', () => {
  test('its requireExplicitPolicy and inhibitAnyPolicy count from the first certificate below', () => {
    expect(verdictUnder({}, { requires: 0 }, { policies: [A] }, { policies: [A] })).toBe('accepted')
    expect(verdictUnder({}, { requires: 0 }, NONE, { policies: [A] })).toBe('ERR_PATH_POLICY at 1')
    expect(verdictUnder({}, { requires: 1 }, { policies: [A] }, NONE)).toBe(REFUSED)
    expect(verdictUnder(explicit, { inhibitsAny: 0 }, { policies: [ANY] }, { policies: [A] })).toBe(
      'ERR_PATH_POLICY at 1',
    )
    expect(verdictUnder(explicit, { inhibitsAny: 1 }, { policies: [ANY] }, { policies: [A] })).toBe('accepted')
  })

  test('its inhibitPolicyMapping does', () => {
    const mapping = [{ policies: [A], maps: [[A, B]] }, { policies: [B] }] as const
    expect(verdictUnder(explicit, NONE, ...mapping)).toBe('accepted')
    expect(verdictUnder(explicit, { inhibitsMapping: 0 }, ...mapping)).toBe(REFUSED)
  })

  test('its policies narrow those that are accepted, and anyPolicy narrows nothing', () => {
    const path = [{ policies: [A] }, { policies: [A] }] as const
    expect(verdictUnder(explicit, { policies: [A, B] }, ...path)).toBe('accepted')
    expect(verdictUnder(explicit, { policies: [B] }, ...path)).toBe(REFUSED)
    expect(verdictUnder(explicit, { policies: [B, ANY] }, ...path)).toBe('accepted')
    expect(verdictUnder(accepting(A, C), { policies: [A, B] }, ...path)).toBe('accepted')
    expect(verdictUnder(accepting(C), { policies: [A, C] }, ...path)).toBe(REFUSED)
  })
})
