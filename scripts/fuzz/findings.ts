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
