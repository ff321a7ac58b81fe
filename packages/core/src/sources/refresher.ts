/**
 * Keeps the last good content of one source. A load that fails changes nothing but the status; loads are numbered, so that a slow
 * old one never overwrites a newer one; a failed source is tried again by itself.
 *
 * What counts is the newest load that *ended*, not the newest that began: a source that changes faster than it loads would never be followed.
 */
import { ConfigurationError } from '../configuration-error.ts'
import { SourceError } from './source-error.ts'

/** Something that can be loaded again and again. */
export interface Refreshable<Content> {
  /** For people and `status()`. */
  readonly name: string
  /** Everything that the source holds, or a refusal: a part is never returned. A promise where it takes time. */
  readonly load: () => Content | Promise<Content>
  /** The same, once requests are served: nothing in it may stop the event loop for long. Default: `load`. */
  readonly reload?: () => Content | Promise<Content>
  readonly watch?: ((changed: () => void) => () => void) | undefined
  readonly isSame: (a: Content, b: Content) => boolean
  /** When what was loaded should be loaded again though nothing says that it changed, in milliseconds; null for never. */
  readonly dueAt?: (content: Content, now: number) => number | null
}

/** What is known of one source. */
export interface RefreshStatus {
  readonly name: string
  /** Null where it has never loaded. */
  readonly lastSuccess: Date | null
  /** Why the last attempt failed; null where it did not. */
  readonly error: string | null
  /** When it is loaded again; null where a change of the source or `reload()` decides. */
  readonly nextRefresh: Date | null
}

export interface SourceEvent {
  readonly source: string
  /** `'kept-last-good'` also where nothing good was loaded yet; then requests stay refused. */
  readonly outcome: 'loaded' | 'kept-last-good'
  readonly error: SourceError | null
}

export interface Refresher<Content> {
  readonly loaded: () => Content | null
  readonly status: () => RefreshStatus
  /** Watches, and loads for the first time. What is at hand is loaded before this returns, and throws; the rest is in the promise. */
  readonly start: () => Promise<void>
  /** Loads again. Never rejects: a failure is reported as an event. */
  readonly refresh: () => Promise<void>
  readonly close: () => void
}

/** A failed source is tried again after one second, then twice as long each time, at most a minute. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000
const DAY_MS = 86_400_000

/** @param onEvent - Told of every attempt but a successful first one; `isChanged` says whether there is new content. */
export function createRefresher<Content>(
  source: Refreshable<Content>,
  clock: () => Date,
  onEvent: (event: SourceEvent, isChanged: boolean) => void,
): Refresher<Content> {
  let loaded: Content | null = null
  let lastSuccess: Date | null = null
  let error: SourceError | null = null
  let nextRefresh: Date | null = null
  let attempts = 0
  /** The newest attempt whose outcome was taken; what an older one brings is out of date. */
  let taken = 0
  let failures = 0
  let retry: NodeJS.Timeout | undefined
  let stopWatching: (() => void) | undefined
  let stopWaiting: (() => void) | undefined
  let isClosed = false

  /** @returns Whether the content is new. */
  const accept = (next: Content): boolean => {
    const isChanged = loaded === null || !source.isSame(loaded, next)
    if (isChanged) loaded = next
    const now = clock()
    lastSuccess = now
    error = null
    failures = 0
    const due = source.dueAt?.(next, now.getTime()) ?? null
    schedule(due === null ? null : Math.max(due - now.getTime(), FIRST_RETRY_MS))
    return isChanged
  }

  const schedule = (delay: number | null): void => {
    clearTimeout(retry)
    nextRefresh = delay === null ? null : new Date(clock().getTime() + delay)
    // A longer timer would fire at once (Node counts in 31 bits); it is asked again a day later.
    if (delay !== null && !isClosed) retry = setTimeout(refreshInBackground, Math.min(delay, DAY_MS)).unref()
  }

  const keepLastGood = (cause: unknown): void => {
    error = new SourceError(source.name, cause)
    schedule(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++))
    onEvent({ source: source.name, outcome: 'kept-last-good', error }, false)
  }

  /** Waits for one load and takes its outcome, unless a newer one has ended meanwhile. */
  const attempt = async (load: () => Content | Promise<Content>): Promise<void> => {
    const number = ++attempts
    let next: Content
    try {
      next = await load()
    } catch (cause) {
      if (number < taken) return
      taken = number
      keepLastGood(cause)
      return
    }
    if (number < taken) return
    taken = number
    const isChanged = accept(next)
    onEvent({ source: source.name, outcome: 'loaded', error: null }, isChanged)
  }

  const refresh = async (): Promise<void> => {
    if (!isClosed) await attempt(() => (source.reload ?? source.load)())
  }

  /** Nobody waits for it, and a logger or clock of the application that throws must not end the process. */
  const refreshInBackground = (): void => {
    refresh().catch((thrown: unknown) => process.emitWarning(String(thrown), 'ClientCertWarning'))
  }

  const startRemote = async (loading: Promise<Content>): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      stopWaiting = resolve
    })
    await Promise.race([attempt(() => loading), closed])
    if (loaded !== null) return
    const fix = 'Close it after `ready()`.'
    throw error ?? new ConfigurationError('ERR_CONFIG_CLOSED', source.name, 'was closed before it had loaded', fix)
  }

  return {
    loaded: () => loaded,
    status: () => ({
      name: source.name,
      lastSuccess,
      error: error?.message ?? null,
      nextRefresh,
    }),
    start: () => {
      stopWatching = source.watch?.(refreshInBackground) // Before loading: what changes meanwhile is noticed.
      const content = source.load()
      if (isPromise(content)) {
        const started = startRemote(content)
        started.catch(() => {}) // Whoever gets it hears of the failure; where the store is never made, nobody does.
        return started
      }
      taken = ++attempts
      accept(content)
      return Promise.resolve()
    },
    refresh,
    close: () => {
      isClosed = true
      taken = Number.POSITIVE_INFINITY // What is under way comes too late.
      clearTimeout(retry)
      stopWatching?.()
      stopWaiting?.()
    },
  }
}

/** By its shape: a promise of another realm is no `Promise` of this one. */
const isPromise = <Content>(value: Content | Promise<Content>): value is Promise<Content> =>
  typeof value === 'object' && value !== null && 'then' in value
