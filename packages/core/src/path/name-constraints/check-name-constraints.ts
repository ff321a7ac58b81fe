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
import { type Certificate, isSameBytes } from '../../x509/certificate.ts'
import { certificateRef } from '../../x509/certificate-ref.ts'
import { formatAddress, type GeneralName } from '../../x509/general-name.ts'
import { showName } from '../../x509/name.ts'
import { isSameName, rdnKeys } from '../../x509/name-comparison.ts'
import type { NameSubtree } from '../../x509/name-constraints.ts'
import { type Budget, spend } from '../budget.ts'
import { type PathFailure, pathFailure } from '../failures.ts'
import { isDnsConstraint, isDnsName, isDnsWithin, mayDnsBeWithin } from './dns.ts'
import { isEmailConstraint, isEmailWithin, parseMailbox } from './email.ts'
import { namesOf } from './subject-names.ts'
import { hostOfUri, isHostWithin, isUriConstraint } from './uri.ts'

/** @param path - End entity first, anchor last; the anchor's constraints count too (RFC 5937). */
export function checkNameConstraints(path: readonly Certificate[], budget: Budget): PathFailure | undefined {
  for (const [position, authority] of path.entries()) {
    const constraints = authority.extensions.nameConstraints
    if (!constraints) continue
    for (const [below, certificate] of path.slice(0, position).entries()) {
      if (below > 0 && isSameName(certificate.subject, certificate.issuer)) continue
      const failure = checkNames(certificate, below, constraints, position, budget)
      if (failure) return failure
    }
  }
  return undefined
}

type Constraints = NonNullable<Certificate['extensions']['nameConstraints']>

function checkNames(
  certificate: Certificate,
  position: number,
  { permitted, excluded }: Constraints,
  authority: number,
  budget: Budget,
): PathFailure | undefined {
  const names = namesOf(certificate)
  const overspent = spend(budget, 'comparisons', names.length * ((permitted?.length ?? 0) + (excluded?.length ?? 0)))
  if (overspent) return pathFailure('ERR_PATH_BUDGET', overspent, certificateRef(certificate, position))
  for (const name of names) {
    const rule = brokenRule(name, permitted ?? [], excluded ?? [])
    if (!rule) continue
    const evidence = { name: show(name), type: name.type, rule, authority }
    return pathFailure('ERR_PATH_NAME_CONSTRAINT', evidence, certificateRef(certificate, position))
  }
  return undefined
}

/** `'unreadable'`: a name or a constraint of this type has a form to which the rule cannot be applied, so it does not hold. */
type BrokenRule = 'excluded' | 'not-permitted' | 'unreadable'

function brokenRule(
  name: GeneralName,
  permitted: readonly NameSubtree[],
  excluded: readonly NameSubtree[],
): BrokenRule | undefined {
  const concerns = (subtree: NameSubtree) =>
    (subtree.type === 'unsupported' ? subtree.name : subtree.type) === name.type
  const [allowing, forbidding] = [permitted.filter(concerns), excluded.filter(concerns)]
  if (allowing.length === 0 && forbidding.length === 0) return undefined
  if (!isReadable(name) || ![...allowing, ...forbidding].every(isApplicable)) return 'unreadable'
  if (forbidding.some((subtree) => isWithin(name, subtree, 'some'))) return 'excluded'
  return allowing.length === 0 || allowing.some((subtree) => isWithin(name, subtree, 'every'))
    ? undefined
    : 'not-permitted'
}

function isReadable(name: GeneralName): boolean {
  if (name.type === 'dns') return isDnsName(name.value)
  if (name.type === 'email') return parseMailbox(name.value) !== undefined
  if (name.type === 'uri') return hostOfUri(name.value) !== undefined
  return name.type === 'ip' || name.type === 'directoryName'
}

function isApplicable(subtree: NameSubtree): boolean {
  if (subtree.type === 'dns') return isDnsConstraint(subtree.value)
  if (subtree.type === 'email') return isEmailConstraint(subtree.value)
  if (subtree.type === 'uri') return isUriConstraint(subtree.value)
  return subtree.type !== 'unsupported'
}

/** @param extent - Whether all that the name stands for must lie within, or some of it; a wildcard stands for many. */
function isWithin(name: GeneralName, subtree: NameSubtree, extent: 'every' | 'some'): boolean {
  if (name.type === 'dns' && subtree.type === 'dns') {
    return extent === 'every' ? isDnsWithin(name.value, subtree.value) : mayDnsBeWithin(name.value, subtree.value)
  }
  if (name.type === 'email' && subtree.type === 'email') {
    const mailbox = parseMailbox(name.value)
    return mailbox !== undefined && isEmailWithin(mailbox, subtree.value)
  }
  if (name.type === 'uri' && subtree.type === 'uri') return isHostWithin(hostOfUri(name.value) ?? '', subtree.value)
  if (name.type === 'ip' && subtree.type === 'ip') return isAddressWithin(name.octets, subtree.address, subtree.mask)
  if (name.type === 'directoryName' && subtree.type === 'directoryName') {
    const [whole, base] = [rdnKeys(name.value), rdnKeys(subtree.value)]
    return base.length <= whole.length && base.every((key, index) => key === whole[index])
  }
  return false
}

/** An IPv4 address is in no IPv6 range and the other way round. */
function isAddressWithin(octets: Uint8Array, address: Uint8Array, mask: Uint8Array): boolean {
  const masked = (bytes: Uint8Array) => bytes.map((octet, index) => octet & (mask[index] ?? 0))
  return octets.length === address.length && isSameBytes(masked(octets), masked(address))
}

function show(name: GeneralName): string {
  if (name.type === 'directoryName') return showName(name.value)
  if (name.type === 'ip') return formatAddress(name.octets)
  if (name.type === 'otherName') return name.oid
  return 'value' in name ? escapeHostile(name.value) : `(${name.type})`
}
