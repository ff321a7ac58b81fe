import { type Goal, goalOf } from '../../report.ts'
import type { KindName } from './answers.ts'

/** Microseconds. Null for who does not take part. */
export interface KindFigures {
  readonly kind: KindName
  readonly ours: number
  readonly c: number | null
  readonly pkijs: number
}

export function ocspGoal(figures: readonly KindFigures[], absences: readonly string[]): Goal {
  return goalOf(
    {
      id: 12,
      text: 'OCSP response of a responder met for the first time: 0.75 x C, 40 x faster than pkijs',
      unit: 'x',
    },
    figures.flatMap(({ kind, ours, c, pkijs }) => [
      ...(c === null ? [] : [{ name: `${kind}, of C`, bound: 'at most', limit: 0.75, value: ours / c } as const]),
      { name: `${kind}, pkijs`, bound: 'at least', limit: 40, value: pkijs / ours } as const,
    ]),
    absences,
  )
}
