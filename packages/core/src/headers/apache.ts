/**
 * Apache httpd, mod_ssl with mod_headers: `RequestHeader set SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s"`.
 *
 * There are three ways to write the certificate, told apart by how it begins (all captured from 2.4):
 *
 * - `%{SSL_CLIENT_CERT}s` and `%{SSL_CLIENT_CERT}e` are PEM whose newlines became spaces;
 * - `expr=%{escape:%{SSL_CLIENT_CERT}}` is PEM with escapes in lower-case hexadecimal, where `+` stays as it is, and is never a space;
 * - `expr=%{base64:%{SSL_CLIENT_CERT}}` is base64 of PEM.
 *
 * No certificate is `(null)`, or empty. `SSL_CLIENT_CERT_CHAIN_0` and following hold what came with it, without gaps.
 *
 * **Its verdict is worth less than that of others.** Under `SSLVerifyClient optional_no_ca` a certificate of another authority is `GENEROUS` or `FAILED:`,
 * and `SUCCESS` once its TLS 1.2 session is resumed (measured with 2.4.71). A client can delete what Apache sets, with
 * `Connection: ssl_client_verify` (measured): without a verdict nothing is accepted.
 *
 * @see https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#envvars
 * @see https://httpd.apache.org/docs/2.4/mod/mod_headers.html#requestheader
 */
import { decodeBase64 } from '../encoding/base64.ts'
import type { CertificateDer } from '../encoding/certificate-der.ts'
import { encodePem } from '../encoding/pem.ts'
import { ok, type Result, refused } from '../result.ts'
import { decodePemText, decodePercentPem } from './certificate-text.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'
import {
  checkLength,
  defineFormat,
  type ForwardedCertificates,
  type HeaderLines,
  type HeaderTextFailure,
  lineOf,
  MAX_CERTIFICATE_CHARACTERS,
} from './header-format.ts'
import { decodeOpensslVerdict, encodeOpensslVerdict, type ProxyVerdict } from './verdict.ts'

const NAME = 'apache'

/** What mod_headers writes for a variable that is not set. */
const UNSET = '(null)'

/** `SSL_CLIENT_CERT_CHAIN_0` to `_9`: as deep as `SSLVerifyDepth` reaches in practice, and as many as anybody writes lines for. */
const CHAIN_LINES = 10

export const APACHE = defineFormat({
  vendorPage: 'https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#envvars',
  headers: {
    certificate: 'ssl_client_cert',
    verdict: 'ssl_client_verify',
    /** What the names of the chain begin with; a digit from 0 to 9 follows. */
    chain: 'ssl_client_cert_chain_',
  },
  settings: [],
  create: ({ certificate: certificateHeader, verdict: verdictHeader, chain: prefix }) => {
    const chainHeaders = Array.from({ length: CHAIN_LINES }, (_, index) => `${prefix}${index}`)
    return {
      proxy: NAME,
      certificateHeader,
      verdictHeader,
      // A client that names it in Connection has Apache delete it.
      withoutVerdict: 'contradiction',
      assertedHeaders: [certificateHeader, verdictHeader, ...chainHeaders],
      listHeaders: new Set(),
      missingCertificateHint:
        'Apache needs SSLOptions +ExportCertData +StdEnvVars, RequestHeader set SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s" and RequestHeader set SSL_CLIENT_VERIFY "%{SSL_CLIENT_VERIFY}s" in the same virtual host. A client that names them in Connection has Apache delete them.',
      read: (lines) => {
        const text = setValue(lines, certificateHeader)
        const said = lineOf(lines, verdictHeader)
        const verdict = said === undefined ? null : decodeVerdict(said, verdictHeader)
        const chain = readChain(lines, chainHeaders)
        if (!chain.ok) return chain
        if (text !== '') {
          // The end entity comes last: see `AssertedCertificate.text`.
          const all = [...chain.value, text].join('\n')
          return ok({ certificate: { text: all, decode: () => decodeCertificates(text, chain.value) }, verdict })
        }
        if (chain.value.length === 0) return ok({ certificate: null, verdict })
        // Somebody had the certificate deleted, and not its issuers.
        return refused(headersFailure('ERR_HEADERS_CERTIFICATE_COUNT', { proxy: NAME, present: 0, expected: 1 }))
      },
      encode: (client) => {
        const [leaf, ...chain] = client?.certificates.map(encodeOneLine) ?? []
        return {
          [certificateHeader]: leaf ?? UNSET,
          [verdictHeader]: client ? encodeOpensslVerdict(client.failedFor) : 'NONE',
          ...Object.fromEntries(chainHeaders.map((header, index) => [header, chain[index] ?? UNSET])),
        }
      },
    }
  },
})

/** The value of a header; nothing for what Apache writes for nothing. */
function setValue(lines: HeaderLines, header: string): string {
  const value = lineOf(lines, header) ?? ''
  return value === UNSET ? '' : value
}

/** Reads the entries up to the first that is unset. One behind it is not Apache's: names that it does not set pass through it. */
function readChain(lines: HeaderLines, chainHeaders: readonly string[]): Result<readonly string[], HeaderTextFailure> {
  const values = chainHeaders.map((header) => setValue(lines, header))
  const end = values.indexOf('')
  if (end === -1) return ok(values)
  const behind = chainHeaders.find((_, index) => index > end && values[index] !== '')
  if (behind === undefined) return ok(values.slice(0, end))
  const reason = 'the entry before it is not there'
  return refused(headersFailure('ERR_HEADERS_SYNTAX', { proxy: NAME, what: behind, offset: 0, reason }))
}

function decodeCertificates(text: string, chain: readonly string[]): Result<ForwardedCertificates, HeaderTextFailure> {
  const leaf = decodeOne(text)
  if (!leaf.ok) return leaf
  const issuers: CertificateDer[] = []
  for (const entry of chain) {
    const issuer = decodeOne(entry)
    if (!issuer.ok) return issuer
    issuers.push(...issuer.value)
  }
  return ok([leaf.value[0], ...issuers])
}

/** Base64 has no hyphen, and an escape is no space, so the beginning is of one of the three alone. */
function decodeOne(text: string): Result<ForwardedCertificates, HeaderTextFailure> {
  if (text.startsWith('-----BEGIN ')) return decodePemText(text, 'one', NAME)
  if (text.startsWith('-----BEGIN%')) return decodePercentPem(text, 'one', NAME)
  const tooLong = checkLength(text, MAX_CERTIFICATE_CHARACTERS)
  if (tooLong) return tooLong
  const octets = decodeBase64(text)
  return octets.ok ? decodePemText(Buffer.from(octets.value).toString('latin1'), 'one', NAME) : octets
}

function decodeVerdict(said: string, header: string): Result<ProxyVerdict, HeadersFailure> {
  // A virtual host without TLS has no verdict.
  if (said === UNSET || said === '') return ok({ said: 'none' })
  // mod_ssl says so of an issuer that it does not have or trust, which our own path validation judges again.
  if (said === 'GENEROUS') return ok({ said: 'failed', reason: 'path' })
  return decodeOpensslVerdict(said, NAME, header)
}

/** As `%{SSL_CLIENT_CERT}s` has it. */
const encodeOneLine = (der: Uint8Array): string => encodePem(der).trimEnd().replaceAll('\n', ' ')
