import { startStopwatch } from '../../clock.ts'
import type { Contender } from '../../rounds.ts'

/** Says whether an answer is good, and signed by who may sign it. */
export type Judge = (answer: Uint8Array) => boolean | Promise<boolean>

/** A contender that judges the next of the pool each time, and throws where it refuses a good one. */
export function contenderOf(name: string, pool: readonly Uint8Array[], judge: Judge): Contender {
  let next = 0
  return {
    name,
    run: async (times) => {
      const elapsed = startStopwatch()
      for (let count = 0; count < times; count++) {
        const answer = pool[next++ % pool.length]
        // Those that are synchronous are not made to wait.
        const verdict = answer && judge(answer)
        if ((typeof verdict === 'boolean' ? verdict : await verdict) !== true)
          throw new Error(`${name} refuses a good answer`)
      }
      return elapsed()
    },
  }
}

/** @throws {Error} Where somebody refuses a good answer or believes the forged one. */
export async function checkVerdicts(
  name: string,
  judge: Judge,
  pool: readonly Uint8Array[],
  forged: Uint8Array,
): Promise<void> {
  for (const answer of pool) if (!(await judge(answer))) throw new Error(`${name} refuses a good answer`)
  if (await judge(forged)) throw new Error(`${name} believes a forged answer`)
}
