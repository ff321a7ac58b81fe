/** What is known of what is fetched: which sources fail, since when, and whether the store that a fleet shares answers. */

import type { SourceEvent } from '../sources/refresher.ts'
import { SourceError } from '../sources/source-error.ts'
import type { ResourceEvent } from './cache/resource-events.ts'

export interface FailingSource {
  /** Its URL, escaped: an authority chose it. */
  readonly name: string
  readonly since: Date
  readonly error: string
}

export interface FetchedStatus {
  /** CRLs and answers of responders in memory. */
  readonly entries: number
  readonly bytes: number
  readonly failing: readonly FailingSource[]
  /** Of `cache.store`; null where there is none. */
  readonly store: 'answers' | 'failed' | null
}

export interface FetchedNews {
  readonly take: (event: ResourceEvent) => void
  readonly failing: () => readonly FailingSource[]
  readonly store: () => 'answers' | 'failed'
}

/** Of more the oldest is dropped, and told of again: names that somebody made up must not keep the one from being told that matters. */
const MAX_LISTED = 100

/**
 * Tells when a source begins to fail and when it answers again, and nothing between: a responder that is down fails for each of a thousand clients.
 *
 * @param onEvent - As for sources at hand.
 */
export function createFetchedNews(clock: () => Date, onEvent: (event: SourceEvent) => void): FetchedNews {
  const failing = new Map<string, FailingSource>()
  let store: 'answers' | 'failed' = 'answers'

  const failed = (name: string, error: SourceError): void => {
    onEvent({ source: name, outcome: 'kept-last-good', error })
  }

  return {
    take: (event) => {
      if (event.kind === 'store') {
        store = event.state === 'failed' ? 'failed' : 'answers'
        const name = 'revocation.cache.store'
        if (store === 'failed') failed(name, new SourceError(name, 'it does not answer; the network is asked'))
        else onEvent({ source: name, outcome: 'loaded', error: null })
      } else if (event.kind === 'failed') {
        const { name, problem } = event
        if (failing.has(name)) return
        const [oldest] = failing.keys()
        if (failing.size === MAX_LISTED && oldest !== undefined) failing.delete(oldest)
        const error = new SourceError(name, `${problem.because} (${problem.detail})`)
        failing.set(name, { name, since: clock(), error: error.message })
        failed(name, error)
      } else if (failing.delete(event.name)) {
        onEvent({ source: event.name, outcome: 'loaded', error: null })
      }
    },
    failing: () => [...failing.values()],
    store: () => store,
  }
}
