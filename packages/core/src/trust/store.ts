/** Combines the sources into one snapshot, and makes a new one when any of them has new content. */
import { createRefresher, type Refresher, type SourceEvent, type SourceStatus } from './refresher.ts'
import { createSnapshot, type TrustSnapshot } from './snapshot.ts'
import type { TrustSource } from './source.ts'

export interface TrustStore {
  /** Null until every source has loaded once. */
  readonly snapshot: () => TrustSnapshot | null
  /** Resolves when every source has loaded once; rejects with the failure of a first attempt. */
  readonly ready: () => Promise<void>
  /** Loads every source again, now. Failures keep the last good content and are reported as events; it never rejects. */
  readonly reload: () => Promise<void>
  readonly status: () => readonly SourceStatus[]
  readonly close: () => void
}

/**
 * Creates the store; what can be loaded without waiting is loaded when this returns.
 *
 * @param clock - For `status()`.
 * @param onEvent - Told of every load but the first.
 * @throws {ConfigurationError} Where a local source cannot be read, is malformed, or holds no anchor.
 */
export function createTrustStore(
  sources: readonly TrustSource[],
  clock: () => Date,
  onEvent: (event: SourceEvent & { readonly epoch: number }) => void,
): TrustStore {
  let snapshot: TrustSnapshot | null = null
  let epoch = 0

  const combine = (): void => {
    const loaded = refreshers.map((refresher) => refresher.loaded())
    const complete = loaded.filter((each) => each !== null)
    if (complete.length < loaded.length) return
    snapshot = createSnapshot(
      ++epoch,
      complete.flatMap(({ anchors }) => anchors),
      complete.flatMap(({ intermediates }) => intermediates),
    )
  }

  const refreshers: readonly Refresher[] = sources.map((source) =>
    createRefresher(source, clock, (event, isChanged) => {
      if (isChanged) combine()
      onEvent({ ...event, epoch })
    }),
  )

  const close = (): void => {
    for (const refresher of refreshers) refresher.close()
  }

  const started = startAll(refreshers, close)
  started.catch(() => {}) // `ready` hands the failure on; a caller who never asks must not crash the process.
  combine()

  return {
    snapshot: () => snapshot,
    ready: async () => {
      if (snapshot === null) await started
    },
    reload: async () => {
      await Promise.all(refreshers.map((refresher) => refresher.refresh()))
    },
    status: () => refreshers.map((refresher) => refresher.status()),
    close,
  }
}

function startAll(refreshers: readonly Refresher[], close: () => void): Promise<unknown> {
  try {
    return Promise.all(refreshers.map((refresher) => refresher.start()))
  } catch (error) {
    close() // A store that was never made must leave no watch behind.
    throw error
  }
}
