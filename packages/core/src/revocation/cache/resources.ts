/**
 * What was fetched and verified, kept as long as it is of use: in memory, in a store that a fleet shares, and fetched again before it runs out.
 *
 * A failure is no content. It is remembered here for as long as the next attempt is put off, in this process alone, and says why there is no answer; whatever is
 * kept serves beside it, for it may still say who is revoked.
 */

import type { Fetched } from '../fetch/fetched.ts'
import { createBackOff } from './back-off.ts'
import { createEntries, type Entry } from './entries.ts'
import { lifetimeOf } from './lifetime.ts'
import { createRefreshAhead } from './refresh-ahead.ts'
import type { Kept, Obtained, Problem, Resource, Resources } from './resource.ts'
import { type ResourceChange, type ResourceEvent, tell } from './resource-events.ts'
import { createSharedResources } from './shared-resources.ts'
import type { KeyvStore } from './shared-store.ts'

export interface ResourcesSettings {
  readonly maxBytes: number
  /** Shared by a fleet; null for none. */
  readonly store: KeyvStore | null
  /** What is older than this still serves, and is looked for again in the background by the next who asks. */
  readonly refreshMs: number
  readonly clock: () => Date
  /** Told when something else is kept for a key than before: who was good may be revoked now. */
  readonly onChange?: (change: ResourceChange) => void
  readonly onEvent?: (event: ResourceEvent) => void
  /** From 0 to 1, for the time of the next look. Default `Math.random`. */
  readonly random?: () => number
}

const CLOSED: Problem = { because: 'unreachable', detail: 'the cache was closed' }

/**
 * Creates what keeps resources.
 *
 * Two processes that ask at the same instant both fetch: a lease would need `set if absent`, which Keyv does not have, and would make everybody wait for a holder
 * that died. Whoever asks later finds the answer of whoever asked first.
 */
