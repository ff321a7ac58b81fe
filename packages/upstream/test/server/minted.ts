/** Certificates of servers, parsed. */
import { type Certificate, parseCertificate } from '@clientcert/core/x509'
import {
  type CertificateOptions,
  createAuthority,
  type GeneralNamesInput,
  serverCertificate,
} from '@clientcert/testing'

export const root = createAuthority('Upstream Root')

export function parsed(der: Uint8Array): Certificate {
  const result = parseCertificate(der)
  if (!result.ok) throw new Error(result.failure.message)
  return result.value
}

/** A certificate with these names and no others. */
export const certificateFor = (
  san: GeneralNamesInput | readonly GeneralNamesInput[] | null,
  options: CertificateOptions = {},
): Certificate => parsed(serverCertificate(root, { subject: 'server', san, ...options }).certificate.der)
