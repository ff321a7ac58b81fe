/**
 * Fetching what a certificate points at. The URL is the issuer's choice, the network is hostile, and the request comes from inside: so every step is bounded
 * and says no by itself. Whatever is fetched is not verified yet.
 */
import { ok, type Result, refused } from '../../result.ts'
import { exchange } from './exchange.ts'
import { problem, problemOf } from './fetch-problem.ts'
import type { Fetch, Fetched, FetchProblem, FetchRequest } from './fetched.ts'
import { followRedirect, MAX_REDIRECTS } from './redirect.ts'
import type { FetchSettings } from './settings.ts'
import { createSlots } from './slots.ts'
import { parseTarget, type Target } from './target.ts'

/**
 * Creates what fetches.
 *
 * http and https only, to hosts that are allowed, at addresses that were checked and are then the ones connected to; no pool, no cookies, no credentials, no
 * decompression; two redirects, each checked anew; 200 and nothing else; one time limit for all of it.
 *
 * Does not cache, retry or verify; see {@link createResources}.
 */
export function createFetch(settings: FetchSettings): Fetch {
  const slots = createSlots()
  const underWay = new Set<Limit>()
  settings.signal.addEventListener('abort', () => {
    for (const limit of underWay) limit.end(CLOSED)
  })
  return async (request) => {
    if (settings.signal.aborted) return refused(CLOSED)
    const target = parseTarget(request.url, settings)
    if (!target.ok) return target
    const limit = startLimit(settings.timeoutMs)
    underWay.add(limit)
    const work = slots.run(target.value.host, limit.signal, () => follow(target.value, request, settings, limit.signal))
    const answer = work.then(
      (outcome) => outcome ?? problem('unreachable', 'too many requests are waiting already'),
      (error: unknown) => problemOf(error),
    )
    // A resolver that hangs cannot be stopped: what counts is who is first.
    return Promise.race([limit.over, answer]).finally(() => {
      limit.clear()
      underWay.delete(limit)
    })
  }
}

async function follow(
  first: Target,
  request: FetchRequest,
  settings: FetchSettings,
  signal: AbortSignal,
): Promise<Result<Fetched, FetchProblem>> {
  const fetchedAt = settings.clock().getTime()
  const method = request.body ? 'POST' : 'GET'
  let target = first
  for (let redirects = 0; ; redirects++) {
    const answer = await exchange(target, request, settings, signal)
    if (!answer.ok) return answer
    if (answer.value.kind === 'content') {
      const { octets, freshForMs } = answer.value
      return ok({ octets, fetchedAt, freshForMs })
    }
    if (redirects === MAX_REDIRECTS) return problem('blocked', `redirected more than ${MAX_REDIRECTS} times`)
    const next = followRedirect(target, answer.value, method, settings)
    if (!next.ok) return next
    target = next.value
  }
}

const CLOSED: FetchProblem = { because: 'unreachable', detail: 'fetching was closed' }

interface Limit {
  readonly signal: AbortSignal
  readonly over: Promise<Result<never, FetchProblem>>
  readonly end: (why: FetchProblem) => void
  readonly clear: () => void
}

function startLimit(timeoutMs: number): Limit {
  const controller = new AbortController()
  let resolve = (_outcome: Result<never, FetchProblem>): void => {}
  const over = new Promise<Result<never, FetchProblem>>((settle) => {
    resolve = settle
  })
  const end = (why: FetchProblem) => {
    resolve(refused(why))
    controller.abort()
  }
  const timer = setTimeout(() => end({ because: 'timeout', detail: `no answer within ${timeoutMs} ms` }), timeoutMs)
  return { signal: controller.signal, over, end, clear: () => clearTimeout(timer) }
}
