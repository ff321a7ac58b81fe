import { type FailureBase, type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

export type GateRule = 'addresses' | 'unixSocket' | 'certificate' | 'secretHeader'

/** Where a request names its host. */
export type HostPlace = 'Host' | ':authority' | 'the request target'

interface ProxySays {
  /** In a word of ours. */
  readonly verdict: string
  /** What each header of the verdict says, or that it is absent: in the proxy's own words, escaped, of at most 64 characters. */
  readonly said: readonly string[]
}

export interface EvidenceEvidence {
  ERR_EVIDENCE_NO_CERTIFICATE: { readonly from: string }
  ERR_EVIDENCE_UNTRUSTED_PEER: {
    readonly rule: GateRule
    /** The address of the socket's other end; null where it has none. Never taken from a header. */
    readonly peer: string | null
    readonly reason: string
    readonly headers: readonly string[]
    /** Why the peer's own certificate, which is then the failure's `certificate`, does not pass; null where it is not for that. */
    readonly proxyFailure: FailureBase | null
  }
  ERR_EVIDENCE_DUPLICATE_HEADER: { readonly header: string; readonly times: number }
  ERR_EVIDENCE_LOOKALIKE_HEADER: { readonly header: string; readonly resembles: string }
  ERR_EVIDENCE_NO_LINE: { readonly header: string }
  ERR_EVIDENCE_HOP_BY_HOP: { readonly header: string }
  ERR_EVIDENCE_TOO_MANY_HEADERS: { readonly lines: number; readonly limit: number }
  ERR_EVIDENCE_CONTRADICTION: ProxySays & {
    readonly presence: 'present' | 'absent'
    readonly certificateHeader: string
    /** What to change in this proxy. */
    readonly proxyHint: string
  }
  ERR_EVIDENCE_VERDICT: ProxySays & {
    readonly rule: 'consistent' | 'must-succeed'
  }
  ERR_EVIDENCE_CONFLICT: { readonly header: string }
  ERR_EVIDENCE_SOCKET_CLOSED: { readonly from: string }
  ERR_EVIDENCE_HOST_UNKNOWN: {
    /** As a name in normal form; null where the request names none. */
    readonly host: string | null
  }
  ERR_EVIDENCE_HOST_MALFORMED: { readonly where: HostPlace }
  ERR_EVIDENCE_HOST_CONFLICT: { readonly places: readonly HostPlace[] }
}

export type EvidenceFailure = FailureUnion<EvidenceEvidence>

const proxySays = ({ verdict, said }: ProxySays): string =>
  `the proxy says ${verdict}${said.length === 0 ? '' : ` (${said.join(', ')})`}`

export const EVIDENCE_FAILURES: FailureTable<EvidenceEvidence> = {
  ERR_EVIDENCE_NO_CERTIFICATE: {
    fault: 'client',
    clause: 'mode required',
    meaning: 'The client presented no certificate, and the route requires one.',
    message: ({ from }) => `no certificate was presented (looked in ${from})`,
    hint: 'The client has to send a certificate; if it says that it does, the server (or the proxy in front) may not have asked for one.',
  },
  ERR_EVIDENCE_UNTRUSTED_PEER: {
    fault: 'proxy',
    clause: 'RFC 9440 section 4; CVE-2024-10039, CVE-2026-46579; option from.onlyFrom',
    meaning:
      'A request carries a certificate header and does not come from the proxy: whoever pastes a certificate into a header would be its owner.',
    message: ({ rule, peer, reason, headers }) =>
      `${headers.join(', ')} from ${peer ?? 'a peer without address'}, which onlyFrom.${rule} does not let pass: ${reason}`,
    hint: 'If the peer is your proxy, extend `from.onlyFrom`. If not, somebody is trying to be somebody else; nothing else is to be done.',
  },
  ERR_EVIDENCE_DUPLICATE_HEADER: {
    fault: 'proxy',
    clause: 'RFC 9440 2.2; CVE-2026-31838 (the wrong one of two was read)',
    meaning: 'A header that the proxy sends once is there several times.',
    message: ({ header, times }) => `${header} is there ${times} times`,
    hint: 'The proxy must overwrite the header (nginx proxy_set_header, HAProxy set-header), not add to it.',
  },
  ERR_EVIDENCE_LOOKALIKE_HEADER: {
    fault: 'proxy',
    clause: 'RFC 3875 4.1.18; measured: HAProxy, Apache and Caddy pass such names through; Traefik strips them',
    meaning:
      'A header differs from an asserted one only in characters that are no letters or digits, such as `_`, `.` and `-`, which some gateways and frameworks fold into one.',
    message: ({ header, resembles }) => `${header} resembles ${resembles}`,
    hint: 'Have the proxy drop such names; a client that sends one is trying to be somebody else.',
  },
  ERR_EVIDENCE_NO_LINE: {
    fault: 'server',
    clause: 'RFC 9440 2.2: whether a header came once is seen in the lines alone',
    meaning:
      'A header is in `headers` and in no line of `rawHeaders`, so Node did not read it from the connection, and nobody can say how often it came, and from where.',
    message: ({ header }) => `${header} is in request.headers and not in request.rawHeaders`,
    hint: 'Something made or changed the request on its way here. An adapter for a serverless platform has to fill `rawHeaders` as Node does, names and values by turns, a line for each.',
  },
  ERR_EVIDENCE_HOP_BY_HOP: {
    fault: 'client',
    clause: 'RFC 9110 7.6.1; CVE-2024-45410; measured with Apache, white space and semicolons between names included',
    meaning: 'The Connection header names an evidence header, which makes a proxy delete its own.',
    message: ({ header }) => `Connection names ${header}`,
    hint: 'A client is trying to delete what the proxy says about it. Have the proxy ignore such names.',
  },
  ERR_EVIDENCE_TOO_MANY_HEADERS: {
    fault: 'client',
    clause: 'measured: Node keeps about 1,000 header lines and drops the rest without a word',
    meaning:
      'The request has so many header lines that Node may have dropped the last ones, the verdict or a second certificate among them.',
    message: ({ lines, limit }) => `${lines} header lines, at most ${limit} are taken for all there were`,
    hint: 'No honest client sends so many. `server.maxHeadersCount` lowers the limit and never raises it.',
  },
  ERR_EVIDENCE_CONTRADICTION: {
    fault: 'proxy',
    clause: 'option from.onProxyVerdict',
    meaning:
      'The verdict of the proxy does not fit the certificate: one of the two did not come from it, or it is configured by half.',
    message: ({ verdict, said, presence, certificateHeader }) =>
      `${proxySays({ verdict, said })}, and the certificate is ${presence} (${certificateHeader})`,
    hint: 'Have the proxy set the certificate and its verdict in one place, for every request, over whatever a client sends. The line `proxy:` (`proxyHint` of the failure) says what that takes.',
  },
  ERR_EVIDENCE_VERDICT: {
    fault: 'client',
    clause: 'option from.onProxyVerdict',
    meaning:
      'The proxy refused the certificate for a reason that is not judged again here, or did not confirm it though it must.',
    message: ({ verdict, said, rule }) => `${proxySays({ verdict, said })}, which onProxyVerdict '${rule}' refuses`,
    hint: 'Look into the log of the proxy for this certificate. Revocation that only the proxy sees is respected.',
  },
  ERR_EVIDENCE_CONFLICT: {
    fault: 'proxy',
    clause: 'CVE-2026-35616 (a header was preferred to TLS)',
    meaning: 'The connection has a client certificate of its own, and a header asserts one too.',
    message: ({ header }) => `the TLS connection has a client certificate, and ${header} asserts one`,
    hint: "If the connection's certificate is the proxy's, say so with from.onlyFrom.certificate.",
  },
  ERR_EVIDENCE_SOCKET_CLOSED: {
    fault: 'client',
    clause: 'Node: the peer certificate is gone once the socket is destroyed, and `authorized` is not',
    meaning: 'The connection ended before the client certificate was read, so nobody can say who it was.',
    message: ({ from }) => `the connection ended before its certificate was read (${from})`,
    hint: 'Nothing to be done: the client went away.',
  },
  ERR_EVIDENCE_HOST_UNKNOWN: {
    // Nobody else can add the entry. A stranger can bring it about by any name: nothing to be woken for.
    fault: 'server',
    clause:
      'option hosts; CVE-2026-48491, CVE-2025-66614 (a host that no entry matched was served without client certificates)',
    meaning:
      'The request is for a host that `hosts` does not name, or for none, so that nobody has said whom to trust for it.',
    message: ({ host }) => (host === null ? 'the request names no host' : `no entry of hosts is for ${host}`),
    hint: "Add the name to `hosts`, or an entry '*' for all others. If the name is not yours, somebody is trying names.",
  },
  ERR_EVIDENCE_HOST_MALFORMED: {
    fault: 'client',
    clause: 'RFC 9112 3.2, RFC 9110 7.2',
    meaning: 'The request names its host in a way that is neither a name in A-labels nor an address.',
    message: ({ where }) => `${where} holds no name of a host`,
    hint: 'No honest client sends such a name.',
  },
  ERR_EVIDENCE_HOST_CONFLICT: {
    fault: 'client',
    clause: 'RFC 9112 3.2 to 3.2.3, RFC 9113 8.3.1, RFC 3986 4.2',
    meaning:
      'The request names two hosts, or one in two lines: whoever reads the other one would serve it under the trust of this one.',
    message: ({ places }) => {
      const names = new Set(places)
      const twice = places.find((place, index) => places.indexOf(place) !== index)
      if (twice === undefined) return `${[...names].join(' and ')} do not name one host`
      const times = places.filter((place) => place === twice).length
      return `${twice} is there ${times === 2 ? 'twice' : `${times} times`}`
    },
    hint: 'No honest client sends such a request. If a proxy in front rewrites Host, have it rewrite the request target and :authority too.',
  },
}

export const evidenceFailure = failureMaker('evidence', EVIDENCE_FAILURES)
