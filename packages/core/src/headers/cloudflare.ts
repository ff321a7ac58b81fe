/**
 * Cloudflare, which forwards certificates in two ways and says what it thinks of them in a third.
 *
 * Legacy (`cloudflare`): `Cf-Client-Cert-Der-Base64` and its fingerprint `Cf-Client-Cert-Sha256`, which has to fit, **only with the first request of a
 * connection**. Nothing is remembered here from one request to the next: Cloudflare's connections to an origin are not its clients'. Later requests
 * are without a certificate. Use the other one.
 *
 * `cloudflare-rfc9440`: `Client-Cert` and `Client-Cert-Chain`, set by rules from `cf.tls_client_auth.cert_rfc9440` and `.cert_chain_rfc9440`; the chain is as
 * sent, without the end entity. They hold certificates that **failed verification**, too, and are empty where there is none or it is too large
 * (10 KiB, and 16 KiB for the chain).
 *
 * The verdict is that of the managed transform "Add TLS client auth headers", behind either: `cf-cert-presented`, `cf-cert-verified` and `cf-cert-revoked`,
 * each `true` or `false`. **Verified is true of a revoked certificate**: it is success only where revoked is false. Without the transform there
 * is no verdict, and what Cloudflare knows of revocation is not known here: `onProxyVerdict: 'must-succeed'` demands it. The others of its headers
 * are removed and never read; some of their names are unconfirmed.
 *
 * @see https://developers.cloudflare.com/ssl/client-certificates/forward-a-client-certificate/
 * @see https://developers.cloudflare.com/rules/transform/managed-transforms/reference/
 */
import { ok, type Result, refused } from '../result.ts'
import { decodeBase64EndEntity } from './certificate-text.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'
import { checkFingerprint } from './fingerprint-match.ts'
import {
  type AssertedCertificate,
  defineFormat,
  type ForwardedClient,
  type HeaderFormat,
  type HeaderLines,
  lineOf,
} from './header-format.ts'
import { encodeRfc9440, readRfc9440 } from './rfc9440.ts'
import type { ProxyVerdict } from './verdict.ts'

/** The headers of the managed transform. */
const TRANSFORM_HEADERS = {
  presented: 'cf-cert-presented',
  verified: 'cf-cert-verified',
  revoked: 'cf-cert-revoked',
  issuer: 'cf-cert-issuer-dn',
  issuerRfc2253: 'cf-cert-issuer-dn-rfc2253',
  issuerLegacy: 'cf-cert-issuer-dn-legacy',
  subject: 'cf-cert-subject-dn',
  subjectRfc2253: 'cf-cert-subject-dn-rfc2253',
  subjectLegacy: 'cf-cert-subject-dn-legacy',
  serialNumber: 'cf-cert-serial',
  issuerSerialNumber: 'cf-cert-issuer-serial',
  fingerprintSha256: 'cf-cert-fingerprint-sha256',
  fingerprintSha1: 'cf-cert-fingerprint-sha1',
  keyIdentifier: 'cf-cert-ski',
  issuerKeyIdentifier: 'cf-cert-issuer-ski',
  notBefore: 'cf-cert-not-before',
  notAfter: 'cf-cert-not-after',
}

type VerdictNames = Readonly<Record<'presented' | 'verified' | 'revoked', string>>

export const CLOUDFLARE = defineFormat({
  vendorPage: 'https://developers.cloudflare.com/ssl/client-certificates/forward-a-client-certificate/',
  headers: {
    certificate: 'cf-client-cert-der-base64',
    fingerprint: 'cf-client-cert-sha256',
    ...TRANSFORM_HEADERS,
  },
  settings: [],
  create: (names) => ({
    ...commonTo('cloudflare', names),
    listHeaders: new Set(),
    missingCertificateHint:
      'Cloudflare sends this header with the first request of a connection only. Forward the certificate by RFC 9440 (`cloudflare-rfc9440`), which it does with each.',
    read: (lines) => {
      const verdict = decodeVerdict(lines, names, 'cloudflare')
      const text = lineOf(lines, names.certificate) ?? ''
      return ok({ certificate: text === '' ? null : legacyCertificate(text, lines, names), verdict })
    },
    encode: (client) => ({
      ...(client && {
        [names.certificate]: Buffer.from(client.certificates[0]).toString('base64'),
        [names.fingerprint]: client.fingerprint,
      }),
      ...encodeVerdict(client, names),
    }),
  }),
})

