import { X509Certificate } from 'node:crypto'

/** A certificate that was minted. Nothing says that it is a good one. */
export type IssuedCertificate = Readonly<{
  der: Uint8Array
  /** With lines of 64 characters and a final newline (RFC 7468). */
  pem: string
  /** Node's own view, made on first use. Throws for DER that OpenSSL cannot read. */
  x509: X509Certificate
}>

/**
 * Presents DER as an {@link IssuedCertificate}.
 *
 * Does not look at the bytes: they may be no certificate at all.
 */
export function issuedCertificate(der: Uint8Array): IssuedCertificate {
  let x509: X509Certificate | undefined
  return {
    der,
    get pem() {
      return pemOf('CERTIFICATE', der)
    },
    get x509() {
      x509 ??= new X509Certificate(der)
      return x509
    },
  }
}

/** Encodes bytes as a PEM block with the given label (RFC 7468). */
export function pemOf(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
