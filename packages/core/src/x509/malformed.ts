/** Reading what is no certificate, with the place at which it goes wrong. */
import { DerError } from '../encoding/der.ts'
import { ok, type Result, refused } from '../result.ts'

/** Where octets are not what they should be, and why. */
export interface Malformed {
  /** As the standard names it. */
  readonly field: string
  readonly offset: number
  readonly reason: string
}

/** The field that is being read; whoever reads keeps it current. */
export interface Reading {
  field: string
}

/**
 * Reads, and names the field at which the octets are malformed.
 *
 * @param whole - The name of what is read, for what goes wrong before its first field.
 */
export function readWhole<Value>(whole: string, read: (at: Reading) => Value): Result<Value, Malformed> {
  const at: Reading = { field: whole }
  try {
    return ok(read(at))
  } catch (error) {
    if (error instanceof DerError) return refused({ field: at.field, offset: error.offset, reason: error.reason })
    throw error
  }
}