export function createResources(settings: ResourcesSettings): Resources {
  const { clock, random = Math.random, onChange, onEvent } = settings
  const entries = createEntries(settings.maxBytes)
  const backOff = createBackOff()
  const shared = createSharedResources(settings.store, clock, (state) => tell(onEvent, { kind: 'store', state }))
  const flights = new Map<string, Promise<Obtained<unknown>>>()
  let isClosed = false

  const keptFor = (key: string): Kept<unknown> | null => entries.peek(key)?.kept ?? null

  const fail = ({ key, name }: Resource<unknown>, problem: Problem): Obtained<unknown> => {
    backOff.failed(key, problem, clock().getTime())
    if (!isClosed) tell(onEvent, { kind: 'failed', name, problem })
    return { kept: keptFor(key), problem }
  }

  /** @returns Why it was not taken; null where it was. */
  const take = (
    resource: Resource<unknown>,
    kept: Kept<unknown>,
    { fetchedAt, freshForMs }: Fetched,
  ): Problem | null => {
    const { key, name } = resource
    const before = entries.peek(key)
    if (before && kept.asOf < before.kept.asOf) {
      // Whoever replays an older answer would undo a revocation.
      return { because: 'stale', detail: `as of ${timeOf(kept.asOf)}, which is older than what is kept` }
    }
    const now = clock().getTime()
    const lifetime = lifetimeOf({ fetchedAt, freshForMs, freshUntil: kept.freshUntil }, random())
    const entry: Entry = { resource, kept, fetchedAt, lifetime, askedAt: before?.askedAt ?? now }
    if (!entries.put(entry)) {
      return { because: 'too-large', detail: `it takes ${kept.bytes} bytes, more than \`cache.maxBytes\` allows` }
    }
    ahead.start()
    if (!before || !isSame(before.kept, kept)) tell(onChange, { key, name, kept, previous: before?.kept ?? null })
    return null
  }

  /** Takes what another process has fetched since; where that is still fresh, nobody else is asked. */
  const lookInStore = async (resource: Resource<unknown>): Promise<boolean> => {
    const { key, name } = resource
    const found = await shared.find(key)
    if (found === null || found.fetchedAt <= (entries.peek(key)?.fetchedAt ?? Number.NEGATIVE_INFINITY)) return false
    const read = await resource.read(found.octets, 'store', clock().getTime())
    if (isClosed || !read.ok || take(resource, read.value, found) !== null) return false
    tell(onEvent, { kind: 'shared', name })
    return clock().getTime() < (entries.peek(key)?.lifetime.askFrom ?? 0)
  }

  const lookOutside = async (resource: Resource<unknown>): Promise<Obtained<unknown>> => {
    const { key, name } = resource
    const fetched = await resource.fetch()
    if (!fetched.ok) return fail(resource, fetched.failure)
    const read = await resource.read(fetched.value.octets, 'network', clock().getTime())
    if (!read.ok) return fail(resource, read.failure)
    if (isClosed) return { kept: null, problem: CLOSED }
    const problem = take(resource, read.value, fetched.value)
    if (problem) return fail(resource, problem)
    tell(onEvent, { kind: 'fetched', name })
    await shared.share(key, fetched.value, read.value)
    if (clock().getTime() >= read.value.freshUntil) {
      return fail(resource, {
        because: 'stale',
        detail: `what is published is stale since ${timeOf(read.value.freshUntil)}`,
      })
    }
    backOff.succeeded(key)
    return { kept: keptFor(key), problem: null }
  }

  const look = async (resource: Resource<unknown>): Promise<Obtained<unknown>> => {
    try {
      if (!(await lookInStore(resource))) return await lookOutside(resource)
      backOff.succeeded(resource.key)
      return { kept: keptFor(resource.key), problem: null }
    } catch (thrown) {
      // A mistake in what reads. Nobody has an answer then, and it should be heard of.
      process.emitWarning(String(thrown), 'ClientCertWarning')
      return fail(resource, { because: 'malformed', detail: 'it could not be read' })
    }
  }

  /** One flight for all who ask meanwhile. */
  const join = (resource: Resource<unknown>): Promise<Obtained<unknown>> => {
    const underWay = flights.get(resource.key)
    if (underWay) return underWay
    const flight = look(resource).finally(() => flights.delete(resource.key))
    flights.set(resource.key, flight)
    return flight
  }

  const ahead = createRefreshAhead(
    entries,
    clock,
    ({ resource: { key }, lifetime, fetchedAt }, now) =>
      (now >= lifetime.lookFrom || now < fetchedAt) && !flights.has(key) && backOff.problemAt(key, now) === null,
    ({ resource }) => join(resource),
  )

  const obtain = async (resource: Resource<unknown>): Promise<Obtained<unknown>> => {
    if (isClosed) return { kept: null, problem: CLOSED }
    const { key } = resource
    const now = clock().getTime()
    const entry = entries.ask(resource, now)
    const kept = entry?.kept ?? null
    const isFresh = entry !== undefined && now < entry.kept.freshUntil
    const lookFrom = entry && Math.min(entry.lifetime.lookFrom, entry.fetchedAt + settings.refreshMs)
    // Before it was fetched: the clock was moved back, and nobody would look for as long as it was moved.
    if (isFresh && now < (lookFrom ?? 0) && now >= entry.fetchedAt) return { kept, problem: null }
    const pause = backOff.problemAt(key, now)
    if (pause) return { kept, problem: pause }
    const failed = backOff.lastProblem(key)
    const flight = join(resource)
    // Nobody waits for a host that hangs while there is something that holds; but what nobody has asked for in a while is not relied on unseen.
    const isRecent =
      entry !== undefined && now < Math.min(entry.lifetime.askFrom, entry.fetchedAt + 2 * settings.refreshMs)
    if (isFresh && (isRecent || failed)) return { kept, problem: failed }
    return flight
  }

  return {
    // What is kept for a key was read by a resource of that key.
    obtain: (resource) => obtain(resource) as Promise<Obtained<never>>,
    held: ({ key }) => keptFor(key) as Kept<never> | null,
    size: entries.size,
    close: () => {
      isClosed = true
      ahead.stop()
      entries.clear()
    },
  }
}

/** Other content differs in one of these: an entry more makes a CRL longer, and an answer says of somebody now that he is revoked. */
const isSame = (a: Kept<unknown>, b: Kept<unknown>): boolean =>
  a.asOf === b.asOf && a.freshUntil === b.freshUntil && a.bytes === b.bytes && a.mayRevoke === b.mayRevoke

/** What a peer chose may be no time at all. */
const timeOf = (milliseconds: number): string =>
  Number.isFinite(milliseconds) && Math.abs(milliseconds) < 8.64e15 ? new Date(milliseconds).toISOString() : 'no time'
