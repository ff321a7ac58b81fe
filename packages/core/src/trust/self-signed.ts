import { verifySignature } from '../signatures/verify-signature.ts'
import { EVERY_WEAKNESS } from '../signatures/weakness.ts'
import { type Certificate, isSameBytes } from '../x509/certificate.ts'
import { isSameName } from '../x509/name-comparison.ts'

/**
 * Whether a certificate is self-signed: its own subject is its issuer, and its own key made its signature.
 *
 * The name alone would not do: a root that changes its key issues a certificate to itself, signed with the *old* key (RFC 4210 4.4),
 * and made an anchor it would outlive the root. Where the algorithm of the signature is one that is not verified (an old root
 * signed with MD5), the key identifiers decide: nobody verifies an anchor's signature on itself anyway (RFC 5280 6.1).
 */
export function isSelfSigned(certificate: Certificate): boolean {
  if (!isSameName(certificate.subject, certificate.issuer)) return false
  const placed = { certificate, position: 0 }
  const verified = verifySignature(placed, placed, EVERY_WEAKNESS)
  if (verified.ok) return true
  if (verified.failure.code === 'ERR_SIGNATURES_INVALID' || verified.failure.code === 'ERR_SIGNATURES_KEY_MISMATCH')
    return false
  const { authorityKeyIdentifier: authority, subjectKeyIdentifier: subject } = certificate.extensions
  return authority === null || subject === null || isSameBytes(authority, subject)
}
