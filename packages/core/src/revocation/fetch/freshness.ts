/** How long HTTP says that an answer may be kept (RFC 9111 4.2). It says when to look for something newer; what is stale, nextUpdate says. */
import type { IncomingHttpHeaders } from 'node:http'

/** Longer than any CRL of a public authority lives (ten days, CA/B baseline requirements 4.9.7); beyond it there is nothing to gain. */
export const MAX_FRESH_MS = 14 * 86_400_000

/**
 * Computes the freshness lifetime (RFC 9111 4.2.1) less the age (4.2.3), in milliseconds.
 *
 * Departures: the answers are signed and shared by a fleet, so `private` is not looked at; of a directive given twice the shortest counts; `no-store` is
 * nothing but not fresh. What cannot be read is not fresh either (4.2.1).
 *
 * @param receivedAt - In milliseconds.
 * @returns 0 where it should not be reused without asking; null where the headers say nothing.
 */
export function freshForMs(headers: IncomingHttpHeaders, receivedAt: number): number | null {
  const directives = directivesOf(headers['cache-control'] ?? '')
  if (directives.has('no-store') || directives.has('no-cache')) return 0
  const lifetime =
    secondsOf(directives.get('s-maxage')) ??
    secondsOf(directives.get('max-age')) ??
    expiresIn(headers.expires, headers.date, receivedAt)
  if (lifetime === null) return null
  const age = headers.age === undefined ? 0 : deltaSeconds(headers.age)
  return Math.min(Math.max(lifetime - age, 0) * 1_000, MAX_FRESH_MS)
}

/** Names in lower case with all values that they are given. A quoted comma ends nothing (RFC 9110 5.6.4). */
function directivesOf(text: string): ReadonlyMap<string, readonly string[]> {
  const directives = new Map<string, string[]>()
  for (const [, name = '', quoted, token] of text.matchAll(/([^\s,="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g)) {
    const key = name.toLowerCase()
    directives.set(key, [...(directives.get(key) ?? []), quoted ?? token ?? ''])
  }
  return directives
}

const secondsOf = (values: readonly string[] | undefined): number | null =>
  values === undefined ? null : Math.min(...values.map(deltaSeconds))

/** delta-seconds (RFC 9111 1.2.2); what is none is no time at all. */
const deltaSeconds = (text: string): number => (/^\d{1,10}$/.test(text.trim()) ? Number(text) : 0)

/** Counted from the sender's own clock, where it says what that is. */
function expiresIn(expires: string | undefined, date: string | undefined, receivedAt: number): number | null {
  if (expires === undefined) return null
  const until = Date.parse(expires)
  const from = date === undefined ? receivedAt : Date.parse(date)
  const lifetime = (until - (Number.isNaN(from) ? receivedAt : from)) / 1_000
  return Number.isNaN(lifetime) ? 0 : Math.max(lifetime, 0)
}
