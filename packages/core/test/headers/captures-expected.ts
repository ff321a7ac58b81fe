/** What each captured request comes to, by the variant of the proxy's configuration. */
import type { CapturedRequest } from './captures.ts'

/** The very certificate of the case, nobody, or the code of the refusal. */
export type Expectation = 'certificate' | 'none' | `ERR_${string}`

interface VariantExpectation {
  /** Clients with a certificate. */
  readonly client: Expectation
  /** Clients without. */
  readonly nobody: Expectation
  /** Requests that come to something else, by their names. */
  readonly otherwise?: Readonly<Record<string, Expectation>>
}

/** The requests in which a client wrote headers of its own: each of the names of all proxies, some of them twice. */
const withSpoofedHeaders = (expectation: Expectation): Readonly<Record<string, Expectation>> => ({
  'spoof-cert': expectation,
  'spoof-nocert': expectation,
  'keepalive, second request': expectation,
})

/** The same, and what a client got through that named them all in Connection. */
const withWhatPasses = (expectation: Expectation): Readonly<Record<string, Expectation>> => ({
  ...withSpoofedHeaders(expectation),
  'strip-nocert': expectation,
})

const EVERYTHING: VariantExpectation = { client: 'certificate', nobody: 'none' }

/** Apache lets through the names that it does not set itself, SSL_CLIENT_CERT_CHAIN_7 among them. */
const APACHE = withWhatPasses('ERR_HEADERS_SYNTAX')

/** lighttpd withholds a certificate that failed, and says that it failed. */
const LIGHTTPD_FAILED = [
  'expired',
  'forged',
  'leafonly',
  'selfsigned',
  'serverauth',
  'wrongca',
  'resume-TLSv1.2-wrongca',
  'resume-TLSv1.2-wrongca, before it was resumed',
]

const EXPECTED: Readonly<Record<string, VariantExpectation>> = {
  'nginx ingress-on': EVERYTHING,
  'nginx ingress-optional': EVERYTHING,
  'nginx ingress-optional_no_ca': EVERYTHING,
  // A location with a proxy_set_header of its own inherits none: nginx says nothing of anybody, and passes on whatever a client says.
  'nginx misconfig-inheritance': {
    client: 'none',
    nobody: 'none',
    otherwise: withWhatPasses('ERR_EVIDENCE_DUPLICATE_HEADER'),
  },
  // With a certificate it is no HTTP.
  'nginx deprecated-ssl_client_cert': { client: 'none', nobody: 'none' },
  'haproxy f1-optional-ignore': { ...EVERYTHING, otherwise: { big: 'ERR_EVIDENCE_CONTRADICTION' } },
  // There is no x-ssl-client-used, and add-header leaves what the client wrote.
  'haproxy f4-addheader': {
    client: 'ERR_HEADERS_VERDICT',
    nobody: 'ERR_HEADERS_VERDICT',
    otherwise: withWhatPasses('ERR_EVIDENCE_DUPLICATE_HEADER'),
  },
  // What does not fit the buffer is `::`, which without more headers cannot be told from nobody.
  'haproxy f7-rfc9440': { ...EVERYTHING, otherwise: { big: 'none' } },
  'haproxy f8-rfc9440-uncond': { ...EVERYTHING, otherwise: { big: 'ERR_HEADERS_SYNTAX' } },
  // Connection had Apache delete the certificate and the verdict, and not the chain.
  'apache std-optional_no_ca': {
    ...EVERYTHING,
    otherwise: { ...APACHE, 'strip-cert': 'ERR_HEADERS_CERTIFICATE_COUNT' },
  },
  'apache env-style': { ...EVERYTHING, otherwise: { ...APACHE, 'strip-cert': 'none' } },
  'apache expr-escape': { ...EVERYTHING, otherwise: { ...APACHE, 'strip-cert': 'none' } },
  'apache rfc9440': { ...EVERYTHING, otherwise: { 'strip-cert': 'none' } },
  'caddy require': EVERYTHING,
  'caddy verify_if_given': EVERYTHING,
  // The placeholder of another variable; with a certificate Caddy cannot send the header at all.
  'caddy pem': { client: 'certificate', nobody: 'ERR_ENCODING_BASE64' },
  // Caddy does not set Client-Cert-Chain, so that of the client comes through.
  'caddy rfc9440': { ...EVERYTHING, otherwise: withSpoofedHeaders('ERR_HEADERS_SYNTAX') },
  'lighttpd magnet': {
    ...EVERYTHING,
    otherwise: Object.fromEntries(LIGHTTPD_FAILED.map((name) => [name, 'ERR_EVIDENCE_CONTRADICTION'])),
  },
}

