/** The CRLs of all sources at the moment, each source kept at its last good content. */
import { createRefresher, type Refresher, type RefreshStatus, type SourceEvent } from '../../sources/refresher.ts'
import type { CrlSource } from './crl-sources.ts'
import { type CrlSnapshot, crlSnapshot, type LoadedCrl } from './loaded-crl.ts'

/** What is known of one source of CRLs. */
export interface CrlSourceStatus extends RefreshStatus {
  readonly crls: number
  readonly entries: number
  /** When the first of its CRLs is out of date; null where none says. */
  readonly nextUpdate: Date | null
}

export interface CrlStore {
  /** What is held now; empty until the sources have loaded. */
  readonly snapshot: () => CrlSnapshot
  /** Grows with each change: what was remembered under another is forgotten. */
  readonly epoch: () => number
  /** Whether every source has been tried once: until then it is not known whom they revoke. */
  readonly isSettled: () => boolean
  /** Resolves when every source has been tried once, and never rejects: `status()` has what failed. */
  readonly ready: () => Promise<void>
  readonly reload: () => Promise<void>
  readonly status: () => readonly CrlSourceStatus[]
  readonly close: () => void
}

/**
 * Creates the store; what can be loaded without waiting is loaded when this returns.
 *
 * @param onEvent - Told of every load but the first.
 * @throws {ConfigurationError} Where a file cannot be read, or holds something that is no CRL.
 */
export function createCrlStore(
  sources: readonly CrlSource[],
  clock: () => Date,
  onEvent: (event: SourceEvent & { readonly epoch: number }) => void,
): CrlStore {
  let epoch = 1
  let snapshot = crlSnapshot([])
  const combine = (): void => {
    snapshot = crlSnapshot(
      refreshers.flatMap((refresher) => refresher.loaded() ?? []),
      refreshers.flatMap(({ loaded, status }) =>
        loaded() === null ? [{ source: status().name, error: status().error ?? 'not loaded yet' }] : [],
      ),
    )
  }
  const refreshers: readonly Refresher<readonly LoadedCrl[]>[] = sources.map((source) =>
    createRefresher(source, clock, (event, isChanged) => {
      if (isChanged) epoch++
      if (isChanged || snapshot.missing.length > 0) combine()
      onEvent({ ...event, epoch })
    }),
  )
  const close = (): void => {
    for (const refresher of refreshers) refresher.close()
  }
  let isSettled = false
  let started: Promise<unknown>
  try {
    // A URL that cannot be had at start is no answer, and the mode decides what that means; a file that cannot be read has thrown.
    started = Promise.allSettled(refreshers.map((refresher) => refresher.start())).then(() => {
      isSettled = true
    })
  } catch (error) {
    close() // A store that was never made must leave no watch behind.
    throw error
  }
  combine()
  isSettled = snapshot.missing.length === 0
  return {
    snapshot: () => snapshot,
    epoch: () => epoch,
    isSettled: () => isSettled,
    ready: async () => {
      await started
    },
    reload: async () => {
      await Promise.all(refreshers.map((refresher) => refresher.refresh()))
    },
    status: () => refreshers.map(statusOf),
    close,
  }
}

function statusOf({ status, loaded }: Refresher<readonly LoadedCrl[]>): CrlSourceStatus {
  const crls = loaded() ?? []
  const updates = crls.flatMap(({ list }) => list.nextUpdate ?? [])
  return {
    ...status(),
    crls: crls.length,
    entries: crls.reduce((sum, { index }) => sum + index.entries, 0),
    nextUpdate: updates.length === 0 ? null : new Date(Math.min(...updates)),
  }
}
