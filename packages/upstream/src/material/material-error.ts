import type { Reason, ReasonBase } from '@clientcert/core'
import { MATERIAL_FAILURES, type MaterialCode, type MaterialEvidence } from './material-failures.ts'

interface MaterialReasonBase extends ReasonBase {
  /** For people: what was found, without the hint. */
  readonly message: string
}

/** The union over `code` of all reasons for which material is not taken, each with its evidence. It holds no PEM, no key and no passphrase. */
export type MaterialFailure = Reason<MaterialEvidence, MaterialReasonBase>

/**
 * Why material was not taken, or will soon be of no use. The last good stays.
 *
 * It is the `cause` of the `SourceError` on the channel `clientcert:source`, and of the `ConfigurationError` at the start.
 */
export class MaterialError extends Error {
  override readonly name = 'MaterialError'
  readonly code: MaterialCode
  /** The evidence, by `code`. */
  readonly failure: MaterialFailure

  constructor(failure: MaterialFailure, cause?: unknown) {
    super(`${failure.message}. ${failure.hint}`, cause === undefined ? undefined : { cause })
    this.code = failure.code
    this.failure = failure
  }
}

/** Makes the error of a code from its evidence. */
export function materialError<Code extends MaterialCode>(
  code: Code,
  evidence: MaterialEvidence[Code],
  cause?: unknown,
): MaterialError {
  const { clause, hint, message } = MATERIAL_FAILURES[code]
  // The table ties the evidence to the code, which a spread cannot carry.
  const failure = Object.freeze({ ...evidence, code, clause, message: message(evidence), hint }) as MaterialFailure
  return new MaterialError(failure, cause)
}

/** What somebody threw, for a message. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
