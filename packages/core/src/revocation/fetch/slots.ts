/** How many connections there are at once, in all and to one host. */

/**
 * A slow host must not hold up the others, nor take the four threads in which Node resolves names. An instance asks few hosts, each answer being shared:
 * browsers have done with six to a host for decades.
 */
const MAX_AT_ONCE = 16
const MAX_TO_ONE_HOST = 6
/** Whoever comes beyond is told so at once, rather than kept in memory until the time is over. */
const MAX_WAITING = 1_000

export interface Slots {
  /**
   * Waits for room, then runs the work. The slot is taken until the work ends, also where nobody waits for it any more.
   *
   * @returns Null where too many wait already. Rejects with the signal's reason where it is aborted while waiting.
   */
  readonly run: <Outcome>(host: string, signal: AbortSignal, work: () => Promise<Outcome>) => Promise<Outcome | null>
}

interface Waiting {
  readonly host: string
  readonly start: () => void
}

export function createSlots(): Slots {
  const busy = new Map<string, number>()
  const waiting = new Set<Waiting>()
  let taken = 0

  const hasRoom = (host: string) => taken < MAX_AT_ONCE && (busy.get(host) ?? 0) < MAX_TO_ONE_HOST
  const take = (host: string) => {
    taken++
    busy.set(host, (busy.get(host) ?? 0) + 1)
  }
  const leave = (host: string) => {
    taken--
    const left = (busy.get(host) ?? 1) - 1
    if (left === 0) busy.delete(host)
    else busy.set(host, left)
    for (const each of waiting) {
      if (!hasRoom(each.host)) continue
      each.start()
      return
    }
  }
  const room = (host: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = () => {
        waiting.delete(self)
        reject(signal.reason as Error)
      }
      const self: Waiting = {
        host,
        start: () => {
          waiting.delete(self)
          signal.removeEventListener('abort', give)
          take(host)
          resolve()
        },
      }
      waiting.add(self)
      signal.addEventListener('abort', give, { once: true })
    })

  return {
    run: async (host, signal, work) => {
      if (hasRoom(host)) take(host)
      else if (waiting.size >= MAX_WAITING) return null
      else await room(host, signal)
      try {
        return await work()
      } finally {
        leave(host)
      }
    },
  }
}
