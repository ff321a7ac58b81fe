/**
 * How fast queries may follow one another. Blocking queries degrade into a busy loop where their result changes all the time, or where the agent does not
 * block; Consul asks its clients for a token bucket with a burst of two (features/blocking), which costs nothing in the happy case.
 */
const BURST = 2

export interface Pace {
  /** Resolves when the next query may be sent, or when `signal` aborts. */
  readonly next: (signal: AbortSignal) => Promise<void>
}

/** @param intervalMs - Of time, between queries in the long run. */
export function createPace(intervalMs: number): Pace {
  let tokens = BURST
  let countedAt = performance.now()
  return {
    next: async (signal) => {
      const now = performance.now()
      tokens = Math.min(BURST, tokens + (now - countedAt) / intervalMs)
      countedAt = now
      tokens--
      if (tokens < 0) await pause(-tokens * intervalMs, signal)
    },
  }
}

/** Resolves after a time, or when `signal` aborts. Holds no process. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms).unref()
    signal.addEventListener('abort', end)
  })
