import type { CertificateDer } from '../encoding/certificate-der.ts'
import type { EncodingFailure } from '../encoding/failures.ts'
import type { Result } from '../result.ts'
import type { HeadersFailure } from './failures.ts'
import {
  decodeNginx,
  decodeNginxVerdict,
  encodeNginx,
  NGINX_CERTIFICATE_HEADER,
  NGINX_VERDICT_HEADER,
} from './nginx.ts'
import type { ProxyVerdict } from './verdict.ts'

/** Everything that is known of one proxy's headers. Nothing else in core names a proxy or switches on one. */
export interface HeaderFormat {
  /** The header with the certificate, in lower case. */
  readonly certificateHeader: string
  /** The header with the proxy's own verdict, in lower case; null where the proxy sends none. */
  readonly verdictHeader: string | null
  /** Every header that the proxy asserts, in lower case: all are removed from the request once read. */
  readonly assertedHeaders: readonly string[]
  /** What the proxy sends in place of a certificate where there is none, besides leaving the header out. */
  readonly absentValues: readonly string[]
  /** What to change in the proxy when it reports success and forwards no certificate. */
  readonly missingCertificateHint: string
  readonly decode: (
    value: string,
  ) => Result<readonly [CertificateDer, ...CertificateDer[]], EncodingFailure | HeadersFailure>
  readonly decodeVerdict: (value: string) => Result<ProxyVerdict, HeadersFailure>
  readonly encode: (certificates: readonly [Uint8Array, ...Uint8Array[]]) => string
}

export const HEADER_FORMATS = {
  nginx: {
    certificateHeader: NGINX_CERTIFICATE_HEADER,
    verdictHeader: NGINX_VERDICT_HEADER,
    assertedHeaders: [NGINX_CERTIFICATE_HEADER, NGINX_VERDICT_HEADER, 'ssl-client-subject-dn', 'ssl-client-issuer-dn'],
    absentValues: [''],
    missingCertificateHint:
      'NGINX Ingress forwards the certificate only with the annotation auth-tls-pass-certificate-to-upstream: "true"; plain nginx needs proxy_set_header ssl-client-cert $ssl_client_escaped_cert.',
    decode: (value) => {
      const certificate = decodeNginx(value)
      return certificate.ok ? { ok: true, value: [certificate.value] } : certificate
    },
    decodeVerdict: decodeNginxVerdict,
    encode: ([leaf]) => encodeNginx(leaf),
  },
} as const satisfies Record<string, HeaderFormat>

export type ProxyName = keyof typeof HEADER_FORMATS

export const PROXY_NAMES = Object.keys(HEADER_FORMATS) as readonly ProxyName[]
