/**
 * Keeps the last good content of one source. A load that fails changes nothing but the status; loads are numbered, so that a slow
 * old one never overwrites a newer one; a failed source is tried again by itself.
 *
 * What counts is the newest load that *ended*, not the newest that began: a source that changes faster than it loads would never be followed.
 */
import { ConfigurationError } from '../configuration-error.ts'
import { type LoadedSource, sortMaterial } from './load-source.ts'
import type { TrustSource } from './source.ts'
import { SourceError } from './source-error.ts'

/** What is known of one source. */
export interface SourceStatus {
  readonly name: string
  /** Null where it has never loaded. */
  readonly lastSuccess: Date | null
  readonly anchors: number
  readonly intermediates: number
  /** Why the last attempt failed; null where it did not. */
  readonly error: string | null
  /** When a failed source is tried again; null where a change of the source or `reload()` decides. */
  readonly nextRefresh: Date | null
}

export interface SourceEvent {
  readonly source: string
  /** `'kept-last-good'` also where nothing good was loaded yet; then requests stay refused. */
  readonly outcome: 'loaded' | 'kept-last-good'
  readonly error: SourceError | null
}

export interface Refresher {
  readonly loaded: () => LoadedSource | null
  readonly status: () => SourceStatus
  /** Watches, and loads for the first time. What is at hand is loaded before this returns, and throws; the rest is in the promise. */
  readonly start: () => Promise<void>
  /** Loads again. Never rejects: a failure is reported as an event. */
  readonly refresh: () => Promise<void>
  readonly close: () => void
}

/** A failed source is tried again after one second, then twice as long each time, at most a minute. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000

/** @param onEvent - Told of every attempt but a successful first one; `isChanged` says whether there is new content. */
export function createRefresher(
  source: TrustSource,
  clock: () => Date,
  onEvent: (event: SourceEvent, isChanged: boolean) => void,
): Refresher {
  let loaded: LoadedSource | null = null
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
  const accept = (next: LoadedSource): boolean => {
    const isChanged = loaded === null || !isSameContent(loaded, next)
    if (isChanged) loaded = next
    clearTimeout(retry)
    lastSuccess = clock()
    error = null
    nextRefresh = null
    failures = 0
    return isChanged
  }

  const keepLastGood = (cause: unknown): void => {
    error = new SourceError(source.name, cause)
    const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++)
    nextRefresh = new Date(clock().getTime() + delay)
    clearTimeout(retry)
    retry = setTimeout(refreshInBackground, delay).unref()
    onEvent({ source: source.name, outcome: 'kept-last-good', error }, false)
  }

  /** Waits for one load and takes its outcome, unless a newer one has ended meanwhile. */
  const attempt = async (load: () => ReturnType<TrustSource['load']>): Promise<void> => {
    const number = ++attempts
    let next: LoadedSource
    try {
      next = sortMaterial(source, await load())
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
    if (!isClosed) await attempt(() => source.load())
  }

  /** Nobody waits for it, and a logger or clock of the application that throws must not end the process. */
  const refreshInBackground = (): void => {
    refresh().catch((thrown: unknown) => process.emitWarning(String(thrown), 'ClientCertWarning'))
  }

  const startRemote = async (loading: ReturnType<TrustSource['load']>): Promise<void> => {
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
      anchors: loaded?.anchors.length ?? 0,
      intermediates: loaded?.intermediates.length ?? 0,
      error: error?.message ?? null,
      nextRefresh,
    }),
    start: () => {
      stopWatching = source.watch?.(refreshInBackground) // Before loading: what changes meanwhile is noticed.
      const material = source.load()
      // By its shape: a promise of another realm is no `Promise` of this one.
      if (typeof material === 'object' && material !== null && 'then' in material) {
        const started = startRemote(material)
        started.catch(() => {}) // Whoever gets it hears of the failure; where the store is never made, nobody does.
        return started
      }
      taken = ++attempts
      accept(sortMaterial(source, material))
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

function isSameContent(a: LoadedSource, b: LoadedSource): boolean {
  const [before, after] = [contentOf(a), contentOf(b)]
  return before.length === after.length && before.every((der, index) => der === after[index])
}

const contentOf = ({ anchors, intermediates }: LoadedSource): readonly string[] =>
  [...anchors.map(({ certificate }) => certificate), ...intermediates].map(({ der }) =>
    Buffer.from(der).toString('latin1'),
  )
