import { type DerCursor, enter, finish, TAG } from '../encoding/der.ts'
import type { Reading } from './malformed.ts'

/** What is signed, as certificates, CRLs and OCSP responses have it: a SEQUENCE of the signed part, the algorithm and the signature. */
export interface SignedCursor {
  /** Behind the signed part. */
  readonly rest: DerCursor
  /** Within the signed part. */
  readonly tbs: DerCursor
  /** The signed part, whole. */
  readonly octets: Uint8Array
}

/**
 * Enters what is signed (RFC 5280 4.1.1, 5.1.1, RFC 6960 4.2.1).
 *
 * @param outer - Holds this and nothing else.
 * @param tbsName - The standard's name for the signed part.
 */
export function enterSigned(outer: DerCursor, at: Reading, tbsName: string): SignedCursor {
  const rest = enter(outer, TAG.sequence)
  finish(outer)
  at.field = tbsName
  const start = rest.position
  const tbs = enter(rest, TAG.sequence)
  return { rest, tbs, octets: rest.bytes.subarray(start, rest.position) }
}
