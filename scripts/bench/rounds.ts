/**
 * Rounds of contenders that take turns, so that whatever else the machine does falls on all of them, and the median over the rounds.
 *
 * Not tinybench or mitata: both run one task to its end before the next, so a busy minute falls on one contender alone; and
 * neither can have a round run by another program, which is how C takes part.
 */

/** One way to do the job. */
export interface Contender {
  readonly name: string
  /** Does the job so many times, with the next of the prepared inputs each time, and returns the nanoseconds that it took. */
  readonly run: (times: number) => Promise<number>
}

export interface RoundOptions {
  readonly rounds: number
  /** About how long one contender's turn is, in milliseconds. */
  readonly turnMs: number
  /** How long each contender runs before anything counts, in milliseconds. */
  readonly warmUpMs: number
}

/** @returns For each contender the microseconds of each round, for one time of the job. */
export async function takeTurns(
  contenders: readonly Contender[],
  { rounds, turnMs, warmUpMs }: RoundOptions,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const turns: { readonly contender: Contender; readonly times: number; readonly micros: number[] }[] = []
  for (const contender of contenders) {
    const perTime = await warmUp(contender, warmUpMs)
    turns.push({ contender, times: Math.max(1, Math.round((turnMs * 1e6) / perTime)), micros: [] })
  }
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another contender: nobody always runs behind the one that leaves the most garbage.
    const shift = round % Math.max(1, turns.length)
    for (const { contender, times, micros } of [...turns.slice(shift), ...turns.slice(0, shift)]) {
      micros.push((await contender.run(times)) / times / 1_000)
    }
  }
  return new Map(turns.map(({ contender, micros }) => [contender.name, micros]))
}

/** Runs in growing steps until the compilers have settled. @returns Nanoseconds for one time. */
async function warmUp({ run }: Contender, warmUpMs: number): Promise<number> {
  let [times, took, spent] = [1, await run(1), 0]
  while (spent < warmUpMs * 1e6) {
    times = Math.max(1, Math.min(times * 2, Math.round((warmUpMs * 2e5) / Math.max(1, took / times))))
    took = await run(times)
    spent += took
  }
  return Math.max(1, took / times)
}

/** The middle one; of an even number, the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  if (below === undefined || above === undefined) throw new RangeError('no values')
  return (below + above) / 2
}
