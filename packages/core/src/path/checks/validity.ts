import { certificateRef } from '../../x509/certificate-ref.ts'
import { pathFailure } from '../failures.ts'
import type { Check } from './check.ts'

/** RFC 5280 4.1.2.5: both bounds belong to the period. */
export const checkValidity: Check = ({ certificate, position }, { at }) => {
  const { notBefore, notAfter } = certificate
  // Written so that an instant that is no number is outside every period.
  if (!(at >= notBefore)) {
    const evidence = { notBefore: new Date(notBefore), at: new Date(at) }
    return pathFailure('ERR_PATH_NOT_YET_VALID', evidence, certificateRef(certificate, position))
  }
  // Certificates count whole seconds, clocks do not: the last second lasts until the next one begins.
  if (!(at < notAfter + 1000)) {
    const evidence = { notAfter: new Date(notAfter), at: new Date(at) }
    return pathFailure('ERR_PATH_EXPIRED', evidence, certificateRef(certificate, position))
  }
  return undefined
}
