/** What fetching brings: octets that nobody has verified yet, or why there are none. */
import type { Result } from '../../result.ts'
import type { NoAnswerReason } from '../answer.ts'

export interface Fetched {
  readonly octets: Uint8Array
  /** When it was asked for, in milliseconds since 1970. */
  readonly fetchedAt: number
  /** How long HTTP says that it may be kept (RFC 9111 4.2.1), in milliseconds; null where it says nothing. */
  readonly freshForMs: number | null
}

export interface FetchProblem {
  readonly because: Extract<
    NoAnswerReason,
    'unreachable' | 'timeout' | 'blocked' | 'too-large' | 'http-status' | 'malformed'
  >
  /** For people; holds nothing that a peer chose unescaped. */
  readonly detail: string
}

export interface FetchRequest {
  /** Out of a certificate: untrusted. */
  readonly url: string
  /** Media type that is asked for. */
  readonly accept: string
  readonly maxBytes: number
  /** With it the request is a POST. */
  readonly body?: { readonly type: string; readonly octets: Uint8Array }
}

/** Fetches one thing. Never rejects, and ends within the time that is configured. */
export type Fetch = (request: FetchRequest) => Promise<Result<Fetched, FetchProblem>>
