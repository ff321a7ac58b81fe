import { describe, expect, test } from 'vitest'
import {
  addLevel,
  authorityPolicies,
  mapPolicies,
  type PolicyLevel,
  type PolicyNode,
  rootLevel,
} from '../../../src/path/policies/policy-graph.ts'
import { A, ANY, B } from './under-policies.ts'

const oid = (index: number) => `1.3.6.1.4.1.55555.${index}`

/** Every node that can be reached from a level upwards, each once. */
function nodesAbove(level: PolicyLevel): ReadonlySet<PolicyNode> {
  const seen = new Set<PolicyNode>()
  const waiting = [...level.values()]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    waiting.push(...node.parents)
  }
  return seen
}

describe('the graph of policies (RFC 9618)', () => {
  test('has one node for each policy at each depth, however many ways lead to it (section 4)', () => {
    const policies = [oid(1), oid(2), oid(3)]
    const everyPair = policies.flatMap((issuerDomain) =>
      policies.map((subjectDomain) => ({ issuerDomain, subjectDomain })),
    )
    let level = rootLevel()
    // A tree would have 3 to the power of 30 leaves (CVE-2023-0464).
    for (let depth = 0; depth < 30; depth++) level = mapPolicies(addLevel(level, policies, true), everyPair, true)
    expect(level.size).toBe(3)
    expect(nodesAbove(level).size).toBe(3 * 30 + 1)
    expect(authorityPolicies(level)).toEqual(new Set(policies))
  })

  test('ends where a certificate has no policies', () => {
    expect(addLevel(rootLevel(), null, true).size).toBe(0)
    expect(addLevel(new Map(), [A, ANY], true).size).toBe(0)
  })

  test('keeps anyPolicy as one node, beside those that are named', () => {
    expect([...addLevel(rootLevel(), [A, ANY], true).keys()]).toEqual([A, ANY])
    expect([...addLevel(rootLevel(), [A, ANY], false).keys()]).toEqual([A])
  })

  test('knows under which policies of the anchor the path is valid (section 5.4)', () => {
    const first = mapPolicies(addLevel(rootLevel(), [A], true), [{ issuerDomain: A, subjectDomain: B }], true)
    expect(authorityPolicies(addLevel(first, [B], true))).toEqual(new Set([A]))
    expect(authorityPolicies(addLevel(addLevel(rootLevel(), [ANY], true), [ANY], true))).toBe('any')
    expect(authorityPolicies(addLevel(addLevel(rootLevel(), [ANY], true), [B], true))).toEqual(new Set([B]))
    expect(authorityPolicies(new Map())).toEqual(new Set())
  })
})
