/** It has no types of its own. */
declare module 'client-certificate-auth' {
  import type { IncomingMessage, ServerResponse } from 'node:http'
  import type { PeerCertificate } from 'node:tls'

  /** @param isAllowed - Asked with the certificate of a client whom Node calls `authorized`. */
  export default function clientCertificateAuth(
    isAllowed: (certificate: PeerCertificate) => boolean,
  ): (request: IncomingMessage, response: ServerResponse, next: (error?: Error) => void) => void
}
