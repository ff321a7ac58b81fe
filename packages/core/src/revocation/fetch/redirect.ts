/** Which redirects are followed: few, to the same host or one that is listed, never to less security, and never with another method. */
import { ok, type Result } from '../../result.ts'
import { problem, shownText } from './fetch-problem.ts'
import type { FetchProblem } from './fetched.ts'
import { type Allowed, parseTarget, type Target } from './target.ts'

/** To https, and to where the file moved. */
export const MAX_REDIRECTS = 2

/** Those that keep the method (RFC 9110 15.4.8, 15.4.9); the others turn a POST into a GET without the question. */
const KEEP_METHOD: ReadonlySet<number> = new Set([307, 308])
const FOR_GET: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export const isRedirect = (status: number): boolean => FOR_GET.has(status)

/**
 * Finds where a redirect leads. The new URL is checked like the first, and its host is resolved and checked again: the metadata service is one `Location`
 * away from any public server.
 *
 * @param location - Untrusted.
 */
export function followRedirect(
  from: Target,
  answer: { readonly status: number; readonly location: string | undefined },
  method: 'GET' | 'POST',
  allowed: Allowed,
): Result<Target, FetchProblem> {
  const { status, location } = answer
  if (method === 'POST' && !KEEP_METHOD.has(status)) {
    return problem('http-status', `${shownText(from.href)} answered a POST with ${status}`)
  }
  if (location === undefined || !/^[!-~]{1,2048}$/.test(location) || !URL.canParse(location, from.href)) {
    return problem('http-status', `${shownText(from.href)} answered ${status} without a usable Location`)
  }
  // Before it is repaired by the parser: `\\host` is a path to one and a host to the other.
  if (location.includes('\\')) return problem('blocked', `redirected to ${shownText(location)}`)
  const next = parseTarget(new URL(location, from.href).href, allowed)
  if (!next.ok) return problem(next.failure.because, `redirected: ${next.failure.detail}`)
  const { scheme, host, href } = next.value
  if (from.scheme === 'https' && scheme === 'http') {
    return problem('blocked', `redirected from https to ${shownText(href)}`)
  }
  // A list of hosts has been asked already.
  if (allowed.hosts === 'any-public' && host !== from.host) {
    return problem('blocked', `redirected to another host, ${shownText(href)}, which no list of \`hosts\` names`)
  }
  return ok(next.value)
}
