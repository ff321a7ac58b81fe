/** Whether a CRL speaks of a certificate, and of which reasons (RFC 5280 6.3.3 b, d). */

import type { Certificate } from '../../x509/certificate.ts'
import { isSameBytes } from '../../x509/certificate.ts'
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
import { isSameName } from '../../x509/name-comparison.ts'

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
  const ours = namesOf(name, crlIssuer)
  const theirs = point.name ? namesOf(point.name, nameOf(point.crlIssuer) ?? crlIssuer) : (point.crlIssuer ?? [])
  return ours.some((each) => theirs.some((other) => isSameGeneralName(each, other)))
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

const hasName = (names: readonly GeneralName[], wanted: Name): boolean =>
  names.some((name) => name.type === 'directoryName' && isSameName(name.value, wanted))

/** URIs to the letter: what is compared is what an authority wrote in both places. */
function isSameGeneralName(a: GeneralName, b: GeneralName): boolean {
  if (a.type === 'directoryName') return b.type === 'directoryName' && isSameName(a.value, b.value)
  if ('value' in a) return 'value' in b && a.type === b.type && a.value === b.value
  return 'der' in b && a.type === b.type && isSameBytes(a.der, b.der)
}
