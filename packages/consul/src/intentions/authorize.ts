/** Intentions: may this client connect to that service? Asked after its certificate was verified, never instead. */
import { type ClientIdentity, escapeHostile, isClientIdentity, readObject, readString } from '@clientcert/core'
import type { ConsulAgentClient } from '../agent/agent.ts'
import { readFields, readYesOrNo } from '../agent/fields.ts'
import { ConsulError, consulError } from '../consul-error.ts'

/** A connection that is to be authorized. */
export interface AuthorizeRequest {
  /** The service that the client wants. Default: the own one. */
  readonly target?: string
  /** The one URI of the client's verified certificate. */
  readonly clientCertUri: string
  /** Its serial number as Consul writes it, such as `04:00:5a`; see {@link serialOf}. */
  readonly clientCertSerial: string
}

/** What Consul says. Closed: `authorized` is true only where Consul said so. */
export interface Authorization {
  readonly authorized: boolean
  /** Consul's, or why it was not asked. For logs. */
  readonly reason: string
  /** Why there is no answer; null where there is one. */
  readonly error: ConsulError | null
}

const PATH = '/v1/agent/connect/authorize'
const MAX_REASON = 256

/**
 * Creates what asks for intentions. Each call is a request: Consul answers from the agent's memory, and documents no time for which an answer may be kept.
 *
 * Intentions with permissions (layer 7) count as denials there, says Consul.
 */
export function createAuthorize(
  agent: ConsulAgentClient,
  {
    service,
    query,
    timeoutMs,
  }: { readonly service: string; readonly query: URLSearchParams; readonly timeoutMs: number },
  signal: AbortSignal,
): (request: AuthorizeRequest | ClientIdentity) => Promise<Authorization> {
  const ask = async ({
    target,
    clientCertUri,
    clientCertSerial,
  }: Required<AuthorizeRequest>): Promise<Authorization> => {
    const body = JSON.stringify({ Target: target, ClientCertURI: clientCertUri, ClientCertSerial: clientCertSerial })
    const { json, refuse } = await agent.ask(
      { method: 'POST', path: PATH, query, body, timeoutMs, holds: 'process' },
      signal,
    )
    const answer = readFields(json, '', refuse)
    const reason = Object.hasOwn(answer, 'Reason') ? answer['Reason'] : ''
    if (typeof reason !== 'string') throw refuse('Reason is no text')
    return {
      authorized: readYesOrNo(answer, 'Authorized', refuse),
      reason: escapeHostile(reason, MAX_REASON),
      error: null,
    }
  }
  return async (request) => {
    const asked = isClientIdentity(request) ? requestOf(request, service) : readRequest(request, service)
    if ('code' in asked) return refused(asked)
    try {
      return await ask(asked)
    } catch (error) {
      if (signal.aborted) return refused(consulError('ERR_CONSUL_CLOSED', { service }))
      if (error instanceof ConsulError) return refused(error)
      throw error
    }
  }
}

const refused = (error: ConsulError): Authorization => ({ authorized: false, reason: error.message, error })

function readRequest(request: unknown, service: string): Required<AuthorizeRequest> {
  const given = readObject(request, 'request', ['target', 'clientCertUri', 'clientCertSerial'])
  return {
    target: 'target' in given ? readString(given.target, 'request.target') : service,
    clientCertUri: readString(given.clientCertUri, 'request.clientCertUri'),
    clientCertSerial: readString(given.clientCertSerial, 'request.clientCertSerial'),
  }
}

/** With two URIs it would depend on the reader who it is (X509-SVID 2). */
function requestOf(
  { subjectAltNames: { uri }, serialNumber }: ClientIdentity,
  target: string,
): Required<AuthorizeRequest> | ConsulError {
  const [clientCertUri, ...others] = uri
  if (clientCertUri === undefined || others.length > 0) {
    return consulError('ERR_CONSUL_CLIENT', { problem: `its certificate has ${uri.length} URIs, and should have one` })
  }
  return { target, clientCertUri, clientCertSerial: serialOf(serialNumber) }
}

/**
 * Writes a serial number as Consul does: octets in hexadecimal with colons, without the zero that DER puts before a number whose first bit is set.
 *
 * @param hexadecimal - As of `ClientIdentity.serialNumber`.
 */
export function serialOf(hexadecimal: string): string {
  const octets = hexadecimal.toLowerCase().match(/../g) ?? []
  const first = octets.findIndex((octet) => octet !== '00')
  return (first === -1 ? ['00'] : octets.slice(first)).join(':')
}
