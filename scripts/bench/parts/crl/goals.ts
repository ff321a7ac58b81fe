import { type Goal, type GoalCase, goalOf } from '../../report.ts'
import type { Size } from './lists.ts'

/** Of one size: microseconds and octets. Null where there is no C. */
export interface SizeFigures {
  readonly size: Size
  readonly derOctets: number
  readonly indexOctets: number
  readonly retainedOctets: number
  readonly loadAtOnce: number
  readonly loadInSlices: number
  readonly find: number
  readonly c: { readonly load: number; readonly find: number } | null
}

/** The goal speaks of lists that are worth an index. */
const HELD: readonly Size[] = ['100 k', '1 M']

export function crlGoal(figures: readonly SizeFigures[], absences: readonly string[]): Goal {
  const held = figures.filter(({ size }) => HELD.includes(size))
  const atMost = (name: string, limit: number, value: number): GoalCase => ({ name, bound: 'at most', limit, value })
  return goalOf(
    { id: 10, text: 'CRL: load 0.25 x C, lookup as C, memory 1.4 x the DER', unit: 'x' },
    held.flatMap(({ size, c, ...ours }) => [
      ...(c
        ? [
            atMost(`${size}, load at once`, 0.25, ours.loadAtOnce / c.load),
            atMost(`${size}, load in slices`, 0.25, ours.loadInSlices / c.load),
            atMost(`${size}, lookup`, 1, ours.find / c.find),
          ]
        : []),
      atMost(`${size}, DER and index`, 1.4, (ours.derOctets + ours.indexOctets) / ours.derOctets),
      atMost(`${size}, kept by the process`, 1.4, ours.retainedOctets / ours.derOctets),
    ]),
    absences,
  )
}
