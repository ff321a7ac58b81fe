import { checkElement, type DerCursor, enter, finish, isAtEnd } from '../encoding/der.ts'
import { readOid } from '../encoding/oid.ts'

/** RFC 5280 4.1.1.2. `parameters` is the DER of the parameters element, null where it is absent (absent is not NULL). */
export interface AlgorithmIdentifier {
  readonly oid: string
  readonly parameters: Uint8Array | null
}

export function readAlgorithmIdentifier(cursor: DerCursor): AlgorithmIdentifier {
  const inner = enter(cursor, 0x30)
  const oid = readOid(inner)
  if (isAtEnd(inner)) return { oid, parameters: null }
  const start = inner.position
  checkElement(inner)
  finish(inner)
  return { oid, parameters: inner.bytes.subarray(start, inner.end) }
}
