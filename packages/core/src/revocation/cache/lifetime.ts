/**
 * When something kept is looked for again, and until when it does without.
 *
 * Two clocks run. nextUpdate says when data is stale: from then on it says nothing good. HTTP's freshness says when there may be something newer: an
 * authority that revokes today publishes today, with a nextUpdate next week. So HTTP decides when to look, and never that something is good: whoever
 * forges headers on plain http gains a look too many, or one too few until nextUpdate, which he has by blocking the network as well.
 */

export interface Lifetime {
  /** From here on it is looked for again in the background, while what is kept still serves. */
  readonly lookFrom: number
  /** From here on whoever asks waits for the look. Milliseconds since 1970, all of them. */
  readonly askFrom: number
}

/** A minute is Kong's `cert_cache_ttl`: `no-cache` on what a fleet asks for with each connection would be an attack on the responder. */
export const LEAST_FRESH_MS = 60_000

/**
 * A look ahead falls into the last quarter, at a random place: a fleet that fetched at the same moment does not fetch again at the same moment, and the first
 * one serves the others through the shared store.
 */
const LOOK_FROM_SHARE = 0.75
const LOOK_UNTIL_SHARE = 0.95

/**
 * @param freshForMs - Of HTTP; null where it says nothing, and nextUpdate alone counts.
 * @param freshUntil - nextUpdate.
 * @param random - From 0 to 1.
 */
export function lifetimeOf(
  { fetchedAt, freshForMs, freshUntil }: { fetchedAt: number; freshForMs: number | null; freshUntil: number },
  random: number,
): Lifetime {
  const byHttp = freshForMs === null ? Number.POSITIVE_INFINITY : fetchedAt + Math.max(freshForMs, LEAST_FRESH_MS)
  const askFrom = Math.min(byHttp, freshUntil)
  const share = LOOK_FROM_SHARE + (LOOK_UNTIL_SHARE - LOOK_FROM_SHARE) * random
  return { askFrom, lookFrom: fetchedAt + Math.max(askFrom - fetchedAt, 0) * share }
}
