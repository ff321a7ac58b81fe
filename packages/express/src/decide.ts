import type { Authenticator, Decision, Logger, Route } from '@clientcert/core'
import type { GuardedRequest } from './middleware.ts'

/** Who decides, by which of its routes. */
export interface Judge {
  readonly authenticator: Authenticator
  readonly route: Route
  /** Finds what is wrong with the server that the request came to; undefined where nothing is. */
  readonly problemOf: (request: GuardedRequest) => Error | undefined
}

/** Undefined for a client that may come in. A refusal, or a mistake of the application's own, which closes as well. */
export type Objection = Error | undefined

/** Private, so that only this file writes it. On the request, where it costs nothing: an entry of a WeakMap takes 0.5 us, mostly to collect it. */
const JUDGE = Symbol('clientcert.judge')

type Judged = { [JUDGE]?: Judge }

/** The judge that decided about a request last. */
export const judgeOf = (request: object): Judge | undefined => (request as Judged)[JUDGE]

/**
 * Decides about a request, notes the decision on it, and returns what is to be passed to Express. At once where the client is remembered; a promise,
 * which never rejects, where something has to be verified first.
 */
export function decide(request: GuardedRequest & Judged, judge: Judge): Objection | Promise<Objection> {
  const { authenticator, route, problemOf } = judge
  request[JUDGE] = judge
  // First, so that error handlers see neither what a proxy asserts nor what an earlier middleware found.
  note(request, null)
  authenticator.strip(request)
  try {
    const problem = route.options.mode === 'off' ? undefined : problemOf(request)
    if (problem) return problem
    const logger = loggerOf(request)
    const known = authenticator.remembered(request, route, logger)
    if (known) return settle(request, known, judge)
    return authenticator
      .authenticate(request, route, logger)
      .then((decision) => settle(request, decision, judge))
      .catch(errorFrom)
  } catch (error) {
    return errorFrom(error)
  }
}

function settle(request: GuardedRequest, decision: Decision, { authenticator, route }: Judge): Objection {
  note(request, decision)
  return decision.outcome === 'rejected' ? authenticator.refusal(decision, route, request) : undefined
}

/** Always both, so that nothing that an earlier middleware found outlives a later one's refusal. */
function note(request: GuardedRequest, decision: Decision | null): void {
  request.clientCertDecision = decision
  request.clientCert = decision?.outcome === 'accepted' ? decision.identity : null
}

/** A function of the application's own may throw anything, and Express reads `undefined` as a way in and `'route'` as the way to the next one. */
const errorFrom = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error('Internal Server Error', { cause: thrown })

/** The logger that pino-http and its like put on requests, so that the reason stands beside the request's own lines. */
export function loggerOf(request: object): Logger | undefined {
  const log: unknown = 'log' in request ? request.log : undefined
  return isLogger(log) ? log : undefined
}

const isLogger = (value: unknown): value is Logger =>
  typeof value === 'object' &&
  value !== null &&
  'info' in value &&
  typeof value.info === 'function' &&
  'warn' in value &&
  typeof value.warn === 'function'
