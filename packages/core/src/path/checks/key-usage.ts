import { certificateRef } from '../../x509/certificate-ref.ts'
import type { KeyUsage } from '../../x509/extensions.ts'
import { pathFailure } from '../failures.ts'
import type { Check } from './check.ts'

/** RFC 5280 6.1.4 (n): where keyUsage is present, an issuer's has keyCertSign. */
export const checkCertSign: Check = (placed, context) => checkUsage(['keyCertSign'])(placed, context)

/** RFC 5280 6.3.3 (f): where keyUsage is present, that of a CRL's signer has cRLSign. */
export const checkCrlSign: Check = (placed, context) => checkUsage(['cRLSign'])(placed, context)

/** RFC 5280 4.2.1.12: where keyUsage is present, that of an OCSP responder has digitalSignature or nonRepudiation. */
export const checkResponderUsage: Check = (placed, context) =>
  checkUsage(['digitalSignature', 'nonRepudiation'])(placed, context)

/**
 * RFC 5246 7.4.6: the key of a client's certificate can sign (or agree, for static Diffie-Hellman), where keyUsage is present.
 *
 * A CA certificate in the client's place is not asked: whoever holds a CA's key can issue a certificate with any usage, so the
 * check would win nothing, and Kong's guide has users present the CA itself.
 */
export const checkClientUsage: Check = (placed, context) =>
  placed.certificate.extensions.basicConstraints?.ca
    ? undefined
    : checkUsage(['digitalSignature', 'keyAgreement'])(placed, context)

const checkUsage =
  (required: readonly KeyUsage[]): Check =>
  ({ certificate, position }) => {
    const present = certificate.extensions.keyUsage
    if (present === null || required.some((usage) => present.includes(usage))) return undefined
    return pathFailure('ERR_PATH_KEY_USAGE', { required, present }, certificateRef(certificate, position))
  }
