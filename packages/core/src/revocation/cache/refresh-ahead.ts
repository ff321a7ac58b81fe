/** Keeps what is in use from ever running out: entries are looked for again before anybody has to wait, a few at a time. */
import type { Entries, Entry } from './entries.ts'

/**
 * A certificate may be revoked while its connection is open and nobody asks, so what was asked for within a day is followed by a timer, and not by the next
 * question. After a day without one nobody is there to be told.
 */
const IN_USE_MS = 86_400_000

/** How often is looked for what is due. Far below the least lifetime, a minute, of which a fifth is for looking ahead. */
const EVERY_MS = 5_000

/** At once, of the connections that there are: whoever waits for an answer goes first. */
const MAX_AT_ONCE = 4

export interface RefreshAhead {
  /** Starts, unless it runs. Never keeps the process alive. */
  readonly start: () => void
  readonly stop: () => void
}

/** @param look - Never rejects. */
export function createRefreshAhead(
  entries: Entries,
  clock: () => Date,
  isDue: (entry: Entry, now: number) => boolean,
  look: (entry: Entry) => Promise<unknown>,
): RefreshAhead {
  let timer: NodeJS.Timeout | undefined
  let running = 0

  const sweep = (): void => {
    const now = clock().getTime()
    for (const entry of entries.all()) {
      if (running === MAX_AT_ONCE) return
      if (now - entry.askedAt > IN_USE_MS || !isDue(entry, now)) continue
      running++
      void look(entry).then(() => {
        running--
        if (timer) sweep()
      })
    }
  }

  return {
    start: () => {
      timer ??= setInterval(sweep, EVERY_MS).unref()
    },
    stop: () => {
      clearInterval(timer)
      timer = undefined
    },
  }
}
