/**
 * Kong, plugin TLS Metadata Headers with `inject_client_cert_details`, and whatever writes what Kong's own Header Cert Authentication reads.
 *
 * `X-Client-Cert` is the end entity alone: PEM, URL-encoded (`url_encoded`), or the base64 between PEM's markers (`base64_encoded`). The two cannot be taken
 * for one another: PEM begins with a hyphen, which base64 does not have. Kong validates nothing for this header.
 *
 * The others are removed and never read: serial number, names and a fingerprint of SHA-1 all stand in the certificate, and the two that mTLS Authentication
 * sets for its upstream (`X-Client-Cert-Dn`, `X-Client-Cert-San`) are text that a name can bend.
 *
 * @see https://developer.konghq.com/plugins/tls-metadata-headers/
 * @see https://developer.konghq.com/plugins/header-cert-auth/
 */
import { createHash } from 'node:crypto'
import { encodePem } from '../encoding/pem.ts'
import { encodePercent } from '../encoding/percent.ts'
import { ok, type Result } from '../result.ts'
import { decodeBase64Der, decodePercentPem } from './certificate-text.ts'
import {
  checkLength,
  defineFormat,
  type ForwardedCertificates,
  type HeaderTextFailure,
  lineOf,
  MAX_CERTIFICATE_CHARACTERS,
} from './header-format.ts'

function decodeKong(text: string): Result<ForwardedCertificates, HeaderTextFailure> {
  if (text.startsWith('-') || text.startsWith('%')) return decodePercentPem(text, 'one', 'kong')
  const certificate = decodeBase64Der(text)
  return certificate.ok ? ok([certificate.value]) : certificate
}

export const KONG = defineFormat({
  vendorPage: 'https://developer.konghq.com/plugins/tls-metadata-headers/reference/',
  headers: {
    certificate: 'x-client-cert',
    serialNumber: 'x-client-cert-serial',
    issuer: 'x-client-cert-issuer-dn',
    subject: 'x-client-cert-subject-dn',
    fingerprint: 'x-client-cert-fingerprint',
    name: 'x-client-cert-dn',
    alternativeName: 'x-client-cert-san',
  },
  settings: [],
  create: (names) => ({
    proxy: 'kong',
    certificateHeader: names.certificate,
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: Object.values(names),
    listHeaders: new Set(),
    missingCertificateHint: 'Set `inject_client_cert_details: true` in the plugin tls-metadata-headers.',
    read: (lines) => {
      const text = lineOf(lines, names.certificate) ?? ''
      const tooLong = checkLength(text, MAX_CERTIFICATE_CHARACTERS)
      if (tooLong) return tooLong
      return ok({ certificate: text === '' ? null : { text, decode: () => decodeKong(text) }, verdict: null })
    },
    encode: (client) => {
      if (client === null) return {}
      const { certificates, serialNumber, issuer, subject } = client
      return {
        [names.certificate]: encodePercent(encodePem(certificates[0])),
        [names.serialNumber]: serialNumber,
        [names.issuer]: issuer,
        [names.subject]: subject,
        // As Kong has it (nginx $ssl_client_fingerprint): a label for people, by which nobody may be let in.
        [names.fingerprint]: createHash('sha1').update(certificates[0]).digest('hex'),
      }
    },
  }),
})
