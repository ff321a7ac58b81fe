/**
 * A store that the processes of a fleet share. It saves questions and decides nothing: what comes out is verified like what comes from the network, and where
 * it fails, hangs or lies, the network is asked as if it were not there.
 */

/** What is needed of a store: Keyv has it, and so has anything with its `get` and `set`. */
export interface KeyvStore {
  get(key: string): Promise<unknown>
  /** @param ttlMs - For how long the value is kept. */
  set(key: string, value: string, ttlMs?: number): Promise<unknown>
}

/** A client that waits for its server to come back waits for ever (node-redis does by default). Redis answers in one. */
const OPERATION_MS = 500

/** For how long a store that failed is left alone; then one operation tries it. */
const PAUSE_MS = 5_000

export interface SharedStore {
  /** @returns Undefined where there is nothing, and where the store does not answer. Never rejects. */
  readonly read: (key: string) => Promise<unknown>
  readonly write: (key: string, value: string, ttlMs: number) => Promise<void>
}

/** @param onState - Told when it fails first, and when it works again. */
export function createSharedStore(
  store: KeyvStore,
  clock: () => Date,
  onState: (state: 'failed' | 'recovered') => void,
): SharedStore {
  let pausedUntil = Number.NEGATIVE_INFINITY
  let isFailing = false

  const attempt = async (operation: () => Promise<unknown>): Promise<unknown> => {
    const now = clock().getTime()
    // Also after the clock was moved back by more than a pause.
    if (now < pausedUntil && pausedUntil - now <= PAUSE_MS) return undefined
    // One tries, the others go on without until it has succeeded.
    if (isFailing) pausedUntil = now + PAUSE_MS
    try {
      const value = await within(OPERATION_MS, operation)
      pausedUntil = Number.NEGATIVE_INFINITY
      if (isFailing) onState('recovered')
      isFailing = false
      return value
    } catch {
      pausedUntil = clock().getTime() + PAUSE_MS
      if (!isFailing) onState('failed')
      isFailing = true
      return undefined
    }
  }

  return {
    read: (key) => attempt(() => store.get(key)),
    write: async (key, value, ttlMs) => {
      await attempt(() => store.set(key, value, ttlMs))
    },
  }
}

/** What comes later goes nowhere, and whatever the store throws at once is as if it had come later. */
async function within(milliseconds: number, operation: () => Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([operation(), late])
  } finally {
    clearTimeout(timer)
  }
}
