/**
 * Azure Application Gateway v2, with a rewrite set that puts server variables into headers. The application chooses their names; these are ours:
 *
 * - `x-client-certificate: {var_client_certificate}` is the end entity in PEM;
 * - `x-client-certificate-verification: {var_client_certificate_verification}` is `SUCCESS`, `FAILED:` and a reason, or `NONE`.
 *
 * Unconfirmed: how the PEM is escaped. The vendor says PEM, a header cannot hold its newlines, and the gateway is built on nginx: percent-encoded PEM and
 * PEM on one line are both read, and cannot be taken for one another. Unconfirmed, too, are the reasons behind `FAILED:`: one that OpenSSL does not write is
 * not ours to overrule.
 *
 * @see https://learn.microsoft.com/azure/application-gateway/rewrite-http-headers-url#mutual-authentication-server-variables
 */
import { encodePem } from '../encoding/pem.ts'
import { encodePercent } from '../encoding/percent.ts'
import { ok } from '../result.ts'
import { decodePemText, decodePercentPem } from './certificate-text.ts'
import { defineFormat, lineOf } from './header-format.ts'
import { decodeOpensslVerdict, encodeOpensslVerdict } from './verdict.ts'

const NAME = 'azure-application-gateway'

export const AZURE_APPLICATION_GATEWAY = defineFormat({
  vendorPage:
    'https://learn.microsoft.com/azure/application-gateway/rewrite-http-headers-url#mutual-authentication-server-variables',
  headers: { certificate: 'x-client-certificate', verdict: 'x-client-certificate-verification' },
  settings: [],
  create: (names) => ({
    proxy: NAME,
    certificateHeader: names.certificate,
    verdictHeader: names.verdict,
    // Both are lines of the same rewrite set.
    withoutVerdict: 'contradiction',
    assertedHeaders: Object.values(names),
    listHeaders: new Set(),
    missingCertificateHint: `The rewrite set has to set ${names.certificate} to {var_client_certificate} and ${names.verdict} to {var_client_certificate_verification}.`,
    read: (lines) => {
      const text = lineOf(lines, names.certificate) ?? ''
      const said = lineOf(lines, names.verdict)
      const verdict = said === undefined ? null : decodeOpensslVerdict(said, NAME, names.verdict)
      if (text === '') return ok({ certificate: null, verdict })
      // The space behind BEGIN is there, or it is escaped.
      const decode = text.startsWith('-----BEGIN ') ? decodePemText : decodePercentPem
      return ok({ certificate: { text, decode: () => decode(text, 'one', NAME) }, verdict })
    },
    encode: (client) => {
      if (client === null) return { [names.verdict]: 'NONE' }
      return {
        [names.certificate]: encodePercent(encodePem(client.certificates[0])),
        [names.verdict]: encodeOpensslVerdict(client.failedFor),
      }
    },
  }),
})
