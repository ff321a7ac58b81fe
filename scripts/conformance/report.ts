import { type Comparison, findUnexpected, isExcepted, type Row, tabulate } from './compare.ts'

/** What `--json` prints. */
export interface Report {
  readonly suites: readonly Row[]
  readonly disagreements: readonly {
    readonly id: string
    readonly expected: string
    readonly got: string
    readonly code: string | null
    readonly excepted: boolean
  }[]
}

export const reportOf = (comparisons: readonly Comparison[]): Report => ({
  suites: tabulate(comparisons, ({ suite }) => suite),
  disagreements: comparisons
    .filter(({ agrees }) => !agrees)
    .map((comparison) => ({
      id: comparison.case.id,
      expected: comparison.case.expected,
      got: comparison.judgement.verdict,
      code: comparison.judgement.code,
      excepted: isExcepted(comparison),
    })),
})

/** What is printed for people. */
export function textOf(comparisons: readonly Comparison[], notApplicable: number): string {
  const disagreements = comparisons.filter(({ agrees }) => !agrees)
  const slowest = comparisons.toSorted((a, b) => b.judgement.elapsedMs - a.judgement.elapsedMs)[0]
  const unexpected = findUnexpected(comparisons)
  return [
    ...tableOf(tabulate(comparisons, ({ suite, namespace }) => `${suite} ${namespace}`)),
    '',
    ...tableOf(tabulate(comparisons, ({ suite }) => suite)),
    '',
    `not run, since they do not concern a client's validator: ${notApplicable}`,
    `slowest: ${slowest?.case.id ?? 'none'}, ${slowest?.judgement.elapsedMs.toFixed(1) ?? 0} ms`,
    ...(disagreements.length === 0 ? [] : ['', 'disagreements:', ...disagreements.map(describe)]),
    '',
    ...(unexpected.length === 0 ? ['nothing unexpected'] : ['UNEXPECTED:', ...unexpected.map((line) => `  ${line}`)]),
  ].join('\n')
}

const COLUMNS = {
  cases: 'cases',
  agree: 'agree',
  falseAccept: 'false accept',
  falseReject: 'false reject',
  slow: 'over 1 s',
  excepted: 'excepted',
} as const satisfies { [Column in Exclude<keyof Row, 'suite' | 'profile'>]: string }

function tableOf(rows: readonly Row[]): string[] {
  const lines = [
    ['suite', 'profile', ...Object.values(COLUMNS)],
    ...rows.map((row) => [
      row.suite,
      row.profile,
      String(row.cases),
      String(row.agree),
      String(row.falseAccept),
      String(row.falseReject),
      String(row.slow),
      String(row.excepted),
    ]),
  ]
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines.map((line) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** Some suites explain at length. */
const LONGEST_ABOUT = 400

/** A disagreement with the reasons of both sides. */
function describe(comparison: Comparison): string {
  const { case: each, judgement, exception } = comparison
  const ours = judgement.code === null ? judgement.reason : `${judgement.code}: ${judgement.reason}`
  return [
    `  ${each.id} (${each.suite}, ${each.profile})`,
    `    expects ${each.expected}: ${each.about.slice(0, LONGEST_ABOUT)}`,
    `    got ${judgement.verdict}: ${ours}`,
    `    ${exception ? `argued: ${exception.reason}` : 'not argued'}`,
  ].join('\n')
}
