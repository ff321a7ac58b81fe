/** Whether a CRL speaks of a certificate, and of which reasons (RFC 5280 6.3.3 b, d). */

import { latin1 } from '../../encoding/oid.ts'
import type { Certificate } from '../../x509/certificate.ts'
import type { CertificateList } from '../../x509/crl.ts'
import {
  ALL_REASONS,
  type DistributionPoint,
  type DistributionPointName,
  type ReasonFlags,
  relativeName,
} from '../../x509/distribution-point.ts'
import type { GeneralName } from '../../x509/general-name.ts'
import type { Name } from '../../x509/name.ts'
import { isSameName, nameKey } from '../../x509/name-comparison.ts'

/**
 * The points at which revocations of a certificate are published: its own, and, as 6.3.3 ends, its issuer, for CRLs that no point names.
 */
export function pointsOf({ issuer, extensions }: Certificate): readonly DistributionPoint[] {
  const own: DistributionPoint = {
    name: { kind: 'full', names: [{ type: 'directoryName', value: issuer }] },
    reasons: null,
    crlIssuer: null,
  }
  return [...(extensions.cRLDistributionPoints ?? []), own]
}

/**
 * The reasons for which a CRL would list a certificate, by the point that leads to it.
 *
 * @returns The reasons; none, where the CRL does not speak of the certificate at all.
 */
export function reasonsWithin(crl: CertificateList, point: DistributionPoint, certificate: Certificate): ReasonFlags {
  const { issuingDistributionPoint: scope } = crl.extensions
  // b 1: an indirect CRL is one that its point names, and says so itself.
  if (point.crlIssuer) {
    if (!scope?.indirect || !hasName(point.crlIssuer, crl.issuer)) return 0
  } else if (!isSameName(crl.issuer, certificate.issuer)) return 0
  if (!scope) return point.reasons ?? ALL_REASONS
  // b 2 i
  if (scope.name && !isSamePoint(scope.name, point, crl.issuer)) return 0
  // b 2 ii to iv
  const isAuthority = certificate.extensions.basicConstraints?.ca === true
  if (scope.contains === 'attribute-certificates') return 0
  if (scope.contains === 'user-certificates' && isAuthority) return 0
  if (scope.contains === 'authority-certificates' && !isAuthority) return 0
  // d
  return (point.reasons ?? ALL_REASONS) & (scope.reasons ?? ALL_REASONS)
}

/** One of the names of the CRL's point is one of the certificate's point, or, where that has none, of its CRL issuer. */
function isSamePoint(name: DistributionPointName, point: DistributionPoint, crlIssuer: Name): boolean {
  const ours = keysOf(namesOf(name, crlIssuer))
  const theirs = keysOf(
    point.name ? namesOf(point.name, nameOf(point.crlIssuer) ?? crlIssuer) : (point.crlIssuer ?? NO_NAMES),
  )
  for (const key of theirs) if (ours.has(key)) return true
  return false
}

function namesOf(name: DistributionPointName, issuer: Name): readonly GeneralName[] {
  if (name.kind === 'full') return name.names
  const value = relativeName(issuer, name.rdn)
  return value ? [{ type: 'directoryName', value }] : []
}

/** The directory name among general names. */
export function nameOf(names: readonly GeneralName[] | null): Name | undefined {
  for (const name of names ?? []) if (name.type === 'directoryName') return name.value
  return undefined
}

const hasName = (names: readonly GeneralName[], wanted: Name): boolean => keysOf(names).has(directoryKey(wanted))

const NO_NAMES: readonly GeneralName[] = []

/**
 * What names are compared by, made once for each list of them: both sides may have 64 names, and a certificate 64 points, of which each is compared with each
 * CRL. Pair by pair, one CRL took a quarter of a second.
 */
const kept = new WeakMap<readonly GeneralName[], ReadonlySet<string>>()

function keysOf(names: readonly GeneralName[]): ReadonlySet<string> {
  const known = kept.get(names)
  if (known) return known
  const keys = new Set(names.map(keyOf))
  kept.set(names, keys)
  return keys
}

const directoryKey = (name: Name): string => `directoryName ${nameKey(name)}`

/** URIs to the letter: what is compared is what an authority wrote in both places. */
function keyOf(name: GeneralName): string {
  if (name.type === 'directoryName') return directoryKey(name.value)
  return `${name.type} ${'value' in name ? name.value : latin1(name.der)}`
}
