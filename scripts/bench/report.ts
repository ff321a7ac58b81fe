import type { Machine } from './machine.ts'

/** One measured thing; `median` is null where there is nothing to measure, and `note` says why. */
export interface Row {
  readonly name: string
  readonly median: number | null
  readonly unit: 'us' | 'ms' | 'MB'
  /** To what the part compares with: the bare signature checks, C, the DER. */
  readonly ratio: number | null
  readonly note?: string
}

/** One comparison of a goal. */
export interface GoalCase {
  readonly name: string
  readonly bound: 'at most' | 'at least'
  readonly limit: number
  readonly value: number
}

/** One goal with its worst case; `ok` is null where it could not be measured. */
export interface Goal {
  readonly id: number
  readonly text: string
  readonly unit: 'us' | 'ms' | 'x'
  readonly limit: number | null
  readonly value: number | null
  readonly ok: boolean | null
  readonly worst: string | null
  readonly cases: readonly GoalCase[]
  /** What was left out, and why. */
  readonly notes: readonly string[]
}

export interface Measured {
  readonly goals: readonly Goal[]
  readonly rows: readonly Row[]
}

export interface Report extends Measured {
  readonly machine: Machine
}

const strain = ({ bound, limit, value }: GoalCase): number => (bound === 'at most' ? value / limit : limit / value)

/** Makes a goal of its cases: it is as good as the worst of them. */
export function goalOf(
  { id, text, unit }: Pick<Goal, 'id' | 'text' | 'unit'>,
  cases: readonly GoalCase[],
  notes: readonly string[] = [],
): Goal {
  const [worst] = [...cases].sort((a, b) => strain(b) - strain(a))
  if (!worst) return { id, text, unit, limit: null, value: null, ok: null, worst: null, cases, notes }
  const { limit, value, name } = worst
  return { id, text, unit, limit, value, ok: strain(worst) <= 1, worst: name, cases, notes }
}

/** The report for people. */
export function textOf({ machine, goals, rows }: Report): string {
  return [
    ...Object.entries(machine).map(([name, value]) => `${name.padEnd(10)} ${value}`),
    '',
    ...table([['', 'median', '', 'ratio'], ...rows.map(lineOf)]),
    '',
    'goals (the worst case of each)',
    ...table(goals.map(({ id, text, ...goal }) => [`${id}`, verdictOf(goal), boundOf(goal), text])),
    ...goals.flatMap((goal) => detailsOf(goal)),
  ].join('\n')
}

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

const lineOf = ({ name, median, unit, ratio, note }: Row): string[] => [
  name,
  median === null ? '-' : shown(median),
  median === null ? '' : unit,
  median === null ? (note ?? '') : [ratio === null ? '' : `${shown(ratio)} x`, note].filter(Boolean).join('  '),
]

const verdictOf = ({ ok }: Pick<Goal, 'ok'>): string => (ok === null ? 'not measured' : ok ? 'ok' : 'MISSED')

function boundOf({
  limit,
  value,
  unit,
  worst,
  cases,
}: Pick<Goal, 'limit' | 'value' | 'unit' | 'worst' | 'cases'>): string {
  if (limit === null || value === null) return '-'
  const { bound } = cases.find(({ name }) => name === worst) ?? { bound: 'at most' }
  return `${shown(value)} ${unit}, ${bound} ${shown(limit)} (${worst})`
}

const detailsOf = ({ id, cases, notes, unit }: Goal): string[] => [
  ...cases
    .filter((each) => strain(each) > 1)
    .map(
      ({ name, bound, limit, value }) =>
        `goal ${id} missed: ${name}: ${shown(value)} ${unit}, ${bound} ${shown(limit)}`,
    ),
  ...notes.map((note) => `goal ${id}: ${note}`),
]

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        /^[\d.]+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}
