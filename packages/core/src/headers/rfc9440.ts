/**
 * RFC 9440, for whatever proxy follows it.
 *
 * `Client-Cert` is the end entity as a Byte Sequence, once; `Client-Cert-Chain` the rest as a List of them, in one line or several, in the order of TLS.
 * Both are absent where the client sent no certificate. Neither says whether the proxy verified anything.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9440#section-2
 */
import { type CertificateDer, certificateDerFrom } from '../encoding/certificate-der.ts'
import { ok, type Result } from '../result.ts'
import { splitDer } from './certificate-text.ts'
import {
  type AssertedCertificate,
  checkLength,
  defineFormat,
  type ForwardedCertificates,
  type ForwardedClient,
  type HeaderLines,
  type HeaderTextFailure,
  lineOf,
  MAX_CERTIFICATE_CHARACTERS,
  MAX_CHAIN_CHARACTERS,
} from './header-format.ts'
import {
  decodeByteSequence,
  decodeByteSequences,
  encodeByteSequence,
  encodeByteSequences,
  joinLines,
  syntaxFailure,
} from './structured-field.ts'

/** Where a proxy puts the two fields. */
export interface Rfc9440Names {
  readonly certificate: string
  readonly chain: string
}

/**
 * What proxies send that have nothing to send. Lenient: HAProxy `http-request set-header Client-Cert :%[ssl_c_der,base64]:` without a condition gives an
 * empty sequence, Caddy's `:{...}:` its own placeholder, and Cloudflare's rules an empty string (the first two measured). These texts and no others.
 */
const ABSENT: ReadonlySet<string> = new Set(['', '::', ':{http.request.tls.client.certificate_der_base64}:'])

/** Reads both fields of RFC 9440 section 2; null where there is no certificate. A chain without its end entity is a failure. */
export function readRfc9440(
  lines: HeaderLines,
  names: Rfc9440Names,
  proxy: string,
): Result<AssertedCertificate | null, HeaderTextFailure> {
  const text = lineOf(lines, names.certificate) ?? ''
  const chainLines = lines.get(names.chain) ?? []
  const chain = joinLines(chainLines)
  const tooLong = checkLength(text, MAX_CERTIFICATE_CHARACTERS) ?? checkLength(chain, MAX_CHAIN_CHARACTERS)
  if (tooLong) return tooLong
  const isAlone = ABSENT.has(chain)
  if (ABSENT.has(text)) {
    if (isAlone) return ok(null)
    return syntaxFailure({ proxy, header: names.chain }, 0, `it is there and ${names.certificate} is not`)
  }
  return ok({
    // No header holds a newline, so nothing else gives this text, whatever a format puts before it: the newline is there without a chain as well.
    text: `${isAlone ? '' : chain}\n${text}`,
    decode: () => {
      const endEntity = decodeEndEntity(text, names, proxy)
      if (!endEntity.ok || isAlone) return endEntity
      const issuers = decodeIssuers(chain, names, proxy)
      return issuers.ok ? ok([endEntity.value[0], ...issuers.value]) : issuers
    },
  })
}

function decodeEndEntity(
  text: string,
  { certificate: header }: Rfc9440Names,
  proxy: string,
): Result<ForwardedCertificates, HeaderTextFailure> {
  const octets = decodeByteSequence(text, { proxy, header })
  return octets.ok ? ok([certificateDerFrom(octets.value)]) : octets
}

function decodeIssuers(
  text: string,
  { chain: header }: Rfc9440Names,
  proxy: string,
): Result<readonly CertificateDer[], HeaderTextFailure> {
  const list = decodeByteSequences([text], { proxy, header })
  if (!list.ok) return list
  const [first] = list.value
  // Lenient: HAProxy has no other way to write its chain than `:%[ssl_c_chain_der,base64]:`, which is all of it in one sequence (measured).
  if (first && list.value.length === 1) return splitDer(first, proxy)
  return ok(list.value.map(certificateDerFrom))
}

/** Encodes both fields; the chain is left out where there is none. */
export function encodeRfc9440(client: ForwardedClient | null, names: Rfc9440Names): Readonly<Record<string, string>> {
  if (client === null) return {}
  const [endEntity, ...issuers] = client.certificates
  const certificate = { [names.certificate]: encodeByteSequence(endEntity) }
  return issuers.length === 0 ? certificate : { ...certificate, [names.chain]: encodeByteSequences(issuers) }
}

export const RFC9440 = defineFormat({
  vendorPage: 'https://www.rfc-editor.org/rfc/rfc9440#section-2',
  headers: { certificate: 'client-cert', chain: 'client-cert-chain' },
  settings: [],
  create: (names) => ({
    proxy: 'rfc9440',
    certificateHeader: names.certificate,
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: Object.values(names),
    listHeaders: new Set([names.chain]),
    missingCertificateHint:
      'Have the proxy send Client-Cert for each connection on which a client presented a certificate.',
    read: (lines) => {
      const certificate = readRfc9440(lines, names, 'rfc9440')
      return certificate.ok ? ok({ certificate: certificate.value, verdict: null }) : certificate
    },
    encode: (client) => encodeRfc9440(client, names),
  }),
})
