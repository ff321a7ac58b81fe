/** Why nothing was fetched, in words that hold nothing of a peer's but what is escaped. */
import { escapeHostile } from '../../encoding/escape.ts'
import { type Refused, refused } from '../../result.ts'
import type { FetchProblem } from './fetched.ts'

export const problem = (because: FetchProblem['because'], detail: string): Refused<FetchProblem> =>
  refused({ because, detail })

/** A URL, host or header value as a detail may show it. */
export const shownText = (text: string): string => escapeHostile(text, 128)

/** What Node calls the limits that are its parser's. */
const TOO_LARGE: ReadonlySet<string> = new Set(['HPE_HEADER_OVERFLOW', 'HPE_CHUNK_EXTENSIONS_OVERFLOW'])

/**
 * Says what an error of a socket, of TLS or of the parser means. By its code alone: the messages repeat what the peer sent (a certificate's names, a
 * header).
 */
export function problemOf(error: unknown): Refused<FetchProblem> {
  const code = codeOf(error)
  if (TOO_LARGE.has(code)) return problem('too-large', `the head of the answer is too large (${code})`)
  if (code.startsWith('HPE_')) return problem('malformed', `the answer is no HTTP (${code})`)
  return problem('unreachable', `the connection failed (${code})`)
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : 'no code'
}
