/**
 * Name constraints over a whole path (RFC 5280 6.1.3 b, c and 6.1.4 g).
 *
 * RFC 5280 carries permitted and excluded subtrees down the path, intersecting and uniting them. Intersecting subtrees is hard to get right, so the
 * same thing is said the other way round, as Go and webpki do: every certificate below an authority satisfies that authority's own
 * constraints, one authority after the other. Self-issued certificates that are not the end entity are exempt. It runs after
 * the signatures, on a complete path, and every comparison is paid for: names times subtrees is what attackers multiply
 * (Go CVE-2025-58187, limbo pathological::nc-dos).
 */
import { escapeHostile } from '../../encoding/escape.ts'
import type { Placed } from '../../signatures/verify-signature.ts'
import type { Certificate } from '../../x509/certificate.ts'
import { certificateRef } from '../../x509/certificate-ref.ts'
import { formatAddress, type GeneralName } from '../../x509/general-name.ts'
import { type Name, showName } from '../../x509/name.ts'
import { isSameName } from '../../x509/name-comparison.ts'
import type { NameSubtree } from '../../x509/name-constraints.ts'
import { type Budget, spend } from '../budget.ts'
import { type PathFailure, pathFailure } from '../failures.ts'
import { comparisonOf, isApplicable } from './comparison.ts'
import { namesOf } from './subject-names.ts'

/** @param path - End entity first, anchor last; the anchor's constraints count too (RFC 5937). */
export function checkNameConstraints(path: readonly Certificate[], budget: Budget): PathFailure | undefined {
  for (const [position, authority] of path.entries()) {
    const constraints = authority.extensions.nameConstraints
    if (!constraints) continue
    for (const [below, certificate] of path.slice(0, position).entries()) {
      if (below > 0 && isSameName(certificate.subject, certificate.issuer)) continue
      const failure = checkNames(certificate, below, constraints, { certificate: authority, position }, budget)
      if (failure) return failure
    }
  }
  return undefined
}

type Constraints = NonNullable<Certificate['extensions']['nameConstraints']>

/** What preparing a distinguished name for comparison takes, in comparisons: 10 us, and 60 kB of them up to 6 ms. */
const preparing = ({ der }: Name): number => 16 + Math.ceil(der.length / 4)

/** What has to be made of names or subtrees before one can be compared with another. */
const preparationOf = (list: readonly (GeneralName | NameSubtree)[]): number =>
  list.reduce((cost, each) => cost + (each.type === 'directoryName' ? preparing(each.value) : 0), 0)

function checkNames(
  certificate: Certificate,
  position: number,
  constraints: Constraints,
  authority: Placed,
  budget: Budget,
): PathFailure | undefined {
  const names = namesOf(certificate)
  const subtrees = [...(constraints.permitted ?? []), ...(constraints.excluded ?? [])]
  const ofSubtrees = preparationOf(subtrees)
  const preparation = ofSubtrees === 0 ? 0 : ofSubtrees + preparationOf(names)
  const overspent = spend(budget, 'comparisons', names.length * subtrees.length + preparation)
  if (overspent) return pathFailure('ERR_PATH_BUDGET', overspent, certificateRef(certificate, position))
  const rules = rulesByType(constraints)
  for (const name of names) {
    const rule = brokenRule(name, rules)
    if (!rule) continue
    const { subject, fingerprint } = certificateRef(authority.certificate, authority.position)
    const evidence = {
      name: show(name),
      type: name.type,
      rule,
      authority: authority.position,
      authoritySubject: subject,
      authorityFingerprint: fingerprint,
      subtrees: shownSubtrees(rules.get(name.type)),
    }
    return pathFailure('ERR_PATH_NAME_CONSTRAINT', evidence, certificateRef(certificate, position))
  }
  return undefined
}

/** `'unreadable'`: a name or a constraint of this type has a form to which the rule cannot be applied, so it does not hold. */
type BrokenRule = 'excluded' | 'not-permitted' | 'unreadable'

/** The subtrees that speak of one type of name. */
interface Rules {
  readonly allowing: NameSubtree[]
  readonly forbidding: NameSubtree[]
}

/** Sorted once for a certificate and not for each of its names: both may be a thousand. */
function rulesByType({ permitted, excluded }: Constraints): ReadonlyMap<GeneralName['type'], Rules> {
  const rules = new Map<GeneralName['type'], Rules>()
  const add = (kind: keyof Rules, subtrees: readonly NameSubtree[] | null) => {
    for (const subtree of subtrees ?? []) {
      const type = subtree.type === 'unsupported' ? subtree.name : subtree.type
      const ofType = rules.get(type) ?? { allowing: [], forbidding: [] }
      rules.set(type, ofType)
      ofType[kind].push(subtree)
    }
  }
  add('allowing', permitted)
  add('forbidding', excluded)
  return rules
}

function brokenRule(name: GeneralName, rules: ReadonlyMap<GeneralName['type'], Rules>): BrokenRule | undefined {
  const ofType = rules.get(name.type)
  if (!ofType) return undefined
  const { allowing, forbidding } = ofType
  const isWithin = comparisonOf(name)
  if (!isWithin || !allowing.every(isApplicable) || !forbidding.every(isApplicable)) return 'unreadable'
  if (forbidding.some((subtree) => isWithin(subtree, 'some'))) return 'excluded'
  return allowing.length === 0 || allowing.some((subtree) => isWithin(subtree, 'every')) ? undefined : 'not-permitted'
}

function show(name: GeneralName): string {
  if (name.type === 'directoryName') return showName(name.value)
  if (name.type === 'ip') return formatAddress(name.octets)
  if (name.type === 'otherName') return name.oid
  return 'value' in name ? escapeHostile(name.value) : `(${name.type})`
}

/** The list is an authority's choice and may have thousands, hence the cut, before any of them is written. */
const MAX_SHOWN = 8

function shownSubtrees(rules: Rules | undefined): readonly string[] {
  const { allowing = [], forbidding = [] } = rules ?? {}
  const shown = [
    ...allowing.slice(0, MAX_SHOWN).map((each) => `+ ${showSubtree(each)}`),
    ...forbidding.slice(0, MAX_SHOWN).map((each) => `- ${showSubtree(each)}`),
  ].slice(0, MAX_SHOWN)
  const more = allowing.length + forbidding.length - shown.length
  return more === 0 ? shown : [...shown, `and ${more} more`]
}

function showSubtree(subtree: NameSubtree): string {
  switch (subtree.type) {
    case 'ip':
      return `${formatAddress(subtree.address)}/${formatAddress(subtree.mask)}`
    case 'directoryName':
      return showName(subtree.value)
    case 'unsupported':
      return `(${subtree.name})`
    case 'dns':
    case 'email':
    case 'uri':
      return subtree.value === '' ? '(every name)' : escapeHostile(subtree.value)
    default:
      return subtree satisfies never
  }
}
