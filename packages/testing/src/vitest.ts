/**
 * Matchers for decisions, which print the explanation when they do not match.
 *
 * Import this module once, in a test or among `setupFiles`: that teaches `expect`.
 *
 * @example
 * import '@clientcert/testing/vitest'
 *
 * expect(await authenticator.authenticate(request)).toBeRejectedWith('ERR_PATH_EXPIRED')
 */

import { type Decision, explain } from '@clientcert/core'
import { expect } from 'vitest'

/** The codes of those decisions that have a failure. */
type FailureCode<Outcome extends Decision['outcome']> =
  Extract<Decision, { outcome: Outcome }> extends { failure: { code: infer Code } } ? Code : never

/** What `expect(decision)` has besides, once this module is imported. */
export interface DecisionMatchers {
  /** The certificate is verified, and the route's rules let the client in. */
  toBeAccepted: () => void
  /** The client is refused, for this reason. */
  toBeRejectedWith: (code: FailureCode<'rejected'>) => void
  /** The certificate is passed on without being verified, for this reason or any. */
  toBeUnverified: (code?: FailureCode<'unverified'>) => void
  /** There was no certificate, and none was needed. */
  toBeAnonymous: () => void
}

declare module 'vitest' {
  // A declaration merges only with the type parameters of the original, used or not.
  interface Matchers<T> extends DecisionMatchers {}
}

type MatcherResult = Readonly<{ pass: boolean; message: () => string }>

expect.extend({
  toBeAccepted: (received: unknown) => compare(received, 'accepted'),
  toBeRejectedWith: (received: unknown, code: string) => compare(received, 'rejected', code),
  toBeUnverified: (received: unknown, code?: string) => compare(received, 'unverified', code),
  toBeAnonymous: (received: unknown) => compare(received, 'anonymous'),
})

function compare(received: unknown, outcome: Decision['outcome'], code?: string): MatcherResult {
  if (!isDecision(received)) {
    return {
      pass: false,
      message: () => `expected a decision of @clientcert/core, got ${typeof received}: was it awaited?`,
    }
  }
  const pass =
    received.outcome === outcome && (code === undefined || ('failure' in received && received.failure.code === code))
  const wanted = code === undefined ? outcome : `${outcome} with ${code}`
  return {
    pass,
    message: () =>
      [`expected the decision ${pass ? 'not ' : ''}to be ${wanted}, but it is`, ...explain(received)].join('\n  '),
  }
}

function isDecision(value: unknown): value is Decision {
  return typeof value === 'object' && value !== null && 'outcome' in value
}
