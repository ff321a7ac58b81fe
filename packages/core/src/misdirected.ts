import type { Rejected } from './decision.ts'
import { UNANCHORED_CODES } from './path/rank.ts'

/**
 * Whether a client was refused for lack of a certificate that its connection was never asked for, so that it may do better on another one
 * (421, RFC 9110 15.5.20): the handshake named authorities of another host, and the client presented nothing, or what one of those issued.
 *
 * A handshake that named no authority asked for any certificate, so that what came is what there is.
 *
 * @param asked - Names that the handshake sent, as far as is known; null for none.
 * @param needed - Names that the host's own handshake sends; null for none.
 */
export function isMisdirected(
  { reason, failure }: Rejected,
  asked: ReadonlySet<string> | null,
  needed: ReadonlySet<string> | null,
): boolean {
  const isLacking = reason === 'required' || (reason === 'rejected' && UNANCHORED_CODES.has(failure.code))
  if (!isLacking || asked === null) return false
  return needed === null || [...needed].some((name) => !asked.has(name))
}
