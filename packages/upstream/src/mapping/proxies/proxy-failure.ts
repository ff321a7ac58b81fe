import { UpstreamError } from '../../upstream-error.ts'

/** What the client is told of a server that gave no answer: a status and a constant message. The rest is for the log. */
export interface ProxyFailure {
  readonly statusCode: 502 | 503 | 504
  readonly message: 'Bad Gateway' | 'Service Unavailable' | 'Gateway Timeout'
}

const BAD_GATEWAY = Object.freeze({ statusCode: 502, message: 'Bad Gateway' })
const UNAVAILABLE = Object.freeze({ statusCode: 503, message: 'Service Unavailable' })
const TIMEOUT = Object.freeze({ statusCode: 504, message: 'Gateway Timeout' })

/** Of Node and of undici. */
const TIMEOUTS = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

/** Names the answer to an error of a connection or a request (RFC 9110 15.6.3 to 15.6.5). @param error - Or what wraps it, as its `cause`. */
export function proxyFailureOf(error: unknown): ProxyFailure {
  const codes = causesOf(error).map((cause) => ('code' in cause ? cause.code : undefined))
  if (codes.some((code) => code === 'ERR_UPSTREAM_NOT_READY' || code === 'ERR_UPSTREAM_CLOSED')) return UNAVAILABLE
  if (codes.some((code) => code === 'ERR_UPSTREAM_TIMEOUT' || TIMEOUTS.has(String(code)))) return TIMEOUT
  return BAD_GATEWAY
}

/** The connection's own error among those that wrap it; the outermost where there is none. */
export function upstreamErrorOf(error: Error): Error {
  return causesOf(error).find((cause) => cause instanceof UpstreamError) ?? error
}

/** An error and what caused it: proxies wrap once, undici once more. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < 8; cause = cause.cause) causes.push(cause)
  return causes
}
