/** What is known of revocation by all decisions of one authenticator: the CRLs at hand, and what was fetched. */
import type { SourceEvent } from '../sources/refresher.ts'
import type { ResolvedCache } from './cache/cache-options.ts'
import type { ResourceChange } from './cache/resource-events.ts'
import { createResources } from './cache/resources.ts'
import type { Remote, RevocationSettings } from './context.ts'
import type { CrlSources } from './crl/crl-sources.ts'
import { type CrlStore, createCrlStore } from './crl/crl-store.ts'
import { urlSource } from './crl/url-source.ts'
import { createFetch } from './fetch/create-fetch.ts'
import type { ResolvedFetch } from './fetch/fetch-options.ts'
import { createFetchedNews, type FetchedStatus } from './fetched-status.ts'
import { createKnownRevocations, type Issued, type Revoked } from './known-revocations.ts'

export interface RevocationStore {
  readonly crls: CrlStore
  /** Null where nothing is fetched. */
  readonly remote: Remote | null
  /** Grows with each change: what was remembered under another is forgotten. */
  readonly epoch: () => number
  /** Of what is fetched; null where nothing is. */
  readonly fetched: () => FetchedStatus | null
  readonly close: () => void
}

export interface RevocationStoreOptions {
  readonly settings: RevocationSettings
  readonly crls: CrlSources
  readonly fetch: ResolvedFetch | null
  readonly cache: ResolvedCache
  readonly clock: () => Date
}

export interface RevocationNews {
  /** A load of CRLs at hand, after the first. */
  readonly onEvent: (event: SourceEvent & { readonly epoch: number }) => void
  /** Lists or answers are others than they were. */
  readonly onNewer: () => void
  readonly onRevoked: (issued: Issued, revoked: Revoked) => void
}

/** @throws {ConfigurationError} Where a file of CRLs cannot be read, or holds something that is none. */
export function createRevocationStore(
  { settings, crls: sources, fetch: fetching, cache, clock }: RevocationStoreOptions,
  { onEvent, onNewer, onRevoked }: RevocationNews,
): RevocationStore {
  let changes = 0
  let heard = 1
  const epoch = (): number => crls.epoch() + changes
  const closing = new AbortController()
  const fetch = fetching && createFetch({ ...fetching.settings, clock, signal: closing.signal })
  const fetched = fetch ? sources.urls.map(({ url }) => urlSource(url, { ...settings, fetch })) : []
  const crls = createCrlStore([...sources.local, ...fetched], clock, (event) => {
    onEvent(event)
    if (event.epoch !== heard) onNewer()
    heard = event.epoch
  })
  const news = createFetchedNews(clock, (event) => onEvent({ ...event, epoch: epoch() }))
  const onChange = ({ kept, previous }: ResourceChange): void => {
    if (previous === null || !kept.mayRevoke) return
    changes++
    onNewer()
  }
  const remote: Remote | null = fetch && {
    fetch,
    resources: createResources({ ...cache, refreshMs: settings.refreshMs, clock, onChange, onEvent: news.take }),
    known: createKnownRevocations((issued, revoked) => {
      changes++
      onRevoked(issued, revoked)
    }),
  }
  return {
    crls,
    remote,
    epoch,
    fetched: () =>
      remote && {
        ...remote.resources.size(),
        failing: news.failing(),
        store: cache.store === null ? null : news.store(),
      },
    close: () => {
      closing.abort()
      crls.close()
      remote?.resources.close()
    },
  }
}
