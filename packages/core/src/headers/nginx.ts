/**
 * nginx and NGINX Ingress.
 *
 * `ssl-client-cert: $ssl_client_escaped_cert` is the leaf alone, as OpenSSL writes PEM, percent-encoded but for
 * `A-Za-z0-9-._~`; the header is absent where the client sent no certificate. `ssl-client-verify: $ssl_client_verify` is
 * `NONE`, `SUCCESS` or `FAILED:` and OpenSSL's text for the error.
 *
 * @see https://nginx.org/en/docs/http/ngx_http_ssl_module.html#var_ssl_client_escaped_cert
 * @see https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#client-certificate-authentication
 */
import type { CertificateDer } from '../encoding/certificate-der.ts'
import { encodePem } from '../encoding/pem.ts'
import { encodePercent } from '../encoding/percent.ts'
import { ok, type Result } from '../result.ts'
import { decodePercentPem } from './certificate-text.ts'
import type { HeadersFailure } from './failures.ts'
import { defineFormat, type HeaderTextFailure, lineOf, MAX_CERTIFICATE_CHARACTERS } from './header-format.ts'
import { decodeOpensslVerdict, encodeOpensslVerdict, type ProxyVerdict } from './verdict.ts'

export const NGINX_CERTIFICATE_HEADER = 'ssl-client-cert'
export const NGINX_VERDICT_HEADER = 'ssl-client-verify'

/** Longest header that is decoded, in characters. */
export const MAX_NGINX_CHARACTERS = MAX_CERTIFICATE_CHARACTERS

/**
 * Decodes the `ssl-client-cert` header of nginx or NGINX Ingress into the certificate's DER.
 *
 * Decodes only: whoever can reach the application can paste any certificate into a header, and certificates are public. Use
 * `createAuthenticator` or an adapter to learn who the client is.
 *
 * `+` is never a space. White space between the lines of the PEM may have any shape (some proxies rewrap), text outside the
 * block may not be there, and a second certificate is a failure, not ignored.
 *
 * @param value - The header's value, as Node hands it over. Untrusted.
 * @returns The DER, or `ERR_ENCODING_PERCENT`, `ERR_ENCODING_PEM`, `ERR_ENCODING_TOO_LARGE`, `ERR_HEADERS_CERTIFICATE_COUNT`.
 */
export function decodeNginx(value: string): Result<CertificateDer, HeaderTextFailure> {
  const certificates = decodePercentPem(value, 'one', 'nginx')
  return certificates.ok ? ok(certificates.value[0]) : certificates
}

/**
 * Encodes a certificate byte for byte as nginx fills `$ssl_client_escaped_cert`, for a Node gateway that forwards.
 *
 * @param der - One certificate. Not checked: the receiver has to.
 */
export const encodeNginx = (der: Uint8Array): string => encodePercent(encodePem(der))

/**
 * Decodes the `ssl-client-verify` header.
 *
 * @param value - The header's value. Untrusted.
 */
export const decodeNginxVerdict = (value: string): Result<ProxyVerdict, HeadersFailure> =>
  decodeOpensslVerdict(value, 'nginx', NGINX_VERDICT_HEADER)

export const NGINX = defineFormat({
  vendorPage: 'https://nginx.org/en/docs/http/ngx_http_ssl_module.html#variables',
  headers: {
    certificate: NGINX_CERTIFICATE_HEADER,
    verdict: NGINX_VERDICT_HEADER,
    subject: 'ssl-client-subject-dn',
    issuer: 'ssl-client-issuer-dn',
  },
  settings: [],
  create: (names) => ({
    proxy: 'nginx',
    certificateHeader: names.certificate,
    verdictHeader: names.verdict,
    // Plain nginx is often told to forward the certificate alone, and no client can delete what it sets (measured).
    withoutVerdict: 'believed',
    assertedHeaders: Object.values(names),
    listHeaders: new Set(),
    missingCertificateHint:
      'NGINX Ingress forwards the certificate only with the annotation auth-tls-pass-certificate-to-upstream: "true"; plain nginx needs proxy_set_header ssl-client-cert $ssl_client_escaped_cert, which a location that has proxy_set_header lines of its own does not inherit.',
    read: (lines) => {
      const text = lineOf(lines, names.certificate) ?? ''
      const said = lineOf(lines, names.verdict)
      const verdict = said === undefined ? null : decodeOpensslVerdict(said, 'nginx', names.verdict)
      const certificate = text === '' ? null : { text, decode: () => decodePercentPem(text, 'one', 'nginx') }
      return ok({ certificate, verdict })
    },
    // nginx leaves out a header whose value is empty.
    encode: (client) => {
      if (client === null) return { [names.verdict]: 'NONE' }
      const { certificates, failedFor, subject, issuer } = client
      return {
        [names.certificate]: encodeNginx(certificates[0]),
        [names.verdict]: encodeOpensslVerdict(failedFor),
        ...(subject === '' ? {} : { [names.subject]: subject }),
        ...(issuer === '' ? {} : { [names.issuer]: issuer }),
      }
    },
  }),
})
