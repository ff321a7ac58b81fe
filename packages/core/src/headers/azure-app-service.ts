/**
 * Azure App Service: `X-ARR-ClientCert` is the end entity in base64 of DER, without markers; it is absent where the client sent none, and on plain HTTP.
 *
 * **The platform validates nothing**, whatever `clientCertMode` says. It gives no way to know its front end by, either: hence
 * `[dangerouslyTrustAnyPeer]`, with the application reachable through the front end alone.
 *
 * @see https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth
 */
import { ok } from '../result.ts'
import { decodeBase64EndEntity } from './certificate-text.ts'
import { defineFormat, lineOf } from './header-format.ts'

export const AZURE_APP_SERVICE = defineFormat({
  vendorPage: 'https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth',
  headers: { certificate: 'x-arr-clientcert' },
  settings: [],
  create: ({ certificate: header }) => ({
    proxy: 'azure-app-service',
    certificateHeader: header,
    verdictHeader: null,
    withoutVerdict: 'believed',
    assertedHeaders: [header],
    listHeaders: new Set(),
    missingCertificateHint:
      'Set clientCertEnabled, and clientCertMode to Required or Optional; paths in clientCertExclusionPaths get no certificate.',
    read: (lines) => {
      const text = lineOf(lines, header) ?? ''
      if (text === '') return ok({ certificate: null, verdict: null })
      return ok({ certificate: { text, decode: () => decodeBase64EndEntity(text) }, verdict: null })
    },
    encode: (client) => (client ? { [header]: Buffer.from(client.certificates[0]).toString('base64') } : {}),
  }),
})
