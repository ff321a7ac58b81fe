import { certificateRef } from '../../x509/certificate-ref.ts'
import { OID, oidName } from '../../x509/oids.ts'
import { pathFailure } from '../failures.ts'
import type { Check } from './check.ts'

/**
 * RFC 5280 4.2.1.12, for the end entity and, nested, for every issuer: where the extension is present, it names the purpose or
 * anyExtendedKeyUsage. RFC 5280 does not speak of nesting; OpenSSL, Go, webpki and Windows all restrict an authority by its own.
 */
export const checkPurpose: Check = ({ certificate, position }, { requiredEku }) => {
  const present = certificate.extensions.extendedKeyUsage
  if (
    present === null ||
    requiredEku === null ||
    present.includes(requiredEku) ||
    present.includes(OID.anyExtendedKeyUsage)
  )
    return undefined
  // The list is the peer's choice, hence the cut.
  const evidence = { required: oidName(requiredEku), present: present.slice(0, 8).map(oidName) }
  return pathFailure('ERR_PATH_EXTENDED_KEY_USAGE', evidence, certificateRef(certificate, position))
}

/**
 * RFC 6960 4.2.2.2: a responder that is not the issuer is certified for it by name. Neither a certificate without the extension nor one for any purpose will
 * do: an authority that issues those has not said that their holders may speak for it.
 */
export const checkResponderPurpose: Check = ({ certificate, position }) => {
  const present = certificate.extensions.extendedKeyUsage ?? []
  if (present.includes(OID.OCSPSigning)) return undefined
  const evidence = { required: oidName(OID.OCSPSigning), present: present.slice(0, 8).map(oidName) }
  return pathFailure('ERR_PATH_EXTENDED_KEY_USAGE', evidence, certificateRef(certificate, position))
}
