/**
 * Google Cloud Application Load Balancers, with custom request headers on the backend service or in the URL map. Whoever runs it chooses their names; those
 * here are the ones that `docs/deploy/google-cloud.md` configures, and no others are Google's own.
 *
 * `{client_cert_leaf}` and `{client_cert_chain}` are written as RFC 9440 has it, the chain without the leaf, and hold **certificates that the load balancer
 * validated only**. The verdict is in three: `{client_cert_present}`, `{client_cert_chain_verified}` and `{client_cert_error}`. `{client_cert_sha256_fingerprint}`
 * is base64, and has to fit. The others are removed and never read.
 *
 * The load balancer overwrites headers of these names that a client sends, and adds none to health checks. Unconfirmed: the words of `{client_cert_error}`,
 * which were found second-hand; one that is not known is not ours to overrule. And whether a client can have the headers deleted with Connection.
 *
 * @see https://cloud.google.com/load-balancing/docs/https/custom-headers#mtls-variables
 */
import { ok, type Result, refused } from '../result.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'
import { checkFingerprint } from './fingerprint-match.ts'
import { type AssertedCertificate, defineFormat, type HeaderLines, lineOf } from './header-format.ts'
import { encodeRfc9440, readRfc9440 } from './rfc9440.ts'
import type { ProxyVerdict } from './verdict.ts'

const NAME = 'google-cloud'

const HEADERS = {
  certificate: 'x-client-cert-leaf',
  chain: 'x-client-cert-chain',
  present: 'x-client-cert-present',
  chainVerified: 'x-client-cert-chain-verified',
  error: 'x-client-cert-error',
  fingerprint: 'x-client-cert-hash',
  serialNumber: 'x-client-cert-serial-number',
  spiffeId: 'x-client-cert-spiffe',
  uris: 'x-client-cert-uri-sans',
  dnsNames: 'x-client-cert-dnsname-sans',
  issuer: 'x-client-cert-issuer-dn',
  subject: 'x-client-cert-subject-dn',
  notBefore: 'x-client-cert-valid-not-before',
  notAfter: 'x-client-cert-valid-not-after',
}

type Names = Readonly<Record<keyof typeof HEADERS, string>>

/** What our own path validation judges again. The load balancer asks nobody about revocation. */
const PATH_ERRORS: ReadonlySet<string> = new Set([
  'client_cert_validation_failed',
  'client_cert_chain_invalid_eku',
  'client_cert_chain_exceeded_limit',
  'client_cert_invalid_rsa_key_size',
  'client_cert_unsupported_elliptic_curve_key',
  'client_cert_unsupported_key_algorithm',
  'client_cert_pki_too_large',
  'client_cert_chain_max_name_constraints_exceeded',
  'client_cert_validation_timed_out',
  'client_cert_validation_search_limit_exceeded',
  'client_cert_validation_not_performed',
])

/** More than it has words for, `_exceeded_size_limit` of each of its headers included. */
const MAX_ERRORS = 32

/** Ends what is said of a header that was left empty for its size, and says nothing of the certificate. */
const TOO_LARGE = '_exceeded_size_limit'

export const GOOGLE_CLOUD = defineFormat({
  vendorPage: 'https://cloud.google.com/load-balancing/docs/https/custom-headers#mtls-variables',
  headers: HEADERS,
  settings: [],
  create: (names) => ({
    proxy: NAME,
    certificateHeader: names.certificate,
    verdictHeader: names.chainVerified,
    otherVerdictHeaders: [names.present, names.error],
    withoutVerdict: 'contradiction',
    assertedHeaders: Object.values(names),
    listHeaders: new Set(),
    missingCertificateHint:
      'The custom headers have to hold {client_cert_leaf}, {client_cert_present}, {client_cert_chain_verified} and {client_cert_error}. The load balancer forwards a certificate only if its own trust config holds the CA, and up to 16 kB of it.',
    read: (lines) => {
      const certificate = readRfc9440(lines, names, NAME)
      if (!certificate.ok) return certificate
      const verdict = decodeVerdict(lines, names)
      return ok({ certificate: certificate.value && withFingerprint(certificate.value, lines, names), verdict })
    },
    encode: (client) => {
      if (client === null) {
        return {
          [names.present]: 'false',
          [names.chainVerified]: 'false',
          [names.error]: 'client_cert_not_provided',
        }
      }
      if (client.failedFor !== null) {
        return {
          [names.present]: 'true',
          [names.chainVerified]: 'false',
          [names.error]: 'client_cert_validation_failed',
        }
      }
      return {
        ...encodeRfc9440(client, names),
        [names.present]: 'true',
        [names.chainVerified]: 'true',
        [names.fingerprint]: Buffer.from(client.fingerprint, 'hex').toString('base64'),
      }
    },
  }),
})

function withFingerprint(certificate: AssertedCertificate, lines: HeaderLines, names: Names): AssertedCertificate {
  const fingerprint = lineOf(lines, names.fingerprint) ?? ''
  return {
    // In front even where it is empty, or the fingerprint of one request could stand where another has its chain.
    text: `${fingerprint}\n${certificate.text}`,
    decode: () => {
      const certificates = certificate.decode()
      if (!certificates.ok || fingerprint === '') return certificates
      const where = { proxy: NAME, certificate: names.certificate, fingerprint: names.fingerprint }
      return checkFingerprint(certificates.value[0], fingerprint, 'base64', where) ?? certificates
    },
  }
}

function decodeVerdict(lines: HeaderLines, names: Names): Result<ProxyVerdict, HeadersFailure> | null {
  const present = lineOf(lines, names.present)
  const verified = lineOf(lines, names.chainVerified)
  if (present === undefined && verified === undefined) return null
  const broken = (header: string) => refused(headersFailure('ERR_HEADERS_VERDICT', { proxy: NAME, header }))
  if (present !== 'true' && present !== 'false') return broken(names.present)
  if ((verified !== 'true' && verified !== 'false') || (present === 'false' && verified === 'true')) {
    return broken(names.chainVerified)
  }
  if (present === 'false') return ok({ said: 'none' })
  const errors = (lineOf(lines, names.error) ?? '').split(',', MAX_ERRORS + 1)
  if (errors.length > MAX_ERRORS) return broken(names.error)
  const reasons = errors.map((error) => error.trim()).filter((error) => error !== '' && !error.endsWith(TOO_LARGE))
  if (verified === 'true' && reasons.length === 0) return ok({ said: 'success' })
  const isPath = verified === 'false' && reasons.length > 0 && reasons.every((reason) => PATH_ERRORS.has(reason))
  return ok({ said: 'failed', reason: isPath ? 'path' : 'unseen' })
}
