declare const certificateDer: unique symbol

/**
 * Bytes that a decoder took to be one certificate. The brand says where they came from, not that they are any good:
 * `x509/` parses them, `path/` verifies them.
 */
export type CertificateDer = Uint8Array & { readonly [certificateDer]: true }

/**
 * Largest certificate that is looked at, in bytes. Captured leaves are 0.7 to 2 kB; Node's own limit for all headers
 * of a request is 16,384 bytes, so nothing larger can arrive in one. A TLS handshake may carry more (OpenSSL: 100 kB).
 */
export const MAX_CERTIFICATE_BYTES = 65_536

/** States that `bytes` came from a decoder or a TLS handshake and are meant to be one certificate. */
export const certificateDerFrom = (bytes: Uint8Array): CertificateDer => bytes as CertificateDer
