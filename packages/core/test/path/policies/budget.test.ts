import { createAuthority, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { DEFAULT_POLICIES } from '../../../src/path/budget.ts'
import { refusalOf, storeOf, verdict } from '../verdict.ts'
import { A, ANY, B, C, verdictUnder } from './under-policies.ts'

describe('policies that are followed in one search (RFC 9618 section 5.3)', () => {
  const mapping = { policies: [A, B], maps: [[A, C]] } as const

  test('are those of each certificate, its mappings, and those above it: exactly so many suffice', () => {
    // The first has three entries, the second one, below the two nodes of the first and one that they start from.
    expect(verdictUnder({ policyBudget: 5 }, {}, mapping, { policies: [C] })).toBe('accepted')
    expect(verdictUnder({ policyBudget: 4 }, {}, mapping, { policies: [C] })).toBe('ERR_PATH_BUDGET at 0')
  })

  test('cost nothing where there are none, or none any more', () => {
    expect(verdictUnder({ policyBudget: 0 }, {}, {}, {})).toBe('accepted')
    expect(verdictUnder({ policyBudget: 0 }, {}, {}, mapping, { policies: [C] })).toBe('accepted')
  })

  const policiesOf = (level: number, count: number) =>
    Array.from({ length: count }, (_, index) => `1.3.6.1.4.1.55555.${level}.${index}`)

  test(`are ${DEFAULT_POLICIES} over all ways that lead to an anchor, not for each`, () => {
    const root = createAuthority({ subject: 'Root', key: 'rsa2048' })
    let authority = root
    const presented = Array.from({ length: 4 }, (_, level) => {
      const extensions = [extension.certificatePolicies([...policiesOf(level, 150), ANY])]
      const first = authority.intermediate({ subject: `CA ${level}`, extensions })
      const twin = authority.crossSign(first, { extensions })
      authority = first
      return [first.certificate, twin.certificate]
    }).flat()
    // It asks for a policy and asserts none, so every way has to be tried.
    const leaf = authority.issue({ extensions: [extension.policyConstraints({ requireExplicitPolicy: 0 })] })
    expect(refusalOf({ leaf, presented }, storeOf([root]))).toMatchObject({
      code: 'ERR_PATH_BUDGET',
      budget: 'policies',
      limit: DEFAULT_POLICIES,
    })
    expect(verdict({ leaf: authority.issue(), presented }, storeOf([root]))).toBe('accepted')
  })
})
