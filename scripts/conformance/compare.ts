/** Compares what the suites expect with what the library says, and both with the exceptions that are argued. */
import type { Exception } from './exceptions.ts'
import { type Judgement, judge, SLOW_MS } from './judge.ts'
import { type Case, COUNTED, PROFILES, type Profile } from './suite.ts'

export interface Comparison {
  readonly case: Case
  readonly judgement: Judgement
  readonly agrees: boolean
  readonly isSlow: boolean
  /** Null where nobody argued about the case. */
  readonly exception: Exception | null
}

/** Runs every case but those that do not apply, one after the other: the time of each is its own. */
export async function compareCases(
  cases: readonly Case[],
  exceptions: ReadonlyMap<string, Exception>,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = []
  for (const each of cases) {
    if (each.profile === 'not-applicable') continue
    const judgement = await judge(each)
    comparisons.push({
      case: each,
      judgement,
      agrees: judgement.verdict === each.expected,
      isSlow: judgement.elapsedMs > SLOW_MS,
      exception: exceptions.get(each.id) ?? null,
    })
  }
  return comparisons
}

/** Whether a disagreement is argued for. */
export const isExcepted = ({ case: { expected }, agrees, exception, judgement }: Comparison): boolean =>
  !agrees && exception?.expected === expected && exception.actual === judgement.verdict

/** Why the run fails, one line for each reason; none where it passes. */
export function findUnexpected(comparisons: readonly Comparison[]): readonly string[] {
  return comparisons.flatMap((comparison) => {
    const { case: each, judgement, agrees, isSlow, exception } = comparison
    const lines: string[] = []
    if (isSlow) lines.push(`${each.id} took ${Math.round(judgement.elapsedMs)} ms`)
    if (agrees && exception) lines.push(`${each.id} agrees now: take it out of the exceptions`)
    if (!agrees && COUNTED.has(each.profile) && !isExcepted(comparison)) {
      lines.push(`${each.id} (${each.profile}) expects ${each.expected}, got ${judgement.verdict}`)
    }
    return lines
  })
}

export interface Row {
  readonly suite: string
  readonly profile: Profile
  readonly cases: number
  readonly agree: number
  readonly falseAccept: number
  readonly falseReject: number
  readonly slow: number
  readonly excepted: number
}

/** One row for each suite, or part of one, and profile. */
export function tabulate(comparisons: readonly Comparison[], suiteOf: (each: Case) => string): readonly Row[] {
  const suites = [...new Set(comparisons.map((comparison) => suiteOf(comparison.case)))]
  return suites.flatMap((suite) =>
    PROFILES.flatMap((profile) => {
      const own = comparisons.filter(({ case: each }) => suiteOf(each) === suite && each.profile === profile)
      return own.length === 0 ? [] : [rowOf(suite, profile, own)]
    }),
  )
}

function rowOf(suite: string, profile: Profile, own: readonly Comparison[]): Row {
  const count = (is: (comparison: Comparison) => boolean) => own.filter(is).length
  return {
    suite,
    profile,
    cases: own.length,
    agree: count(({ agrees }) => agrees),
    falseAccept: count(({ case: { expected }, agrees }) => !agrees && expected === 'reject'),
    falseReject: count(({ case: { expected }, agrees }) => !agrees && expected === 'accept'),
    slow: count(({ isSlow }) => isSlow),
    excepted: count(isExcepted),
  }
}
