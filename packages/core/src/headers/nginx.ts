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
import { type CertificateDer, MAX_CERTIFICATE_BYTES } from '../encoding/certificate-der.ts'
import { type EncodingFailure, encodingFailure } from '../encoding/failures.ts'
import { decodePem, encodePem } from '../encoding/pem.ts'
import { decodePercent, encodePercent } from '../encoding/percent.ts'
import { ok, type Result, refused } from '../result.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'
import type { ProxyVerdict } from './verdict.ts'

export const NGINX_CERTIFICATE_HEADER = 'ssl-client-cert'
export const NGINX_VERDICT_HEADER = 'ssl-client-verify'

/** Longest header that is decoded, in characters: a certificate at its limit, as base64 with every fifth character escaped. */
export const MAX_NGINX_CHARACTERS = MAX_CERTIFICATE_BYTES * 2

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
export function decodeNginx(value: string): Result<CertificateDer, EncodingFailure | HeadersFailure> {
  if (value.length > MAX_NGINX_CHARACTERS) {
    const [limit, present] = [MAX_NGINX_CHARACTERS, value.length]
    return refused(encodingFailure('ERR_ENCODING_TOO_LARGE', { limit, present, unit: 'characters' }))
  }
  const pem = decodePercent(value)
  if (!pem.ok) return pem
  // Blocks are counted, not limited: the characters are, and however many there are too many, the proxy is at fault.
  const certificates = decodePem(pem.value, { maxBlocks: Number.POSITIVE_INFINITY, explanatoryText: 'refuse' })
  if (!certificates.ok) return certificates
  const [leaf, second] = certificates.value
  if (!leaf || second) {
    const present = certificates.value.length
    return refused(headersFailure('ERR_HEADERS_CERTIFICATE_COUNT', { proxy: 'nginx', present, expected: 1 }))
  }
  return ok(leaf)
}

/**
 * Encodes a certificate byte for byte as nginx fills `$ssl_client_escaped_cert`, for a Node gateway that forwards.
 *
 * @param der - One certificate. Not checked: the receiver has to.
 */
export const encodeNginx = (der: Uint8Array): string => encodePercent(encodePem(der))

/**
 * The texts of OpenSSL's `X509_verify_cert_error_string` that our own path validation judges again, with our own store:
 * behind `ssl_verify_client optional_no_ca` nginx stamps the first five on every client whose CA it does not hold.
 * Whatever is not listed here (revoked, CRL and OCSP trouble, texts of other versions) is not ours to overrule.
 */
const PATH_REASONS: ReadonlySet<string> = new Set([
  'unable to get local issuer certificate',
  'unable to get issuer certificate',
  'unable to verify the first certificate',
  'self-signed certificate',
  'self signed certificate',
  'self-signed certificate in certificate chain',
  'self signed certificate in certificate chain',
  'certificate not trusted',
  'certificate has expired',
  'certificate is not yet valid',
  'certificate chain too long',
  'unsuitable certificate purpose',
  'unsupported certificate purpose',
  'invalid CA certificate',
  'path length constraint exceeded',
])

/**
 * Decodes the `ssl-client-verify` header.
 *
 * ingress-nginx's documentation writes a space behind `FAILED:`, nginx does not; both are read.
 *
 * @param value - The header's value. Untrusted.
 */
export function decodeNginxVerdict(value: string): Result<ProxyVerdict, HeadersFailure> {
  if (value === 'NONE') return ok({ said: 'none' })
  if (value === 'SUCCESS') return ok({ said: 'success' })
  if (!value.startsWith('FAILED:')) {
    return refused(headersFailure('ERR_HEADERS_VERDICT', { proxy: 'nginx', header: NGINX_VERDICT_HEADER }))
  }
  const reason = value.slice('FAILED:'.length).trim()
  return ok({ said: 'failed', reason: PATH_REASONS.has(reason) ? 'path' : 'unseen' })
}
