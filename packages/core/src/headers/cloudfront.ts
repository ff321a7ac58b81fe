/**
 * AWS CloudFront, viewer mTLS.
 *
 * `CloudFront-Viewer-Cert-Pem` is the end entity as URL-encoded PEM; the vendor's example escapes spaces and newlines, and base64 is read escaped or not.
 * `CloudFront-Viewer-Cert-Present` is `1` or `0`, and `-Sha256` its fingerprint in hexadecimal: both have to fit the certificate. The others are removed and
 * never read. They reach the origin only where its origin request policy names them, so `-Present` or `-Sha256` may be missing; a certificate without
 * `-Present` is believed, one that contradicts it is not.
 *
 * **No verdict on validity**: the modes Required and Optional refuse a bad certificate in the handshake, Passthrough validates nothing, and no header says which
 * it was. A distribution can rename these headers, and write them otherwise, in a connection function: then give the names, or use `custom`.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/viewer-mtls-headers.html
 */
import { encodePem } from '../encoding/pem.ts'
import { ok, type Refused, refused } from '../result.ts'
import { encodeValidity } from './aws-alb.ts'
import { decodePercentPem } from './certificate-text.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'
import { checkFingerprint } from './fingerprint-match.ts'
import { defineFormat, lineOf } from './header-format.ts'

const NAME = 'cloudfront'

export const CLOUDFRONT = defineFormat({
  vendorPage: 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/viewer-mtls-headers.html',
  headers: {
    certificate: 'cloudfront-viewer-cert-pem',
    present: 'cloudfront-viewer-cert-present',
    fingerprint: 'cloudfront-viewer-cert-sha256',
    serialNumber: 'cloudfront-viewer-cert-serial-number',
    issuer: 'cloudfront-viewer-cert-issuer',
    subject: 'cloudfront-viewer-cert-subject',
    validity: 'cloudfront-viewer-cert-validity',
  },
  settings: [],
  create: (names) => ({
    proxy: NAME,
    certificateHeader: names.certificate,
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: Object.values(names),
    listHeaders: new Set(),
    missingCertificateHint: `The origin request policy has to include ${names.certificate} beside ${names.present}.`,
    read: (lines) => {
      const text = lineOf(lines, names.certificate) ?? ''
      const fingerprint = lineOf(lines, names.fingerprint) ?? ''
      const contradiction = checkPresent(lineOf(lines, names.present), text === '' ? 0 : 1, names.present)
      if (contradiction) return contradiction
      if (text === '') return ok({ certificate: null, verdict: null })
      const decode = () => {
        const certificates = decodePercentPem(text, 'one', NAME)
        if (!certificates.ok || fingerprint === '') return certificates
        const where = { proxy: NAME, certificate: names.certificate, fingerprint: names.fingerprint }
        return checkFingerprint(certificates.value[0], fingerprint, 'hex', where) ?? certificates
      }
      return ok({ certificate: { text: `${fingerprint}\n${text}`, decode }, verdict: null })
    },
    encode: (client) => {
      if (client === null) return { [names.present]: '0' }
      const { certificates, fingerprint, serialNumber, issuer, subject } = client
      return {
        [names.certificate]: encodePem(certificates[0]).replaceAll(' ', '%20').replaceAll('\n', '%0A'),
        [names.present]: '1',
        [names.fingerprint]: fingerprint.toLowerCase(),
        [names.serialNumber]: serialNumber.toLowerCase().replaceAll(/..(?=.)/g, '$&:'),
        [names.issuer]: issuer,
        [names.subject]: subject,
        [names.validity]: encodeValidity(client),
      }
    },
  }),
})

/** Checks that there is a certificate if and only if the header says so. */
function checkPresent(present: string | undefined, count: 0 | 1, header: string): Refused<HeadersFailure> | undefined {
  if (present === undefined) return undefined
  if (present !== '0' && present !== '1') return refused(headersFailure('ERR_HEADERS_VERDICT', { proxy: NAME, header }))
  const expected = Number(present)
  if (expected === count) return undefined
  return refused(headersFailure('ERR_HEADERS_CERTIFICATE_COUNT', { proxy: NAME, present: count, expected }))
}
