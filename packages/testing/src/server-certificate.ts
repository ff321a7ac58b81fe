import type { Authority } from './authority.ts'
import type { CertificateOptions } from './certificate-options.ts'
import type { Leaf } from './leaf.ts'

/**
 * Issues a certificate for a server on this machine: `localhost`, `127.0.0.1` and `::1`, for the purpose serverAuth.
 *
 * Valid as long as authorities are by default, ten years before the authority's clock and twenty after, because TLS
 * clients go by the machine's clock and not by the test's.
 *
 * @example
 * const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority())
 * https.createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, listener)
 */
export function serverCertificate(authority: Authority, options: CertificateOptions = {}): Leaf {
  const year = authority.at.getUTCFullYear()
  return authority.issue({
    subject: 'localhost',
    eku: ['serverAuth'],
    san: { dns: 'localhost', ip: ['127.0.0.1', '::1'] },
    notBefore: new Date(Date.UTC(year - 10, 0, 1)),
    ...('validDays' in options ? {} : { notAfter: new Date(Date.UTC(year + 19, 0, 1)) }),
    ...options,
  })
}
