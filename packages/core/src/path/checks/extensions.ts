import { certificateRef } from '../../x509/certificate-ref.ts'
import { OID, oidName } from '../../x509/oids.ts'
import { pathFailure } from '../failures.ts'
import type { Check } from './check.ts'

/** RFC 5280 4.2.1.10: nameConstraints speak of certificates below, and an end entity has none. */
export const checkPlacement: Check = ({ certificate, position }) => {
  const { nameConstraints, basicConstraints } = certificate.extensions
  if (nameConstraints === null || basicConstraints?.ca) return undefined
  return pathFailure(
    'ERR_PATH_MISPLACED_CONSTRAINT',
    { extension: 'nameConstraints' },
    certificateRef(certificate, position),
  )
}

/**
 * Extensions that are processed, here or over the whole path. Key identifiers are not: they order a search and decide nothing, and RFC 5280 4.2.1.1
 * and 4.2.1.2 forbid to make them critical.
 */
const PROCESSED: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.nameConstraints,
  OID.certificatePolicies,
  OID.policyMappings,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
])

/** RFC 5280 6.1.4 (o) and 6.1.5 (f). */
export const checkCriticalExtensions: Check = ({ certificate, position }) => {
  const found = certificate.extensions.all.find(({ oid, critical }) => critical && !PROCESSED.has(oid))
  if (!found) return undefined
  const evidence = { oid: found.oid, extension: oidName(found.oid) }
  return pathFailure('ERR_PATH_CRITICAL_EXTENSION', evidence, certificateRef(certificate, position))
}
