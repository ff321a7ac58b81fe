/**
 * Traefik, middleware PassTLSClientCert with `pem: true`.
 *
 * `X-Forwarded-Tls-Client-Cert` is every certificate that the client sent, end entity first: base64 of the DER, without markers and line breaks, separated
 * by commas. Before 2.9.4 each was URL-escaped (`%2B`, `%2F`, `%3D`), the commas between them not.
 *
 * Where the client sent none, Traefik leaves the header as it came: its entry point removes what is not from `forwardedHeaders.trustedIPs`, so that list must
 * not have clients in it, nor `insecure` be set. The `-Info` header is removed and never read: its values are not escaped, and a name with a quotation mark
 * in it says whatever it likes.
 *
 * @see https://doc.traefik.io/traefik/middlewares/http/passtlsclientcert/
 */

import type { CertificateDer } from '../encoding/certificate-der.ts'
import { encodingFailure } from '../encoding/failures.ts'
import { decodePercent } from '../encoding/percent.ts'
import { ok, type Result, refused } from '../result.ts'
import { decodeBase64Der } from './certificate-text.ts'
import {
  checkLength,
  defineFormat,
  type ForwardedCertificates,
  type HeaderTextFailure,
  lineOf,
  MAX_CHAIN_CHARACTERS,
  MAX_CHAIN_ENTRIES,
} from './header-format.ts'

function decodeTraefik(text: string): Result<ForwardedCertificates, HeaderTextFailure> {
  const limit = MAX_CHAIN_ENTRIES
  // One more than may be there, and no more, however many commas there are (client-certificate-auth #221).
  const [first = '', ...others] = text.split(',', limit + 1)
  if (others.length === limit) {
    return refused(encodingFailure('ERR_ENCODING_TOO_LARGE', { limit, present: limit + 1, unit: 'certificates' }))
  }
  // Each must be one, and the first is the end entity whatever follows: one that was passed over would make the next the client (#187, #189).
  const endEntity = decodeEntry(first)
  if (!endEntity.ok) return endEntity
  const rest: CertificateDer[] = []
  for (const other of others) {
    const certificate = decodeEntry(other)
    if (!certificate.ok) return certificate
    rest.push(certificate.value)
  }
  return ok([endEntity.value, ...rest])
}

/** Lenient: escaped as before 2.9.4 (traefik #9379). What is escaped is unambiguous: base64 has no percent sign. */
function decodeEntry(entry: string): Result<CertificateDer, HeaderTextFailure> {
  if (!entry.includes('%')) return decodeBase64Der(entry)
  const base64 = decodePercent(entry)
  return base64.ok ? decodeBase64Der(base64.value) : base64
}

/** The text with the end entity last, where its signature is looked for. No header holds a newline, so nothing else gives this text. */
function endEntityLast(text: string): string {
  const comma = text.indexOf(',')
  return comma === -1 ? text : `${text.slice(comma)}\n${text.slice(0, comma)}`
}

export const TRAEFIK = defineFormat({
  vendorPage: 'https://doc.traefik.io/traefik/middlewares/http/passtlsclientcert/#pem',
  headers: { certificate: 'x-forwarded-tls-client-cert', info: 'x-forwarded-tls-client-cert-info' },
  settings: [],
  create: (names) => ({
    proxy: 'traefik',
    certificateHeader: names.certificate,
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: Object.values(names),
    listHeaders: new Set(),
    missingCertificateHint:
      'Set `pem: true` in the middleware PassTLSClientCert: `info` alone forwards no certificate.',
    read: (lines) => {
      const text = lineOf(lines, names.certificate) ?? ''
      const tooLong = checkLength(text, MAX_CHAIN_CHARACTERS)
      if (tooLong) return tooLong
      const certificate = text === '' ? null : { text: endEntityLast(text), decode: () => decodeTraefik(text) }
      return ok({ certificate, verdict: null })
    },
    encode: (client) =>
      client === null
        ? {}
        : {
            [names.certificate]: client.certificates
              .map((der) => Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64'))
              .join(','),
          },
  }),
})