export const CLOUDFLARE_RFC9440 = defineFormat({
  vendorPage:
    'https://developers.cloudflare.com/ssl/client-certificates/forward-a-client-certificate/#rfc-9440-headers',
  headers: { certificate: 'client-cert', chain: 'client-cert-chain', ...TRANSFORM_HEADERS },
  settings: [],
  create: (names) => ({
    ...commonTo('cloudflare-rfc9440', names),
    listHeaders: new Set([names.chain]),
    missingCertificateHint:
      'A request header transform rule has to set Client-Cert to cf.tls_client_auth.cert_rfc9440, which is empty for a certificate of more than 10 KiB.',
    read: (lines) => {
      const certificate = readRfc9440(lines, names, 'cloudflare-rfc9440')
      if (!certificate.ok) return certificate
      return ok({ certificate: certificate.value, verdict: decodeVerdict(lines, names, 'cloudflare-rfc9440') })
    },
    encode: (client) => ({ ...encodeRfc9440(client, names), ...encodeVerdict(client, names) }),
  }),
})

const commonTo = (proxy: string, names: VerdictNames & { readonly certificate: string }) =>
  ({
    proxy,
    certificateHeader: names.certificate,
    verdictHeader: names.verified,
    otherVerdictHeaders: [names.presented, names.revoked],
    // The transform is optional; `must-succeed` demands it.
    withoutVerdict: 'believed',
    assertedHeaders: Object.values(names),
  }) as const satisfies Partial<HeaderFormat>

function legacyCertificate(
  text: string,
  lines: HeaderLines,
  names: Readonly<Record<'certificate' | 'fingerprint', string>>,
): AssertedCertificate {
  const fingerprint = lineOf(lines, names.fingerprint) ?? ''
  return {
    text: `${fingerprint}\n${text}`,
    decode: () => {
      const certificates = decodeBase64EndEntity(text)
      if (!certificates.ok || fingerprint === '') return certificates
      const where = { proxy: 'cloudflare', certificate: names.certificate, fingerprint: names.fingerprint }
      return checkFingerprint(certificates.value[0], fingerprint, 'hex', where) ?? certificates
    },
  }
}

/** All three or none: two of them cannot say whether there is a certificate, whether it is good and whether it still is. */
function decodeVerdict(
  lines: HeaderLines,
  names: VerdictNames,
  proxy: string,
): Result<ProxyVerdict, HeadersFailure> | null {
  const headers = [names.presented, names.verified, names.revoked]
  const values = headers.map((header) => lineOf(lines, header))
  if (values.every((value) => value === undefined)) return null
  const broken = headers.find((_, index) => values[index] !== 'true' && values[index] !== 'false')
  if (broken !== undefined) return refused(headersFailure('ERR_HEADERS_VERDICT', { proxy, header: broken }))
  const [isPresented, isVerified, isRevoked] = values.map((value) => value === 'true')
  if (!isPresented) {
    if (!isVerified && !isRevoked) return ok({ said: 'none' })
    return refused(headersFailure('ERR_HEADERS_VERDICT', { proxy, header: names.presented }))
  }
  if (isRevoked) return ok({ said: 'failed', reason: 'unseen' })
  return ok(isVerified ? { said: 'success' } : { said: 'failed', reason: 'path' })
}

const encodeVerdict = (client: ForwardedClient | null, names: VerdictNames): Readonly<Record<string, string>> => ({
  [names.presented]: String(client !== null),
  [names.verified]: String(client !== null && client.failedFor === null),
  [names.revoked]: 'false',
})
