/** Mutants of what is presented: the certificates are whole, and it is their number, order and company that changes. */
import type { Random } from '../random.ts'

/** @param others - Certificates of every chain there is. */
export type ListMutation = (
  list: readonly Uint8Array[],
  random: Random,
  others: readonly Uint8Array[],
) => readonly Uint8Array[]

const shuffle: ListMutation = (list, random) => {
  const rest = [...list]
  return list.map(() => rest.splice(random.below(rest.length), 1)[0] ?? new Uint8Array())
}

/** Keeps one at least: without any there is nothing to verify. */
const omit: ListMutation = (list, random) => (list.length === 1 ? list : list.toSpliced(random.below(list.length), 1))

const repeat: ListMutation = (list, random) => list.toSpliced(random.below(list.length + 1), 0, random.pick(list))

const foreign: ListMutation = (list, random, others) =>
  list.toSpliced(
    1 + random.below(list.length),
    0,
    ...Array.from({ length: 1 + random.below(3) }, () => random.pick(others)),
  )

const exchange: ListMutation = (list, random, others) => list.with(random.below(list.length), random.pick(others))

export const LIST_MUTATIONS = { shuffle, omit, repeat, foreign, exchange } as const satisfies Record<
  string,
  ListMutation
>
