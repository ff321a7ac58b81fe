/** Resources in the shared store: read, verified, and written with the time for which they are of use. */
import { inSlices } from '../../slices.ts'
import type { Fetched } from '../fetch/fetched.ts'
import type { Kept } from './resource.ts'
import { createSharedStore, type KeyvStore } from './shared-store.ts'
import { decodeShared, encodeShared, sharedKey } from './shared-value.ts'

const DAY_MS = 86_400_000

/** Stale data says nothing good, and still says who is revoked: a process that starts while the network is gone learns it here. */
const KEPT_STALE_MS = DAY_MS

/** What says that it is fresh for a year has been replaced long before. */
const MAX_TTL_MS = 31 * DAY_MS

export interface SharedResources {
  /** What another process fetched; null where there is nothing that could be one. Not verified. */
  readonly find: (key: string) => Promise<Fetched | null>
  /** Shares what was verified. */
  readonly share: (key: string, fetched: Fetched, kept: Kept<unknown>) => Promise<void>
}

const NOTHING_SHARED: SharedResources = { find: () => Promise.resolve(null), share: () => Promise.resolve() }

export function createSharedResources(
  keyv: KeyvStore | null,
  clock: () => Date,
  onState: (state: 'failed' | 'recovered') => void,
): SharedResources {
  if (keyv === null) return NOTHING_SHARED
  const store = createSharedStore(keyv, clock, onState)
  return {
    find: async (key) => inSlices(decodeShared(await store.read(sharedKey(key)), clock().getTime())),
    share: async (key, fetched, kept) => {
      const value = await inSlices(encodeShared(fetched))
      if (value === null) return
      const ttlMs = Math.max(kept.freshUntil - clock().getTime(), 0) + KEPT_STALE_MS
      await store.write(sharedKey(key), value, Math.round(Math.min(ttlMs, MAX_TTL_MS)))
    },
  }
}
