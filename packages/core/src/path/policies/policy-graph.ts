/**
 * Certificate policies as RFC 9618 processes them, which replaces the tree of RFC 5280 6.1 by a graph.
 *
 * The tree has a node for each way to reach a policy, and an attacker who maps every policy to every other makes it grow exponentially with the path
 * (CVE-2023-0464 in OpenSSL, CVE-2026-32281 in Go). The graph has one node for each policy at each depth, so its size is at most
 * policies times depth; and since a node is only ever asked whether a way from the root leads to it and on to the end, edges are kept upwards only.
 */
import { ANY_POLICY } from '../../x509/policy-extensions.ts'

/** One policy at one depth (RFC 9618 section 4.1). */
export interface PolicyNode {
  readonly policy: string
  /** What a certificate below has to assert to be under this policy: the policy itself, or what it was mapped to. */
  expected: ReadonlySet<string>
  /** Nodes above that expect this policy; empty at the root. */
  readonly parents: ReadonlySet<PolicyNode>
}

/** The nodes of one depth, by policy. */
export type PolicyLevel = ReadonlyMap<string, PolicyNode>

export const rootLevel = (): PolicyLevel =>
  new Map([[ANY_POLICY, { policy: ANY_POLICY, expected: new Set([ANY_POLICY]), parents: new Set() }]])

/**
 * Adds the level of one certificate's policies (RFC 9618 section 5.3, steps d to f of RFC 5280 6.1.3).
 *
 * @param policies - Of certificatePolicies, or null where it is absent, which ends the graph.
 * @param isAnyAllowed - Whether anyPolicy in this certificate counts.
 * @returns The new level; empty where no policy survives.
 */
export function addLevel(above: PolicyLevel, policies: readonly string[] | null, isAnyAllowed: boolean): PolicyLevel {
  const level = new Map<string, PolicyNode>()
  if (policies === null) return level
  const add = (policy: string, parents: readonly PolicyNode[]) => {
    if (parents.length > 0) level.set(policy, { policy, expected: new Set([policy]), parents: new Set(parents) })
  }
  const any = above.get(ANY_POLICY)
  const expecting = expectingNodes(above)
  for (const policy of policies) {
    if (policy !== ANY_POLICY) add(policy, expecting.get(policy) ?? (any ? [any] : []))
  }
  if (policies.includes(ANY_POLICY) && isAnyAllowed) {
    // anyPolicy continues whatever the level above expects and this certificate does not assert by name.
    for (const [policy, parents] of expecting) if (!level.has(policy)) add(policy, parents)
  }
  return level
}

/**
 * Which nodes expect each policy. Made once for a level: asking every node for every policy took 2 ms for four certificates of 200 policies, and an
 * authority certified several times over has that done for each of 36 paths.
 */
function expectingNodes(level: PolicyLevel): ReadonlyMap<string, readonly PolicyNode[]> {
  const expecting = new Map<string, PolicyNode[]>()
  for (const node of level.values()) {
    for (const policy of node.expected) {
      const nodes = expecting.get(policy)
      if (nodes) nodes.push(node)
      else expecting.set(policy, [node])
    }
  }
  return expecting
}

/**
 * Applies the mappings of an intermediate to its level (RFC 5280 6.1.4 a, b).
 *
 * @param isMappingAllowed - Where it is not, mapped policies end here.
 */
export function mapPolicies(
  level: PolicyLevel,
  mappings: readonly { readonly issuerDomain: string; readonly subjectDomain: string }[],
  isMappingAllowed: boolean,
): PolicyLevel {
  const mapped = new Map(level)
  const targets = new Map<string, Set<string>>()
  for (const { issuerDomain, subjectDomain } of mappings) {
    targets.set(issuerDomain, (targets.get(issuerDomain) ?? new Set()).add(subjectDomain))
  }
  for (const [policy, expected] of targets) {
    const node = mapped.get(policy)
    const any = mapped.get(ANY_POLICY)
    if (!isMappingAllowed) mapped.delete(policy)
    else if (node) node.expected = expected
    else if (any) mapped.set(policy, { policy, expected, parents: any.parents })
  }
  return mapped
}

/**
 * The policies under which the whole path is valid, in the terms of the anchor (RFC 9618 section 5.4): for each node of the last level, the
 * policies at which its ways leave the anyPolicy line.
 *
 * @returns `'any'` where the end entity is under anyPolicy all the way.
 */
export function authorityPolicies(last: PolicyLevel): ReadonlySet<string> | 'any' {
  const found = new Set<string>()
  const seen = new Set<PolicyNode>()
  const waiting = [...last.values()]
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (node.policy === ANY_POLICY) {
      if (last.get(ANY_POLICY) === node) return 'any'
      continue
    }
    const parents = [...node.parents]
    if (parents.some(({ policy }) => policy === ANY_POLICY)) found.add(node.policy)
    waiting.push(...parents)
  }
  return found
}
