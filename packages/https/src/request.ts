import type { IncomingMessage } from 'node:http'
import { type ClientIdentity, type Decision, isClientIdentity, type NodeRequest } from '@clientcert/core'

/** What a guard notes on a request before anybody else sees it. */
export interface Decided {
  /** Who the client is, proven; null without a certificate, with a bad one, and where the mode is `off`. */
  readonly clientCert: ClientIdentity | null
  /** How that came about. An unverified certificate is here, in `presented`. */
  readonly clientCertDecision: Decision
}

/** A request that came past a guard. */
export type ClientCertRequest<Request extends NodeRequest = IncomingMessage> = Request & Decided

/**
 * Reads `request.clientCert` where the types do not know of it: in listeners for `upgrade`, in a WebSocket's `connection`.
 *
 * @returns Who the client is, proven; null for nobody, also for a request that no guard has seen.
 */
export function clientCertOf(request: NodeRequest | ClientCertRequest<NodeRequest>): ClientIdentity | null {
  return 'clientCert' in request && isClientIdentity(request.clientCert) ? request.clientCert : null
}
