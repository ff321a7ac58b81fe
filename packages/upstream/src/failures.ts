/** Everything for which a connection is refused or ended by us, in one table: `docs/errors.md` is generated from it. */
import type { CertificateRef, ClientCertFailure, ReasonTable } from '@clientcert/core'

interface Server {
  /** `host:port`, escaped. */
  readonly server: string
}

export interface UpstreamEvidence {
  ERR_UPSTREAM_NOT_READY: { readonly context: string; readonly waitingFor: string; readonly reason: string | null }
  ERR_UPSTREAM_CLOSED: { readonly context: string }
  ERR_UPSTREAM_TIMEOUT: Server & { readonly timeoutMs: number }
  ERR_UPSTREAM_NO_CERTIFICATE: Server
  ERR_UPSTREAM_CERTIFICATE: Server & { readonly failure: ClientCertFailure }
  ERR_UPSTREAM_HOST: Server & {
    readonly expected: string
    /** The names of that type, at most eight; null for a certificate without subjectAltName. */
    readonly present: readonly string[] | null
  }
  ERR_UPSTREAM_SPIFFE_ID: Server & { readonly expected: readonly string[]; readonly present: string | null }
  ERR_UPSTREAM_TRUST_DOMAIN: Server & { readonly expected: string; readonly present: string | null }
  ERR_UPSTREAM_RESUMED: Server
  ERR_UPSTREAM_PROTOCOL: Server & { readonly expected: string; readonly present: string | null }
  ERR_UPSTREAM_REFUSED: Server & { readonly alert: string; readonly own: CertificateRef | null }
  ERR_UPSTREAM_RETIRED: Server & { readonly gracePeriodMs: number }
}

export type UpstreamCode = keyof UpstreamEvidence

const names = (present: readonly string[] | null): string => {
  if (present === null) return 'nobody: it has no subjectAltName, and a common name is not looked at'
  return present.length === 0 ? 'no name of that kind (DNS name or IP address)' : present.join(', ')
}

/** X509-SVID section 2: one that carries two ids is as good as one without. */
const NO_SVID =
  'nobody: its certificate is no X.509-SVID, which has exactly one URI, a SPIFFE id with a path, and is no authority'

/** Every code of this package. */
export const UPSTREAM_FAILURES: ReasonTable<UpstreamEvidence> = {
  ERR_UPSTREAM_NOT_READY: {
    clause: "whenMissing: 'wait'",
    meaning: 'The certificate and key that the context waits for are not there yet, so nothing is sent.',
    message: ({ context, waitingFor, reason }) =>
      `the TLS context ${context} has no certificate yet: it waits for ${waitingFor}${reason === null ? '' : `, and last: ${reason}`}`,
    hint: 'Look at what should write them: the mesh agent or the mounted secret. `context.ready()` resolves when they are there.',
  },
  ERR_UPSTREAM_CLOSED: {
    clause: 'closed unless configured',
    meaning: 'The context was closed.',
    message: ({ context }) => `the TLS context ${context} is closed`,
    hint: 'Close it after the last request.',
  },
  ERR_UPSTREAM_TIMEOUT: {
    clause: '`connectTimeoutMs`',
    meaning: 'The server was not connected, its handshake not ended, or its certificate not verified in time.',
    message: ({ server, timeoutMs }) => `${server} was not connected and verified within ${timeoutMs} ms`,
    hint: 'Look whether the server answers, and speaks TLS on this port; with fetched revocation, whether the responder does.',
  },
  ERR_UPSTREAM_NO_CERTIFICATE: {
    clause: 'RFC 8446 4.4.2',
    meaning: 'The server presented no certificate.',
    message: ({ server }) => `${server} presented no certificate`,
    hint: 'Have the server present a certificate of an authority that the context trusts.',
  },
  ERR_UPSTREAM_CERTIFICATE: {
    clause: 'RFC 5280 6.1',
    meaning: "The server's certificate is not verified; `failure` says which rule it breaks, by a code of its own.",
    message: ({ server, failure }) =>
      `the certificate of ${server} is refused: ${failure.code}${failure.certificate ? ` [${failure.certificate.subject}]` : ''} ${failure.message}. ${failure.hint}`,
    hint: 'Servers are trusted by `caCertChainFile`, or by what `status().material.authoritiesFrom` says. The code of the rule has a section of its own in docs/errors.md.',
  },
  ERR_UPSTREAM_HOST: {
    clause: 'RFC 9525 6',
    meaning: "The server's certificate is verified, and for another host.",
    message: ({ server, expected, present }) =>
      `${server} should be ${expected}, and its certificate is for ${names(present)}`,
    hint: 'Connect by a name that the certificate has, or say in `expectedServer` which one it has. In a mesh, expect a SPIFFE id.',
  },
  ERR_UPSTREAM_SPIFFE_ID: {
    clause: 'X509-SVID 2',
    meaning: "The server's certificate is verified, and carries another SPIFFE id, or none.",
    message: ({ server, expected, present }) =>
      `${server} should be ${expected.slice(0, 8).join(' or ')}, and is ${present ?? NO_SVID}`,
    hint: 'Look whether the address leads to the right service, and whether `expectedServer.spiffeId` is its id.',
  },
  ERR_UPSTREAM_TRUST_DOMAIN: {
    clause: 'X509-SVID 2',
    meaning: "The server's certificate is verified, and of another SPIFFE trust domain, or of none.",
    message: ({ server, expected, present }) =>
      `${server} should be of the trust domain ${expected}, and is ${present ?? NO_SVID}`,
    hint: 'Say in `expectedServer` whom you expect where it is no server of your own trust domain.',
  },
  ERR_UPSTREAM_RESUMED: {
    clause: 'CVE-2026-48934',
    meaning: 'A resumed session is that of another certificate than the one it was kept for.',
    message: ({ server }) => `${server} resumed a session that was made with another certificate`,
    hint: 'The session was dropped, and the next connection is made anew. Where it goes on, somebody is between you and the server.',
  },
  ERR_UPSTREAM_PROTOCOL: {
    clause: 'RFC 7301 3.2',
    meaning: 'The server does not speak the protocol that the client needs.',
    message: ({ server, expected, present }) =>
      `${server} should speak ${expected}, and chose ${present ?? 'no protocol'}`,
    hint: 'Have the server offer it by ALPN, or use another client.',
  },
  ERR_UPSTREAM_REFUSED: {
    clause: 'RFC 8446 6.2',
    meaning: 'The server refused our own certificate, or the lack of one.',
    message: ({ server, alert, own }) =>
      `${server} refused ${own ? `our certificate ${own.subject}, serial ${own.serial}` : 'us without a certificate'}: ${alert}`,
    hint: 'Look whether the server trusts the authority of our certificate, and whether it is current: `context.status()`.',
  },
  ERR_UPSTREAM_RETIRED: {
    clause: '`gracePeriodMs`',
    meaning: 'The connection was made with a certificate that has been replaced, and its grace period is over.',
    message: ({ server, gracePeriodMs }) =>
      `the connection to ${server} was ended ${gracePeriodMs} ms after its certificate was replaced`,
    hint: 'Send the request again. Where requests take longer, raise `gracePeriodMs`.',
  },
}
