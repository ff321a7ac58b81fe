import type { Reason } from '@clientcert/core'
import { UPSTREAM_FAILURES, type UpstreamCode, type UpstreamEvidence } from './failures.ts'

/** The union over `code` of all failures of this package, each with its evidence. */
export type UpstreamFailure = Reason<UpstreamEvidence>

/**
 * A connection that was not made, or was ended, by our own decision: nothing of a request has been sent to a server that was refused.
 *
 * With `fetch` it is the `cause` of the `TypeError`; with `https.request` the `error` event has it. Its message names the server, what was expected, and what was
 * found, for the log.
 */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly code: UpstreamCode
  /** The evidence, by `code`. */
  readonly failure: UpstreamFailure

  constructor(failure: UpstreamFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = failure.code
    this.failure = failure
  }
}

/** Makes the error of a code from its evidence. */
export function upstreamError<Code extends UpstreamCode>(
  code: Code,
  evidence: UpstreamEvidence[Code],
  cause?: unknown,
): UpstreamError {
  const { clause, hint, message } = UPSTREAM_FAILURES[code]
  // The table ties the evidence to the code, which a spread cannot carry.
  const failure = Object.freeze({ ...evidence, code, clause, hint }) as UpstreamFailure
  const found = message(evidence)
  // One that ends with what somebody else says, hint and all, has its full stop already.
  return new UpstreamError(failure, `${found}${found.endsWith('.') ? '' : '.'} ${hint}`, cause)
}
