import { ok, type Result, refused } from '../result.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'

/**
 * What the proxy says of the certificate that it forwards. Evidence, never proof: it can refuse a client, never admit one.
 */
export type ProxyVerdict =
  | { readonly said: 'none' }
  | { readonly said: 'success' }
  | {
      readonly said: 'failed'
      /**
       * `'path'` for what our own path validation judges again, with our own store; `'unseen'` for what we may not be able
       * to see (revoked, or CRL and OCSP trouble), and for reasons that are not known.
       */
      readonly reason: 'path' | 'unseen'
    }

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
 * Decodes `NONE`, `SUCCESS` or `FAILED:` and OpenSSL's text, as nginx and Apache write it.
 *
 * ingress-nginx's documentation writes a space behind `FAILED:`, nginx does not; both are read.
 *
 * @param value - The header's value. Untrusted.
 */
export function decodeOpensslVerdict(
  value: string,
  proxy: string,
  header: string,
): Result<ProxyVerdict, HeadersFailure> {
  if (value === 'NONE') return ok({ said: 'none' })
  if (value === 'SUCCESS') return ok({ said: 'success' })
  if (!value.startsWith('FAILED:')) return refused(headersFailure('ERR_HEADERS_VERDICT', { proxy, header }))
  const reason = value.slice('FAILED:'.length).trim()
  return ok({ said: 'failed', reason: PATH_REASONS.has(reason) ? 'path' : 'unseen' })
}

/** Encodes a verdict in the same words. @param failedFor - Null for success. */
export const encodeOpensslVerdict = (failedFor: string | null): string =>
  failedFor === null ? 'SUCCESS' : `FAILED:${failedFor}`
