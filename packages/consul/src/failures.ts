/** Everything that can go wrong between a service and its agent, in one table. */
import type { ReasonTable } from '@clientcert/core'

interface Asked {
  /** Where the agent is, such as `http://127.0.0.1:8500`. */
  readonly agent: string
  /** Of the request, without its query. */
  readonly path: string
}

export interface ConsulEvidence {
  ERR_CONSUL_UNREACHABLE: Asked & { readonly reason: string }
  ERR_CONSUL_TIMEOUT: Asked & { readonly timeoutMs: number }
  ERR_CONSUL_FORBIDDEN: Asked & { readonly says: string }
  ERR_CONSUL_STATUS: Asked & { readonly status: number; readonly says: string }
  ERR_CONSUL_TOO_LARGE: Asked & { readonly maxBytes: number }
  ERR_CONSUL_ANSWER: Asked & { readonly problem: string }
  ERR_CONSUL_TOKEN: { readonly file: string; readonly problem: string }
  ERR_CONSUL_ROOTS: { readonly problem: string }
  ERR_CONSUL_LEAF: { readonly service: string; readonly problem: string }
  ERR_CONSUL_LEAF_HELD: { readonly service: string; readonly roots: number; readonly reason: string }
  ERR_CONSUL_CLIENT: { readonly problem: string }
  ERR_CONSUL_CLOSED: { readonly service: string }
}

export type ConsulCode = keyof ConsulEvidence

const said = (says: string): string => (says === '' ? '' : `: ${says}`)

/** Every code of this package. */
export const CONSUL_FAILURES: ReasonTable<ConsulEvidence> = {
  ERR_CONSUL_UNREACHABLE: {
    clause: 'agent/connect',
    meaning: 'The agent could not be connected to, or the connection ended within an answer.',
    message: ({ agent, path, reason }) => `Consul's agent at ${agent} did not answer ${path}: ${reason}`,
    hint: 'Look whether the agent runs there, and whether it speaks http or https on that port.',
  },
  ERR_CONSUL_TIMEOUT: {
    clause: 'features/blocking',
    meaning: 'The agent did not answer in the time that it was asked to wait, its jitter, and some more: it hangs.',
    message: ({ agent, path, timeoutMs }) => `Consul's agent at ${agent} did not answer ${path} within ${timeoutMs} ms`,
    hint: 'Look at the agent: it took the request. Where it is only slow, raise `requestTimeoutMs`.',
  },
  ERR_CONSUL_FORBIDDEN: {
    clause: 'agent/connect: service:write',
    meaning: 'The token may not do this, or there is none and the agent demands one (403).',
    message: ({ agent, path, says }) => `Consul's agent at ${agent} refuses ${path} (403)${said(says)}`,
    hint: 'Give a `token` or `tokenFile` whose policy has `service "NAME" { policy = "write" }`. Tokens expire, and a file is read again for each request.',
  },
  ERR_CONSUL_STATUS: {
    clause: 'agent/connect',
    meaning:
      'The agent answered with another status than 200. Redirects are not followed: they would carry the token away.',
    message: ({ agent, path, status, says }) =>
      `Consul's agent at ${agent} answered ${path} with ${status}${said(says)}`,
    hint: '500 is an agent without its servers, or Connect that is not enabled; 404 is no Consul, or another path in front of it; 400 a namespace or partition that the community edition has not.',
  },
  ERR_CONSUL_TOO_LARGE: {
    clause: 'closed unless configured',
    meaning: 'The answer has more octets than are read.',
    message: ({ agent, path, maxBytes }) => `the answer of ${agent} to ${path} has more than ${maxBytes} bytes`,
    hint: 'Look whether it is Consul that answers there.',
  },
  ERR_CONSUL_ANSWER: {
    clause: 'agent/connect',
    meaning:
      'The answer is not of the documented form: no JSON, a field that is missing or of another type, or no index.',
    message: ({ agent, path, problem }) => `the answer of ${agent} to ${path} is not Consul's: ${problem}`,
    hint: 'Look whether it is an agent of Consul that answers there, and not something in front of it.',
  },
  ERR_CONSUL_TOKEN: {
    clause: '`tokenFile`',
    meaning: 'The file of the token cannot be read, or holds no token. Nothing was asked without it.',
    message: ({ file, problem }) => `the token file ${file} ${problem}`,
    hint: 'It holds the token alone, and this process may read it.',
  },
  ERR_CONSUL_ROOTS: {
    clause: 'RFC 5280 6.1.1 d',
    meaning: 'The roots that the agent gave cannot all be used. A part of them is never used.',
    message: ({ problem }) => `the roots of Consul Connect cannot be used: ${problem}`,
    hint: 'Look at `consul connect ca get-config` and at /v1/agent/connect/ca/roots.',
  },
  ERR_CONSUL_LEAF: {
    clause: 'X509-SVID 2',
    meaning: 'The certificate that the agent gave is not one of this service with its key.',
    message: ({ service, problem }) => `the certificate that Consul gave for ${service} cannot be used: ${problem}`,
    hint: 'Look at /v1/agent/connect/ca/leaf/ with the name of the service.',
  },
  ERR_CONSUL_LEAF_HELD: {
    clause: 'RFC 5280 6.1',
    meaning:
      'The certificate that the agent gave does not verify against the roots that it gave; it is held back until it does.',
    message: ({ service, roots, reason }) =>
      `the certificate that Consul gave for ${service} is held back: it does not verify against its ${roots} roots (${reason})`,
    hint: 'During a rotation of the root this is over in moments. Where it stays, look at the clock, and whether the agent renews: an agent without its servers hands out an expired one.',
  },
  ERR_CONSUL_CLIENT: {
    clause: 'agent/connect: authorize',
    meaning: 'The client has no identity that Consul could know: its certificate has no URI, or several.',
    message: ({ problem }) => `the client is nobody in Consul: ${problem}`,
    hint: 'Intentions are between services of Connect, whose certificates have one SPIFFE id.',
  },
  ERR_CONSUL_CLOSED: {
    clause: '`close()`',
    meaning: 'The connection to Consul was closed by the application.',
    message: ({ service }) => `what follows Consul for ${service} is closed`,
    hint: 'Close it after the last use.',
  },
}
