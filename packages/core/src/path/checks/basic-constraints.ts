import { certificateRef } from '../../x509/certificate-ref.ts'
import { pathFailure } from '../failures.ts'
import type { Check } from './check.ts'

/**
 * RFC 5280 6.1.4 (k): an issuer is a certification authority, and says so. Version 1 has no way to say it; out-of-band knowledge,
 * which the clause allows for anchors, is not asked for here: an anchor's own constraints are enforced (RFC 5937).
 */
export const checkIsCa: Check = ({ certificate, position }) => {
  const { version, extensions } = certificate
  if (extensions.basicConstraints?.ca) return undefined
  const reason =
    version === 3
      ? extensions.basicConstraints
        ? 'basicConstraints says CA:FALSE'
        : 'it has no basicConstraints'
      : `a version ${version} certificate has no basicConstraints`
  return pathFailure('ERR_PATH_NOT_A_CA', { reason }, certificateRef(certificate, position))
}

/** RFC 5280 6.1.4 (l) and (m), seen from the issuer: self-issued intermediates are not counted. */
export const checkPathLength: Check = ({ certificate, position }, { intermediatesBelow }) => {
  const allowed = certificate.extensions.basicConstraints?.pathLength ?? null
  if (allowed === null || intermediatesBelow <= allowed) return undefined
  const evidence = { allowed, present: intermediatesBelow }
  return pathFailure('ERR_PATH_LENGTH', evidence, certificateRef(certificate, position))
}
