import { startStopwatch } from '../../clock.ts'
import type { Contender } from '../../rounds.ts'
import type { Family, Presented } from './families.ts'

/** Which of the two jobs: the end entity alone is new, or its intermediate as well. */
export type Job = 'issuer cached' | 'cold'

/** Says whether what is presented verifies. */
export type Judge = (presented: Presented) => boolean | Promise<boolean>

export const poolFor = (family: Family, job: Job): readonly Presented[] =>
  job === 'cold' ? family.chains : family.underIssuer

/** A contender that judges the next of the pool each time, and throws where it refuses a good one. */
export function contenderOf(name: string, pool: readonly Presented[], judge: Judge, mode: 'sync' | 'async'): Contender {
  let next = 0
  const take = (): Presented => {
    const presented = pool[next++ % pool.length]
    if (!presented) throw new RangeError(`${name}: the pool is empty`)
    return presented
  }
  const refused = () => new Error(`${name} refuses a good chain`)
  const runSync = (times: number): Promise<number> => {
    const elapsed = startStopwatch()
    for (let count = 0; count < times; count++) if (judge(take()) !== true) throw refused()
    return Promise.resolve(elapsed())
  }
  const runAsync = async (times: number): Promise<number> => {
    const elapsed = startStopwatch()
    for (let count = 0; count < times; count++) if ((await judge(take())) !== true) throw refused()
    return elapsed()
  }
  return { name, run: mode === 'sync' ? runSync : runAsync }
}

/** Says why a judge may not take part; undefined where it accepts every good one and refuses the forged one. */
export async function findFault(family: Family, job: Job, judge: Judge): Promise<string | undefined> {
  for (const presented of poolFor(family, job)) {
    if (!(await judge(presented))) return 'does not accept a good chain'
  }
  const forged = job === 'cold' ? family.forged.chain : family.forged.underIssuer
  return (await judge(forged)) ? 'accepts a forged chain' : undefined
}
