/**
 * Caddy: `header_up X-Client-Cert-Der {http.request.tls.client.certificate_der_base64}`, the end entity alone.
 *
 * Without a client certificate the header holds **the placeholder itself** (measured with 2.6.2); where Caddy fills placeholders from an empty
 * certificate, it holds nothing, with the fingerprint e3b0c442..., which is SHA-256 of nothing. Both are no certificate. PEM has line breaks, which
 * Caddy does not send (502).
 *
 * Caddy states no verdict: its modes `request` and `require` forward certificates that nobody verified.
 *
 * @see https://caddyserver.com/docs/json/apps/http/#docs
 */
import { ok } from '../result.ts'
import { decodeBase64EndEntity } from './certificate-text.ts'
import { defineFormat, lineOf } from './header-format.ts'

const PLACEHOLDER = '{http.request.tls.client.certificate_der_base64}'

export const CADDY = defineFormat({
  vendorPage: 'https://caddyserver.com/docs/json/apps/http/#docs',
  headers: { certificate: 'x-client-cert-der' },
  settings: [],
  create: ({ certificate: header }) => ({
    proxy: 'caddy',
    certificateHeader: header,
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: [header],
    listHeaders: new Set(),
    missingCertificateHint: `Caddy needs header_up ${header} ${PLACEHOLDER} in the reverse_proxy of the site.`,
    read: (lines) => {
      const text = lineOf(lines, header) ?? ''
      if (text === '' || text === PLACEHOLDER) return ok({ certificate: null, verdict: null })
      return ok({ certificate: { text, decode: () => decodeBase64EndEntity(text) }, verdict: null })
    },
    encode: (client) => ({
      [header]: client ? Buffer.from(client.certificates[0]).toString('base64') : PLACEHOLDER,
    }),
  }),
})
