/** Every time that following an agent takes, in milliseconds. Tests wait shorter; nothing else differs. */
export interface Timing {
  /** How long the agent is asked to wait for a change. */
  readonly waitMs: number
  /** What an answer may take beyond the waiting. */
  readonly requestTimeoutMs: number
  /** Between queries that return at once, in the long run. */
  readonly paceMs: number
  /** Before the first attempt after a failure; twice as long each time. */
  readonly firstRetryMs: number
  readonly lastRetryMs: number
}

/** A certificate is good for days, and its agent is on the same machine. */
export const PACE_MS = 1_000
export const FIRST_RETRY_MS = 1_000
export const LAST_RETRY_MS = 60_000

/** The agent lengthens what it is asked to wait by up to this part of it, at random (features/blocking). */
const JITTER_FRACTION = 16

/** When a query is given up: later than any agent answers that does not hang. */
export const timeoutOf = ({ waitMs, requestTimeoutMs }: Timing, kind: 'blocking' | 'at-once'): number =>
  kind === 'at-once' ? requestTimeoutMs : Math.ceil(waitMs + waitMs / JITTER_FRACTION + requestTimeoutMs)

/** Half of it at random, so that clients which lost one agent do not come back together. */
export const retryDelay = ({ firstRetryMs, lastRetryMs }: Timing, failures: number): number =>
  Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + Math.random() / 2)

/** As Go reads durations. */
export const durationText = (ms: number): string => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`)
