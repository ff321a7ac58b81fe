import { DerError } from '../../src/encoding/der.ts'
import type { FailureBase } from '../../src/failure.ts'
import type { Result } from '../../src/result.ts'

/** The value of a result that has to be one. */
export function unwrap<Value>(result: Result<Value, FailureBase>): Value {
  if (result.ok) return result.value
  throw new Error(`refused with ${result.failure.code}: ${result.failure.message}`)
}

/** The failure of a result that has to be one. */
export function failureOf<Failure extends FailureBase>(result: Result<unknown, Failure>): Failure {
  if (!result.ok) return result.failure
  throw new Error('accepted, where a refusal was expected')
}

/** What a reader of DER threw. Anything else that it throws fails the test. */
export function derErrorOf(read: () => unknown): DerError {
  try {
    read()
  } catch (error) {
    if (error instanceof DerError) return error
    throw error
  }
  throw new Error('read, where a refusal was expected')
}
