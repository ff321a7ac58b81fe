import type { IncomingMessage } from 'node:http'
import {
  type Authenticator,
  type ClientIdentity,
  ConfigurationError,
  isClientIdentity,
  type Rejected,
} from '@clientcert/core'
import { judgeOf, loggerOf } from './decide.ts'
import type { GuardedRequest } from './middleware.ts'

/** A request whose client is proven, to TypeScript as well. */
export type WithClientCert<Request> = Request & { readonly clientCert: ClientIdentity }

/**
 * Asserts that the client of a request is verified: for handlers under `optional`, and for TypeScript under `required`.
 *
 * Does not verify anything: what was decided is what counts. Express 4 does not catch what an `async` handler throws, and the process ends; there,
 * call it before the first `await` of a handler that is not `async`, or put `guard.route('required')` before the handler instead.
 *
 * @throws {ClientCertError} The refusal that `required` would have been.
 * @throws {ConfigurationError} `ERR_CONFIG_MISSING` where nobody has decided: no middleware stands before the handler, or its mode is `off`.
 */
export function assertClientCert<Request extends IncomingMessage>(
  request: Request,
): asserts request is WithClientCert<Request> {
  const guarded: GuardedRequest = request
  if (isClientIdentity(guarded.clientCert)) return
  const judge = judgeOf(request)
  const rejected = judge && rejectionOf(guarded, judge.authenticator)
  if (rejected) throw judge.authenticator.refusal(rejected, judge.route, request)
  const fix = "Put clientCert() or its route() before the handler, with a mode other than 'off'."
  throw new ConfigurationError('ERR_CONFIG_MISSING', 'assertClientCert', 'is called where nobody decided', fix)
}

function rejectionOf(request: GuardedRequest, authenticator: Authenticator): Rejected | undefined {
  const decision = request.clientCertDecision
  if (decision?.outcome === 'rejected') return decision
  if (decision?.outcome === 'unverified') {
    const { failure, presented, host } = decision
    return { outcome: 'rejected', reason: 'rejected', failure, presented, identity: null, ...(host && { host }) }
  }
  if (decision?.outcome !== 'anonymous') return undefined
  // Asked once more as a route that requires a certificate, so that the log has the reason of this refusal, too.
  const strict = authenticator.remembered(request, authenticator.route('required'), loggerOf(request))
  return strict?.outcome === 'rejected' ? strict : undefined
}
