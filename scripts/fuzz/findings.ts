import type { Mutant } from './mutants.ts'

/** A mutant about which two judges differ, with what it takes to look into it. */
export interface Finding {
  readonly mutant: Mutant
  readonly problem: string
  /** The path that was accepted; what was presented where there is none. */
  readonly certificates: readonly Uint8Array[]
}

/** What was counted, each kind by a word. */
export type Tally = Map<string, number>

export const count = (tally: Tally, key: string): void => {
  tally.set(key, (tally.get(key) ?? 0) + 1)
}

export interface Outcome {
  readonly tried: number
  readonly elapsedMs: number
  readonly accepted: number
  /** Paths that were accepted, each once: what openssl says of one it says again. */
  readonly distinctPaths: number
  readonly refusedJudged: number
  readonly opensslRuns: number
  /** Any of these fails the run. */
  readonly findings: readonly Finding[]
  /** Accepted here and refused there, by the argument for it. */
  readonly argued: Tally
  /** Refused here and accepted there, by our code, among the refused that were judged. */
  readonly stricterHere: Tally
  readonly refusals: Tally
  readonly parsers: Tally
  readonly slowest: { readonly elapsedMs: number; readonly story: string }
}

/** The outcomes of several workers as one: their mutants were tried side by side. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  const total = (numberOf: (outcome: Outcome) => number) => outcomes.reduce((sum, each) => sum + numberOf(each), 0)
  const merged = (tallyOf: (outcome: Outcome) => Tally): Tally => {
    const tally: Tally = new Map()
    for (const [key, number] of outcomes.flatMap((each) => [...tallyOf(each)])) {
      tally.set(key, (tally.get(key) ?? 0) + number)
    }
    return tally
  }
  return {
    tried: total(({ tried }) => tried),
    elapsedMs: Math.max(...outcomes.map(({ elapsedMs }) => elapsedMs)),
    accepted: total(({ accepted }) => accepted),
    distinctPaths: total(({ distinctPaths }) => distinctPaths),
    refusedJudged: total(({ refusedJudged }) => refusedJudged),
    opensslRuns: total(({ opensslRuns }) => opensslRuns),
    findings: outcomes.flatMap(({ findings }) => findings),
    argued: merged(({ argued }) => argued),
    stricterHere: merged(({ stricterHere }) => stricterHere),
    refusals: merged(({ refusals }) => refusals),
    parsers: merged(({ parsers }) => parsers),
    slowest: outcomes
      .map(({ slowest }) => slowest)
      .reduce((slowest, each) => (each.elapsedMs > slowest.elapsedMs ? each : slowest), {
        elapsedMs: 0,
        story: 'none',
      }),
  }
}
