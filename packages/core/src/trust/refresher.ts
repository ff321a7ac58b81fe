/**
 * Keeps the last good content of one source. A load that fails changes nothing but the status; loads are numbered, so that a slow
 * old one never overwrites a newer one; a failed source is tried again by itself.
 */
import { type LoadedSource, sortMaterial } from './load-source.ts'
import type { TrustMaterial, TrustSource } from './source.ts'
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
  let failures = 0
  let retry: NodeJS.Timeout | undefined
  let stopWatching: (() => void) | undefined
  let isClosed = false

  /** @returns Whether the content is new. */
  const accept = (material: readonly TrustMaterial[]): boolean => {
    const next = sortMaterial(source, material)
    const isChanged = loaded === null || !isSameContent(loaded, next)
    if (isChanged) loaded = next
    clearTimeout(retry)
    lastSuccess = clock()
    error = null
    nextRefresh = null
    failures = 0
    return isChanged
  }

  const keepLastGood = (cause: unknown): SourceError => {
    error = new SourceError(source.name, cause)
    const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++)
    nextRefresh = new Date(clock().getTime() + delay)
    clearTimeout(retry)
    retry = setTimeout(() => void refresh(), delay).unref()
    onEvent({ source: source.name, outcome: 'kept-last-good', error }, false)
    return error
  }

  const refresh = async (): Promise<void> => {
    if (isClosed) return
    const attempt = ++attempts
    try {
      const material = await source.load()
      if (attempt === attempts) onEvent({ source: source.name, outcome: 'loaded', error: null }, accept(material))
    } catch (cause) {
      if (attempt === attempts) keepLastGood(cause)
    }
  }

  const startRemote = async (loading: Promise<readonly TrustMaterial[]>): Promise<void> => {
    const attempt = ++attempts
    let failed: SourceError | undefined
    try {
      const material = await loading
      if (attempt === attempts) onEvent({ source: source.name, outcome: 'loaded', error: null }, accept(material))
    } catch (cause) {
      if (attempt === attempts) failed = keepLastGood(cause)
    }
    if (failed) throw failed
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
      stopWatching = source.watch?.(() => void refresh()) // Before loading: what changes meanwhile is noticed.
      const material = source.load()
      if (material instanceof Promise) return startRemote(material)
      accept(material)
      return Promise.resolve()
    },
    refresh,
    close: () => {
      isClosed = true
      attempts++ // No attempt under way is the newest any more.
      clearTimeout(retry)
      stopWatching?.()
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
