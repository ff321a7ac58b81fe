import type { FailureBase } from '../failure.ts'
import type { SignaturesFailure } from '../signatures/failures.ts'
import type { PathFailure } from './failures.ts'

/** Everything that can end a path. */
export type PathRefusal = PathFailure | SignaturesFailure

/** Failures that say no more than that the store knows nobody who vouches: the only ones that `optional-no-ca` lets pass. */
export const UNANCHORED_CODES: ReadonlySet<string> = new Set<PathRefusal['code']>([
  'ERR_PATH_ISSUER_MISSING',
  'ERR_PATH_SELF_SIGNED',
  'ERR_PATH_NO_ANCHOR',
])

/** How many failures beside the best are kept. */
const KEPT = 8

/** One failure with what the search knew of its candidate. */
export interface Found {
  readonly failure: PathRefusal
  readonly likeliness: 'likely' | 'open' | 'unlikely'
}

/**
 * Orders failures by what they tell: that no anchor was found tells least; then what candidates failed on whom the key identifiers
 * speak against; a used-up budget tells most, for the search is then not complete and nothing else about it is certain.
 */
function rank({ failure, likeliness }: Found): number {
  if (failure.code === 'ERR_PATH_BUDGET') return 100
  // Below all others: an issuer whose signature does not hold must not pass for one who is merely unknown, whatever was tried first.
  if (UNANCHORED_CODES.has(failure.code)) return -1
  const telling = failure.code === 'ERR_SIGNATURES_INVALID' || failure.code === 'ERR_PATH_TOO_LONG' ? 10 : 20
  return telling + { likely: 5, open: 3, unlikely: 0 }[likeliness] - (likeliness === 'unlikely' ? 10 : 0)
}

/** The failure that tells most, the first of equals, with the others kept beside it. */
export function mostSpecific(found: readonly [Found, ...Found[]]): PathRefusal {
  const best = found.reduce((a, b) => (rank(b) > rank(a) ? b : a))
  const others: FailureBase[] = found.filter((each) => each !== best).map(({ failure }) => failure)
  return others.length === 0 ? best.failure : Object.freeze({ ...best.failure, others: others.slice(0, KEPT) })
}
