import { type ClientIdentity, ConfigurationError, isClientIdentity, type Rejected } from '@clientcert/core'
import type { ClientCertRequest } from './augmentation.ts'
import { internalError, routeOf } from './decide.ts'
import { type Scope, scopeOf } from './scope.ts'

/** A request whose client is proven, to TypeScript as well. */
export type WithClientCert<Request> = Request & { readonly clientCert: ClientIdentity }

/**
 * Asserts that the client of a request is verified: for handlers under `optional`, and for TypeScript under `required`.
 *
 * Does not verify anything: what the route decided is what counts.
 *
 * @throws {ClientCertError} The refusal that `required` would have been, in the words of the route.
 * @throws {Error} With status 500 where nobody has decided: under `off`, or under `manual` before `verifyClientCert`.
 */
export function assertClientCert<Request extends ClientCertRequest>(
  request: Request,
): asserts request is WithClientCert<Request> {
  if (isClientIdentity(request.clientCert)) return
  const scope = scopeOf(request.server)
  const rejected = scope && rejectionOf(request, scope)
  if (rejected) throw scope.authenticator.refusal(rejected, routeOf(request, scope), request.raw)
  const fix = "Give the route a mode other than 'off'; under 'manual', call verifyClientCert first."
  throw internalError(
    new ConfigurationError('ERR_CONFIG_VALUE', 'assertClientCert', 'is called where nobody decided', fix),
  )
}

function rejectionOf(request: ClientCertRequest, { authenticator, loggerOf }: Scope): Rejected | undefined {
  const decision = request.clientCertDecision
  if (decision?.outcome === 'rejected') return decision
  if (decision?.outcome === 'unverified') {
    const { failure, presented, host } = decision
    return { outcome: 'rejected', reason: 'rejected', failure, presented, identity: null, ...(host && { host }) }
  }
  if (decision?.outcome !== 'anonymous') return undefined
  // Asked once more as a route that requires a certificate, so that the log has the reason of this refusal, too.
  const strict = authenticator.remembered(request.raw, authenticator.route('required'), loggerOf(request))
  return strict?.outcome === 'rejected' ? strict : undefined
}
