import type { Authority } from '../authority.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import type { Leaf } from '../leaf.ts'

/** Issues a certificate that is good for servers only (RFC 5280 section 4.2.1.12). */
export function wrongEku(authority: Authority, options: CertificateOptions = {}): Leaf {
  return authority.issue({ ...options, eku: ['serverAuth'] })
}

/** Issues a client certificate whose key may encipher keys but not sign, which TLS needs (RFC 5280 section 4.2.1.3). */
export function wrongKeyUsage(authority: Authority, options: CertificateOptions = {}): Leaf {
  return authority.issue({ ...options, keyUsage: ['keyEncipherment'] })
}

/** An extension nobody knows, critical, so that it must be refused (RFC 5280 section 4.2). */
export function unknownCriticalExtension(authority: Authority, options: CertificateOptions = {}): Leaf {
  const unknown = { oid: '1.3.6.1.4.1.32473.1', critical: true, value: Uint8Array.of(5, 0) }
  return authority.issue({ ...options, extensions: [...(options.extensions ?? []), unknown] })
}
