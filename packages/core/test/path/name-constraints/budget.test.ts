import { createAuthority, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { createBudget, DEFAULT_NAME_COMPARISONS } from '../../../src/path/budget.ts'
import { checkNameConstraints } from '../../../src/path/name-constraints/check-name-constraints.ts'
import { parsed, refusalOf, storeOf, verdict } from '../verdict.ts'

const hosts = (count: number, suffix: string) => Array.from({ length: count }, (_, index) => `h${index}.${suffix}`)

describe('names times subtrees are paid for (CVE-2025-58187, limbo pathological::nc-dos)', () => {
  const { nameConstraints } = extension
  const root = createAuthority({
    extensions: [
      nameConstraints({ permitted: { dns: hosts(4, 'a.example') }, excluded: { dns: hosts(3, 'b.example') } }),
    ],
  })
  // Two alternative names and the subject.
  const leaf = root.issue({ san: { dns: ['h0.a.example', 'h1.a.example'] } })
  const path = [leaf, root].map(({ certificate }) => parsed(certificate))
  const check = (comparisons: number) =>
    checkNameConstraints(path, createBudget({ signatures: 1, steps: 1, comparisons, policies: 1 }))

  test('three names and seven subtrees are 21 comparisons: so many suffice', () => {
    expect(check(21)).toBeUndefined()
  })

  test('and one less does not', () => {
    expect(check(20)).toMatchObject({ code: 'ERR_PATH_BUDGET', budget: 'comparisons', limit: 20 })
  })

  test('several authorities share one budget', () => {
    const below = root.intermediate({ extensions: [nameConstraints({ excluded: { dns: hosts(2, 'c.example') } })] })
    const client = below.issue({ san: { dns: 'h0.a.example' } })
    const longer = [client, below, root].map(({ certificate }) => parsed(certificate))
    // The client's two names with 2 and with 7 subtrees, the intermediate's one with 7.
    const spend = (comparisons: number) =>
      checkNameConstraints(longer, createBudget({ signatures: 1, steps: 1, comparisons, policies: 1 }))
    expect(spend(2 * 2 + 2 * 7 + 7)).toBeUndefined()
    expect(spend(2 * 2 + 2 * 7 + 7 - 1)?.code).toBe('ERR_PATH_BUDGET')
  })

  test(`by default ${DEFAULT_NAME_COMPARISONS} of them, and the search ends where they are used up`, () => {
    const authority = createAuthority({ extensions: [nameConstraints({ excluded: { dns: hosts(200, 'b.example') } })] })
    const client = (names: number) => authority.issue({ subject: {}, san: { dns: hosts(names, 'a.example') } })
    const store = storeOf([authority])
    expect(verdict(client(DEFAULT_NAME_COMPARISONS / 200), store)).toBe('accepted')
    expect(refusalOf(client(DEFAULT_NAME_COMPARISONS / 200 + 1), store)).toMatchObject({
      code: 'ERR_PATH_BUDGET',
      budget: 'comparisons',
      limit: DEFAULT_NAME_COMPARISONS,
    })
  })

  test('a distinguished name costs 16 comparisons to prepare, and one for every 4 octets, on either side', () => {
    const authority = createAuthority({
      extensions: [nameConstraints({ excluded: { directoryName: [{ CN: 'a' }, { CN: 'b' }] } })],
    })
    // A SEQUENCE, a SET, a SEQUENCE, an OID and a letter: 14 octets each.
    const client = authority.issue({ subject: { CN: 'c' }, san: { directoryName: { CN: 'd' } } })
    const below = [client, authority].map(({ certificate }) => parsed(certificate))
    const spend = (comparisons: number) =>
      checkNameConstraints(below, createBudget({ signatures: 1, steps: 1, comparisons, policies: 1 }))
    expect(spend(2 * 2 + 4 * (16 + 4))).toBeUndefined()
    expect(spend(2 * 2 + 4 * (16 + 4) - 1)?.code).toBe('ERR_PATH_BUDGET')
  })

  test('a path without constraints pays nothing', () => {
    const plain = [leaf.chain[0] ?? leaf.certificate, createAuthority().certificate].map(parsed)
    expect(
      checkNameConstraints(plain, createBudget({ signatures: 1, steps: 1, comparisons: 0, policies: 1 })),
    ).toBeUndefined()
  })
})
