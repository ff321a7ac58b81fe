import type { Authenticator, Decision, NodeRequest, Route } from '@clientcert/core'
import { type Answer, answerOf, INTERNAL_ERROR } from './answer.ts'
import type { Report } from './report.ts'
import type { Decided } from './request.ts'

/**
 * Decides about a request, notes the decision on it, and calls `settled` with null for a client that may come in, else with the answer. At once where
 * the client is remembered; not at all where the connection is gone by then.
 */
export type Decide = (request: NodeRequest, settled: (answer: Answer | null) => void) => void

/**
 * @param report - Gets what the application's own functions throw: `responses`, `clock`, the logger.
 * @param watch - Told of every decision, for what outlasts the request. Default: nobody.
 */
export function createDecide(
  authenticator: Authenticator,
  route: Route,
  report: Report,
  watch: (request: NodeRequest, decision: Decision) => void = () => {},
): Decide {
  const settle = (request: NodeRequest, decision: Decision): Answer | null => {
    note(request, decision)
    watch(request, decision)
    return decision.outcome === 'rejected' ? answerOf(authenticator.refusal(decision, route, request)) : null
  }

  const broken = (error: unknown): Answer => {
    report(error)
    return INTERNAL_ERROR
  }

  const decideNow = (request: NodeRequest): Answer | null | undefined => {
    try {
      const known = authenticator.remembered(request, route)
      return known && settle(request, known)
    } catch (error) {
      return broken(error)
    }
  }

  return (request, settled) => {
    const now = decideNow(request)
    if (now !== undefined) return settled(now)
    const later = authenticator
      .authenticate(request, route)
      .then((decision) => settle(request, decision))
      .catch(broken)
    void later.then((answer) => {
      // Out of the promise: what a listener throws is an uncaught exception, as on a server without a guard.
      process.nextTick(() => {
        if (!request.socket.destroyed) settled(answer)
      })
    })
  }
}

function note(request: NodeRequest, decision: Decision): void {
  const clientCert = decision.outcome === 'accepted' ? decision.identity : null
  Object.assign<NodeRequest, Decided>(request, { clientCert, clientCertDecision: decision })
}
