import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

export interface HeadersEvidence {
  ERR_HEADERS_CERTIFICATE_COUNT: { readonly proxy: string; readonly present: number; readonly expected: number }
  ERR_HEADERS_VERDICT: { readonly proxy: string; readonly header: string }
}

export type HeadersFailure = FailureUnion<HeadersEvidence>

export const HEADERS_FAILURES: FailureTable<HeadersEvidence> = {
  ERR_HEADERS_CERTIFICATE_COUNT: {
    fault: 'proxy',
    clause: 'nginx $ssl_client_escaped_cert: the client certificate alone',
    meaning: 'The certificate header holds more certificates than this proxy ever sends.',
    message: ({ proxy, present, expected }) =>
      `${proxy} sends ${expected} certificate in its header, ${present} are there`,
    hint: 'Something between the proxy and this application rewrote the header, or `from.proxy` names the wrong proxy.',
  },
  ERR_HEADERS_VERDICT: {
    fault: 'proxy',
    clause: 'nginx $ssl_client_verify: NONE, SUCCESS or FAILED:reason',
    meaning: 'The header with the verdict of the proxy holds none of the words that this proxy uses.',
    message: ({ proxy, header }) => `${header} holds no verdict that ${proxy} writes`,
    hint: 'Set the verdict header from $ssl_client_verify and nothing else.',
  },
}

export const headersFailure = failureMaker('headers', HEADERS_FAILURES)
