/** Blocking queries, as Consul documents them. */

/** Most that is waited, and what is waited where nothing is said. */
const MAX_WAIT_MS = 600_000
const DEFAULT_WAIT_MS = 300_000

/** The waiting time is lengthened by up to this part of it, at random. */
const JITTER_FRACTION = 16

const UNITS_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Reads a duration as Go writes it, such as `5m` or `1m30s`, in milliseconds; null where it is none. */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/.test(text)) return null
  let total = 0
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS_MS[unit] ?? 0)
  }
  return total
}

/** How a query wants to wait; an index of 0 does not. */
export type Wait = Readonly<{ index: bigint; waitMs: number }>

/** Reads `index` and `wait`. A text is the complaint with which Consul answers 400. */
export function parseWait(query: URLSearchParams): Wait | string {
  const [index, wait] = [query.get('index'), query.get('wait')]
  if (index !== null && !/^\d{1,20}$/.test(index)) return 'Invalid index'
  const asked = wait === null ? DEFAULT_WAIT_MS : parseDuration(wait)
  if (asked === null) return 'Invalid wait time'
  return { index: BigInt(index ?? 0), waitMs: Math.min(asked, MAX_WAIT_MS) }
}

/** Queries that wait for a change. */
export type Waiters = Readonly<{
  /** Resolves when `current()` is above the index, at once where it is already; when time is over; or when all are woken. Rejects never. */
  wait: (wait: Wait, current: () => bigint) => Promise<void>
  /** Something changed: whoever sees it goes on. */
  notify: () => void
  /** Everybody goes on, whatever they see: the state was replaced. */
  wakeAll: () => void
  /** How many wait. */
  count: () => number
}>

export function createWaiters(): Waiters {
  const waiting = new Set<{ readonly isDone: () => boolean; readonly end: () => void }>()
  return {
    wait: ({ index, waitMs }, current) => {
      const isDone = () => index === 0n || current() > index
      if (isDone()) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(() => end(), waitMs + Math.random() * (waitMs / JITTER_FRACTION))
        timer.unref()
        const waiter = { isDone, end: () => end() }
        const end = (): void => {
          clearTimeout(timer)
          waiting.delete(waiter)
          resolve()
        }
        waiting.add(waiter)
      })
    },
    notify: () => {
      for (const { isDone, end } of waiting) if (isDone()) end()
    },
    wakeAll: () => {
      for (const { end } of waiting) end()
    },
    count: () => waiting.size,
  }
}
