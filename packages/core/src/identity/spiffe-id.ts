import type { Certificate } from '../x509/certificate.ts'

/** SPIFFE-ID section 2.4: implementations need not take longer ones. */
const MAX_SPIFFE_ID = 2048

const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)*$/

/** Whether a text is a SPIFFE id (SPIFFE-ID section 2): lower-case trust domain, no empty, `.` or `..` segment, no query. */
export const isSpiffeId = (text: string): boolean => text.length <= MAX_SPIFFE_ID && SPIFFE_ID.test(text)

/**
 * The SPIFFE id of a certificate, where it is an X.509-SVID (X509-SVID sections 2, 4.3 and 5.2): exactly one URI among its names, which is a
 * SPIFFE id with a path, and neither a certification authority nor a key that may sign certificates or CRLs. Null otherwise: with two URIs
 * it would depend on the reader who it is.
 */
export function spiffeIdOf({ extensions }: Certificate): string | null {
  const [name, ...others] = (extensions.subjectAltName ?? []).filter(({ type }) => type === 'uri')
  if (name?.type !== 'uri' || others.length > 0 || extensions.basicConstraints?.ca) return null
  if (extensions.keyUsage?.some((usage) => usage === 'keyCertSign' || usage === 'cRLSign')) return null
  const uri = name.value
  return isSpiffeId(uri) && uri.indexOf('/', 'spiffe://'.length) !== -1 ? uri : null
}
