/**
 * Envoy, and what is made of it: Istio, Emissary, Contour, Azure Container Apps.
 *
 * `X-Forwarded-Client-Cert` is a list: each proxy that is told to (`forward_client_cert_details`) adds an element about the client of its own
 * connection. With `trustedHops` proxies that do, the header has that many elements, and the first is about the client, since the outermost of them wrote
 * it. **Exactly** that many, by default one, whatever it holds:
 *
 * - fewer: somebody went around a proxy, or a client without a certificate came through several. What is left is about a proxy, not the client.
 * - more: the outermost proxy appends to what comes from outside (APPEND_FORWARD) rather than replaces it (SANITIZE_SET), or one more proxy adds its element
 *   than was counted. To take the nearest ones and ignore the rest would be safe for the former, and for the latter would make every client the
 *   proxy that stands before it.
 *
 * A count is no proof: names stand in this header as they are (envoy #32945), so whoever reaches an inner proxy with a certificate whose SAN has a comma adds
 * elements of their choice behind their own. Theirs stays the first, so they stay themselves, and have gone around the outermost proxy unseen.
 *
 * The first element by itself is never taken for the client's: whoever sends the request writes that one (CVE-2026-31838, CVE-2026-26308: one value of
 * several was judged, another used).
 *
 * `Hash` is in every element that Envoy writes and has to be that of the certificate: a `Cert` smuggled in by a name (client-certificate-auth #229)
 * has another.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert
 */
import { createHash } from 'node:crypto'
import { encodePem } from '../encoding/pem.ts'
import { encodePercent } from '../encoding/percent.ts'
import { ok, type Refused, type Result, refused } from '../result.ts'
import { decodePercentPem } from './certificate-text.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'
import {
  type Assertion,
  checkLength,
  defineFormat,
  type ForwardedCertificates,
  type ForwardedClient,
  type HeaderTextFailure,
  lineOf,
  MAX_CHAIN_CHARACTERS,
} from './header-format.ts'
import { syntaxFailure } from './structured-field.ts'
import { encodeXfccField, parseXfcc } from './xfcc.ts'

const PROXY = 'envoy'

/** What of an element makes the certificate. */
interface Asserted {
  readonly hash: string
  readonly cert: string | undefined
  readonly chain: string | undefined
}

function readXfcc(text: string, header: string, trustedHops: number): Result<Assertion, HeaderTextFailure> {
  if (text === '') return ok({ certificate: null, verdict: null })
  const tooLong = checkLength(text, MAX_CHAIN_CHARACTERS)
  if (tooLong) return tooLong
  const elements = parseXfcc(text, { proxy: PROXY, header })
  if (!elements.ok) return elements
  const { length: present, [0]: element } = elements.value
  if (element === undefined || present !== trustedHops) {
    return refused(headersFailure('ERR_HEADERS_HOPS', { header, present, trustedHops }))
  }
  const { hash, cert, chain } = element
  // An element says that there was a certificate; without it, Envoy was not told to forward it.
  if (cert === undefined && chain === undefined) return ok({ certificate: null, verdict: ok({ said: 'success' }) })
  if (hash === undefined) return syntaxFailure({ proxy: PROXY, header }, 0, 'no Hash, which Envoy always writes')
  // Envoy leaves out what it does not have. What is empty would be remembered as what is not there.
  if (cert === '' || chain === '') return syntaxFailure({ proxy: PROXY, header }, 0, 'a Cert or Chain that is empty')
  const asserted: Asserted = { hash, cert, chain }
  return ok({ certificate: { text: textOf(asserted), decode: () => decodeElement(asserted) }, verdict: null })
}

const END = '-----END%20CERTIFICATE-----'

/** Everything in one text, the end entity last, where its signature is looked for. No header holds a line break, so nothing else gives this text. */
function textOf({ hash, cert, chain = '' }: Asserted): string {
  if (cert !== undefined) return `${hash}\n${chain}\n${cert}`
  const end = chain.indexOf(END) + END.length
  return `${hash}\r${chain.slice(end)}\r${chain.slice(0, end)}`
}

function decodeElement({ hash, cert, chain }: Asserted): Result<ForwardedCertificates, HeaderTextFailure> {
  const fromChain = chain === undefined ? undefined : decodePercentPem(chain, 'one-or-more', PROXY)
  if (fromChain && !fromChain.ok) return fromChain
  const fromCert = cert === undefined ? undefined : decodePercentPem(cert, 'one', PROXY)
  if (fromCert && !fromCert.ok) return fromCert
  const certificates = fromChain?.value ?? fromCert?.value
  if (!certificates) return mismatch('Cert', 'Chain')
  const [endEntity] = certificates
  if (fromCert && Buffer.compare(fromCert.value[0], endEntity) !== 0) return mismatch('Cert', 'Chain')
  const digest = createHash('sha256').update(endEntity).digest('hex')
  return digest === hash.toLowerCase() ? ok(certificates) : mismatch('Hash', fromCert ? 'Cert' : 'Chain')
}

const mismatch = (one: string, other: string): Refused<HeadersFailure> =>
  refused(headersFailure('ERR_HEADERS_MISMATCH', { proxy: PROXY, one, other }))

/** In Envoy's order. `By` is the proxy's own name, which an Envoy whose certificate has no URI leaves out as well. */
function encodeElement({ certificates, fingerprint, subject, uris, dnsNames }: ForwardedClient): string {
  const [endEntity, ...issuers] = certificates
  const fields = [
    `Hash=${fingerprint}`,
    `Cert="${encodePercent(encodePem(endEntity))}"`,
    issuers.length === 0 ? null : `Chain="${encodePercent(certificates.map(encodePem).join(''))}"`,
    encodeXfccField('Subject', subject),
    // Envoy writes an empty URI where there is none, and no DNS.
    ...(uris.length === 0 ? ['URI='] : uris.map((uri) => encodeXfccField('URI', uri))),
    ...dnsNames.map((name) => encodeXfccField('DNS', name)),
  ]
  return fields.filter((field) => field !== null).join(';')
}

export const ENVOY = defineFormat({
  vendorPage:
    'https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert',
  headers: { certificate: 'x-forwarded-client-cert' },
  settings: ['trustedHops'],
  create: (names, { trustedHops }) => ({
    proxy: PROXY,
    certificateHeader: names.certificate,
    // Envoy writes its element for certificates that it verified and, with ACCEPT_UNTRUSTED or no CA, for those that it did not.
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: [names.certificate],
    listHeaders: new Set(),
    missingCertificateHint:
      'Envoy forwards the certificate only with set_current_client_cert_details: { cert: true }, or chain: true.',
    read: (lines) => readXfcc(lineOf(lines, names.certificate) ?? '', names.certificate, trustedHops),
    encode: (client) => (client === null ? {} : { [names.certificate]: encodeElement(client) }),
  }),
})
