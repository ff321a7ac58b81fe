import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

export interface HeadersEvidence {
  ERR_HEADERS_CERTIFICATE_COUNT: { readonly proxy: string; readonly present: number; readonly expected: number }
  /** `offset` counts characters, or octets of DER; the text itself is never repeated. */
  ERR_HEADERS_SYNTAX: {
    readonly proxy: string
    readonly what: string
    readonly offset: number
    readonly reason: string
  }
  ERR_HEADERS_MISMATCH: { readonly proxy: string; readonly one: string; readonly other: string }
  ERR_HEADERS_HOPS: { readonly header: string; readonly present: number; readonly trustedHops: number }
  ERR_HEADERS_VERDICT: { readonly proxy: string; readonly header: string }
}

export type HeadersFailure = FailureUnion<HeadersEvidence>

export const HEADERS_FAILURES: FailureTable<HeadersEvidence> = {
  ERR_HEADERS_CERTIFICATE_COUNT: {
    fault: 'proxy',
    clause: 'nginx $ssl_client_escaped_cert: the client certificate alone; RFC 9440 2.2: one item, no list',
    meaning: 'The certificate header holds more certificates than this proxy ever sends, or none.',
    message: ({ proxy, present, expected }) =>
      `${proxy} sends ${expected} certificate in its header, ${present} are there`,
    hint: 'Something between the proxy and this application rewrote the header, or `from.proxy` names the wrong proxy.',
  },
  ERR_HEADERS_SYNTAX: {
    fault: 'proxy',
    clause: 'RFC 9440 2.1 and RFC 9651 3.1, or the grammar on the page of the vendor',
    meaning: 'The text is not of the grammar in which this proxy writes its header.',
    message: ({ proxy, what, offset, reason }) => `${what} is not as ${proxy} writes it, at ${offset}: ${reason}`,
    hint: "Compare the proxy's configuration with its page in docs/deploy, and `from.proxy` with the proxy that is there.",
  },
  ERR_HEADERS_MISMATCH: {
    fault: 'proxy',
    clause: 'client-certificate-auth #229 (a second field was smuggled in by a name); CVE-2026-35616',
    meaning: 'Two parts of what the proxy says are about different certificates.',
    message: ({ proxy, one, other }) => `${one} and ${other} of ${proxy} are not of the same certificate`,
    hint: 'One of the two did not come from the proxy. Have it overwrite every header that it may send, in every place.',
  },
  ERR_HEADERS_HOPS: {
    fault: 'proxy',
    clause: 'option from.trustedHops; Envoy forward_client_cert_details APPEND_FORWARD',
    meaning: 'The header does not have as many elements as there are trusted proxies.',
    message: ({ header, present, trustedHops }) =>
      `${header} has ${present} elements, and ${trustedHops} trusted proxies would have written ${trustedHops}`,
    hint: 'Have the outermost proxy replace the header (SANITIZE_SET), and set `from.trustedHops` to the number of proxies that add to it.',
  },
  ERR_HEADERS_VERDICT: {
    fault: 'proxy',
    clause: 'nginx $ssl_client_verify: NONE, SUCCESS or FAILED:reason; the page of the vendor for others',
    meaning: 'The header with the verdict of the proxy holds none of the words that this proxy uses.',
    message: ({ proxy, header }) => `${header} holds no verdict that ${proxy} writes`,
    hint: 'Set the verdict header from the variable of the proxy (nginx: $ssl_client_verify) and nothing else.',
  },
}

export const headersFailure = failureMaker('headers', HEADERS_FAILURES)
