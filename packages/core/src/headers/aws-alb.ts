/**
 * AWS Application Load Balancer, in its two modes.
 *
 * Passthrough (`aws-alb`): `X-Amzn-Mtls-Clientcert` is the whole chain as the client presented it, one PEM block behind the other, URL-encoded with `+`, `=`
 * and `/` left as they are. `+` is base64 and never a space (client-certificate-auth #82, #83). **Nothing in it was validated.**
 *
 * Verify (`aws-alb-verify`): `X-Amzn-Mtls-Clientcert-Leaf` is the end entity alone in the same encoding; a bad certificate ends the handshake, and there is
 * no verdict for each request. The four others are removed and never read: what they say stands in the certificate.
 *
 * Unconfirmed: whether a listener without mutual TLS removes such headers when a client sends them. The gate cannot tell one listener of a load balancer
 * from another, so use the application behind listeners of one mode only.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html
 */
import { encodePem } from '../encoding/pem.ts'
import { encodePercent } from '../encoding/percent.ts'
import { ok } from '../result.ts'
import { decodePercentPem } from './certificate-text.ts'
import { defineFormat, lineOf } from './header-format.ts'

const VENDOR_PAGE = 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/mutual-authentication.html'

/** As the load balancer does: everything but `A-Za-z0-9-._~` and what base64 has. */
export const encodeAlbPem = (ders: readonly Uint8Array[]): string =>
  encodePercent(ders.map(encodePem).join('')).replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '=')

/** `NotBefore=2023-09-21T01:50:17Z;NotAfter=...`, which CloudFront writes in the same way. */
export const encodeValidity = ({
  notBefore,
  notAfter,
}: {
  readonly notBefore: Date
  readonly notAfter: Date
}): string => `NotBefore=${instant(notBefore)};NotAfter=${instant(notAfter)}`

const instant = (date: Date): string => `${date.toISOString().slice(0, -'.000Z'.length)}Z`

const END = '-----END%20CERTIFICATE-----'

/** The text with the end entity last, where its signature is looked for. No header holds a newline, so nothing else gives this text. */
function endEntityLast(text: string): string {
  const end = text.indexOf(END) + END.length
  return `${text.slice(end)}\n${text.slice(0, end)}`
}

export const AWS_ALB = defineFormat({
  vendorPage: VENDOR_PAGE,
  headers: { certificate: 'x-amzn-mtls-clientcert' },
  settings: [],
  create: ({ certificate: header }) => ({
    proxy: 'aws-alb',
    certificateHeader: header,
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: [header],
    listHeaders: new Set(),
    missingCertificateHint: 'The listener needs mutual authentication in passthrough mode.',
    read: (lines) => {
      const text = lineOf(lines, header) ?? ''
      if (text === '') return ok({ certificate: null, verdict: null })
      return ok({
        certificate: { text: endEntityLast(text), decode: () => decodePercentPem(text, 'one-or-more', 'aws-alb') },
        verdict: null,
      })
    },
    encode: (client) => (client ? { [header]: encodeAlbPem(client.certificates) } : {}),
  }),
})

export const AWS_ALB_VERIFY = defineFormat({
  vendorPage: VENDOR_PAGE,
  headers: {
    certificate: 'x-amzn-mtls-clientcert-leaf',
    serialNumber: 'x-amzn-mtls-clientcert-serial-number',
    issuer: 'x-amzn-mtls-clientcert-issuer',
    subject: 'x-amzn-mtls-clientcert-subject',
    validity: 'x-amzn-mtls-clientcert-validity',
  },
  settings: [],
  create: (names) => ({
    proxy: 'aws-alb-verify',
    certificateHeader: names.certificate,
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: Object.values(names),
    listHeaders: new Set(),
    missingCertificateHint: 'The listener needs mutual authentication in verify mode, with a trust store.',
    read: (lines) => {
      const text = lineOf(lines, names.certificate) ?? ''
      if (text === '') return ok({ certificate: null, verdict: null })
      return ok({ certificate: { text, decode: () => decodePercentPem(text, 'one', 'aws-alb-verify') }, verdict: null })
    },
    encode: (client) => {
      if (client === null) return {}
      return {
        [names.certificate]: encodeAlbPem([client.certificates[0]]),
        [names.serialNumber]: client.serialNumber,
        [names.issuer]: client.issuer,
        [names.subject]: client.subject,
        [names.validity]: encodeValidity(client),
      }
    },
  }),
})
