import { certificateRef } from '../../x509/certificate-ref.ts'
import { OID, oidName } from '../../x509/oids.ts'
import { pathFailure } from '../failures.ts'
import type { Check } from './check.ts'

/** Extensions that limit what an authority may vouch for and that this version does not evaluate: never passed over. */
const UNEVALUATED: ReadonlySet<string> = new Set([OID.nameConstraints, OID.policyConstraints, OID.inhibitAnyPolicy])

/** Critical or not: passing over a constraint admits exactly those whom it excludes. */
export const checkConstraints: Check = ({ certificate, position }) => {
  const found = certificate.extensions.all.find(({ oid }) => UNEVALUATED.has(oid))
  if (!found) return undefined
  const evidence = { oid: found.oid, extension: oidName(found.oid) }
  return pathFailure('ERR_PATH_CONSTRAINT_UNSUPPORTED', evidence, certificateRef(certificate, position))
}

/**
 * Extensions that are processed. certificatePolicies is among them though no policy is asked for: with the initial policy set
 * any-policy and neither policyConstraints nor inhibitAnyPolicy on the path, RFC 5280 6.1 cannot fail on it.
 */
const PROCESSED: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.certificatePolicies,
  OID.authorityKeyIdentifier,
  OID.subjectKeyIdentifier,
])

/** RFC 5280 6.1.4 (o) and 6.1.5 (f). */
export const checkCriticalExtensions: Check = ({ certificate, position }) => {
  const found = certificate.extensions.all.find(({ oid, critical }) => critical && !PROCESSED.has(oid))
  if (!found) return undefined
  const evidence = { oid: found.oid, extension: oidName(found.oid) }
  return pathFailure('ERR_PATH_CRITICAL_EXTENSION', evidence, certificateRef(certificate, position))
}
