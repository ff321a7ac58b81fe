import { ADAPTERS, type Adapter } from './applications.ts'
import type { Knock } from './knock.ts'
import type { Got } from './knock-at.ts'

/** One row of the table: a knock, and what came of it at each application. */
export interface Row {
  readonly knock: Knock
  readonly got: Readonly<Record<Adapter, Got>>
}

/** What is not as it has to be in a row, in words: another outcome, or a leak. Nothing, if all is well. */
export function differencesIn({ knock, got }: Row): readonly string[] {
  return ADAPTERS.flatMap((adapter) => {
    const { outcome, leaks } = got[adapter]
    const wrong = outcome === knock.expected ? [] : [`expected ${knock.expected}, got ${outcome}`]
    return [...wrong, ...leaks].map((difference) => `${adapter}: ${difference}`)
  })
}

/** Puts another expectation into a row, given as `7=200 alice` with rows counted from 1: the way to see the demo fail. */
export function withExpectation(knocks: readonly Knock[], change: string): readonly Knock[] {
  const [, row = '', expected = ''] = /^(\d+)=(.+)$/.exec(change) ?? []
  const index = Number(row) - 1
  const knock = knocks[index]
  if (knock === undefined)
    throw new TypeError(`--expect ${change}: give ROW=OUTCOME, with a row from 1 to ${knocks.length}`)
  return knocks.with(index, { ...knock, expected })
}
