import type { Reason } from '@clientcert/core'
import { CONSUL_FAILURES, type ConsulCode, type ConsulEvidence } from './failures.ts'

/** The union over `code` of all failures of this package, each with its evidence. */
export type ConsulFailure = Reason<ConsulEvidence>

/** Consul's agent did not give what was asked of it. What was loaded before stays; see `status()`. Never holds a token or a key. */
export class ConsulError extends Error {
  override readonly name = 'ConsulError'
  readonly code: ConsulCode
  /** The evidence, by `code`. */
  readonly failure: ConsulFailure

  constructor(failure: ConsulFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = failure.code
    this.failure = failure
  }
}

/** Makes the error of a code from its evidence. */
export function consulError<Code extends ConsulCode>(
  code: Code,
  evidence: ConsulEvidence[Code],
  cause?: unknown,
): ConsulError {
  const { clause, hint, message } = CONSUL_FAILURES[code]
  // The table ties the evidence to the code, which a spread cannot carry.
  const failure = Object.freeze({ ...evidence, code, clause, hint }) as ConsulFailure
  return new ConsulError(failure, `${message(evidence)}. ${hint}`, cause)
}
