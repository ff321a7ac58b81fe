/**
 * What failed, and when it is tried again. In the memory of this process alone: a network error of one instance is not another's, and it is never an answer
 * (Kong 3.4 kept failures and served them as if somebody had said so).
 */
import type { Problem } from './resource.ts'

/** As for sources of trust: a second first, twice as long each time, at most a minute. */
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000

/** Whoever can make more resources fail has that many certificates of yours; the oldest failure is forgotten then, and tried again. */
const MAX_FAILURES = 10_000

interface Failure {
  readonly problem: Problem
  readonly times: number
  readonly failedAt: number
  readonly retryAt: number
}

export interface BackOff {
  /** Why not now; null where it may be tried. */
  readonly problemAt: (key: string, now: number) => Problem | null
  /** Why the last attempt failed, however long ago; null where it did not. */
  readonly lastProblem: (key: string) => Problem | null
  readonly failed: (key: string, problem: Problem, now: number) => void
  readonly succeeded: (key: string) => void
}

export function createBackOff(): BackOff {
  const failures = new Map<string, Failure>()
  return {
    problemAt: (key, now) => {
      const failure = failures.get(key)
      // A clock that was moved back would hold it up for as long as it was moved.
      return failure && now < failure.retryAt && now >= failure.failedAt ? failure.problem : null
    },
    lastProblem: (key) => failures.get(key)?.problem ?? null,
    failed: (key, problem, now) => {
      const times = failures.get(key)?.times ?? 0
      const retryAt = now + Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** times)
      failures.delete(key)
      failures.set(key, { problem, times: Math.min(times + 1, 10), failedAt: now, retryAt })
      const [oldest] = failures.keys()
      if (failures.size > MAX_FAILURES && oldest !== undefined) failures.delete(oldest)
    },
    succeeded: (key) => void failures.delete(key),
  }
}
