/** Combines the sources into one snapshot, and makes a new one when any of them has new content. */
import { createRefresher, type Refresher, type RefreshStatus, type SourceEvent } from '../sources/refresher.ts'
import { type LoadedSource, refreshableTrust } from './load-source.ts'
import { createSnapshot, type TrustSnapshot } from './snapshot.ts'
import type { TrustSource } from './source.ts'

/** What is known of one source of trust. */
export interface SourceStatus extends RefreshStatus {
  readonly anchors: number
  readonly intermediates: number
}

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

  const refreshers: readonly Refresher<LoadedSource>[] = sources.map((source) =>
    createRefresher(refreshableTrust(source), clock, (event, isChanged) => {
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
    status: () => refreshers.map(statusOf),
    close,
  }
}

const statusOf = ({ status, loaded }: Refresher<LoadedSource>): SourceStatus => ({
  ...status(),
  anchors: loaded()?.anchors.length ?? 0,
  intermediates: loaded()?.intermediates.length ?? 0,
})

function startAll(refreshers: readonly Refresher<LoadedSource>[], close: () => void): Promise<unknown> {
  try {
    return Promise.all(refreshers.map((refresher) => refresher.start()))
  } catch (error) {
    close() // A store that was never made must leave no watch behind.
    throw error
  }
}
