import type { ClientCertError, Decision, Route } from '@clientcert/core'
import type { ClientCertRequest } from './augmentation.ts'
import type { Scope } from './scope.ts'

/** Undefined for a client that may come in. A refusal, or an error of this server's own, which closes as well. */
export type Objection = ClientCertError | InternalError | undefined

/**
 * Decides about a request, notes the decision on it, and returns what is to be thrown. At once where the client is remembered; a promise, which
 * never rejects, where something has to be verified first.
 */
export function decide(request: ClientCertRequest, scope: Scope): Objection | Promise<Objection> {
  const { authenticator } = scope
  try {
    const route = routeOf(request, scope)
    const logger = scope.loggerOf(request)
    const known = authenticator.remembered(request.raw, route, logger)
    if (known) return settle(request, known, scope, route)
    return authenticator
      .authenticate(request.raw, route, logger)
      .then((decision) => settle(request, decision, scope, route))
      .catch(internalError)
  } catch (error) {
    return internalError(error)
  }
}

/** Finds the route of a request. @throws {ConfigurationError} Where one older than the plugin says something wrong. */
export const routeOf = (request: ClientCertRequest, scope: Scope): Route => scope.routeOf(request.routeOptions)

/** Notes what is decided, or null for nothing yet. Always both properties: routes older than the plugin have neither. */
export function note(request: ClientCertRequest, decision: Decision | null): void {
  request.clientCertDecision = decision
  request.clientCert = decision?.outcome === 'accepted' ? decision.identity : null
}

function settle(request: ClientCertRequest, decision: Decision, { authenticator }: Scope, route: Route): Objection {
  note(request, decision)
  return decision.outcome === 'rejected' ? authenticator.refusal(decision, route, request.raw) : undefined
}

type InternalError = Error & { readonly statusCode: 500 }

/** A mistake that only a request brings to light: its words are in the cause, for the log, and not in the answer. */
export const internalError = (cause: unknown): InternalError =>
  Object.assign(new Error('Internal Server Error', { cause }), { statusCode: 500 } as const)