/** What reading a request's headers comes to. */
export function expectedReading({ proxy, variant, name }: CapturedRequest): Expectation {
  const expected = EXPECTED[`${proxy} ${variant}`]
  if (!expected) throw new Error(`nothing is expected of the variant ${variant} of ${proxy}`)
  return expected.otherwise?.[name] ?? (name.endsWith('nocert') ? expected.nobody : expected.client)
}

/** What the certificates of the other cases are refused for; those of all that are not named are valid under the root. */
const REFUSED: Readonly<Record<string, Expectation>> = {
  expired: 'ERR_PATH_EXPIRED',
  // By a key of its own, under the root's name.
  forged: 'ERR_SIGNATURES_INVALID',
  selfsigned: 'ERR_PATH_SELF_SIGNED',
  serverauth: 'ERR_PATH_EXTENDED_KEY_USAGE',
  wrongca: 'ERR_PATH_ISSUER_MISSING',
  'resume-TLSv1.2-wrongca': 'ERR_PATH_ISSUER_MISSING',
}

/** Forwarded with the certificate of its authority, which is no anchor here. */
const WRONG_CA_WITH_CHAIN: Readonly<Record<string, Expectation>> = {
  wrongca: 'ERR_PATH_NO_ANCHOR',
  'resume-TLSv1.2-wrongca, before it was resumed': 'ERR_PATH_NO_ANCHOR',
}

/** HAProxy passes Connection on as the client wrote it. */
const STRIPPED: Readonly<Record<string, Expectation>> = {
  'strip-cert': 'ERR_EVIDENCE_HOP_BY_HOP',
  'strip-nocert': 'ERR_EVIDENCE_HOP_BY_HOP',
}

const LOOK_ALIKES = withWhatPasses('ERR_EVIDENCE_LOOKALIKE_HEADER')

/** Decisions that look at more than the headers of the format: names that resemble theirs, and Connection. */
const DECIDED_OTHERWISE: Readonly<Record<string, Readonly<Record<string, Expectation>>>> = {
  'haproxy f1-optional-ignore': { ...WRONG_CA_WITH_CHAIN, ...STRIPPED, ...LOOK_ALIKES },
  'haproxy f4-addheader': { ...STRIPPED, ...LOOK_ALIKES },
  'haproxy f7-rfc9440': STRIPPED,
  'haproxy f8-rfc9440-uncond': { ...WRONG_CA_WITH_CHAIN, ...STRIPPED },
  'apache std-optional_no_ca': { ...WRONG_CA_WITH_CHAIN, ...LOOK_ALIKES },
  'apache env-style': LOOK_ALIKES,
  'apache expr-escape': LOOK_ALIKES,
  'caddy require': LOOK_ALIKES,
  'caddy verify_if_given': LOOK_ALIKES,
  'caddy pem': LOOK_ALIKES,
  'lighttpd magnet': LOOK_ALIKES,
}

/** What a request is decided to be where a certificate is required, under the root of the captures. */
export function expectedDecision(request: CapturedRequest): 'accepted' | `ERR_${string}` {
  const { proxy, variant, case: client, name } = request
  const otherwise = DECIDED_OTHERWISE[`${proxy} ${variant}`]?.[name]
  const expected = otherwise ?? expectedReading(request)
  const decided = expected === 'certificate' ? (REFUSED[client] ?? 'accepted') : expected
  return decided === 'none' || decided === 'certificate' ? 'ERR_EVIDENCE_NO_CERTIFICATE' : decided
}
