/**
 * Mutation testing: changes one place of a folder at a time and asks whether the tests of that folder notice.
 *
 * A folder is held to its own tests. What only a test of another leg notices counts as unnoticed: the folder's tests are where a
 * reader looks for its rules. No part of `npm run check` or of CI, whose twenty minutes it would take more than half of.
 */
import { Stryker } from '@stryker-mutator/core'
import { UsageError } from '../usage-error.ts'

/**
 * The lowest score with which a run passes, in percent: what was reached, rounded down. What keeps it from 100 is argued in
 * CONTRIBUTING.md; lowering it takes another such argument.
 */
const LOWEST_SCORE: Readonly<Record<string, number>> = {
  headers: 100,
  'path/checks': 100,
  policy: 98,
}

const USAGE = `usage: npm run mutate -- [${Object.keys(LOWEST_SCORE).join(' | ')}]...`

/** Mutates the named folders, or all, one after the other. */
export async function run(args: readonly string[], print: (text: string) => void): Promise<number> {
  const folders = args.length > 0 ? args : Object.keys(LOWEST_SCORE)
  if (folders.some((folder) => !Object.hasOwn(LOWEST_SCORE, folder))) throw new UsageError(USAGE)

  const lines: string[] = []
  let status = 0
  for (const folder of folders) {
    const lowest = LOWEST_SCORE[folder] ?? 100
    const { score, noticed, unnoticed } = await mutate(folder)
    if (score < lowest) status = 1
    lines.push(`${score.toFixed(2)} % (lowest ${lowest}): ${folder}, ${noticed} noticed, ${unnoticed} not`)
  }
  for (const line of lines) print(line)
  return status
}

async function mutate(folder: string) {
  const mutants = await new Stryker({
    mutate: [`packages/core/src/${folder}/**/*.ts`],
    testRunner: 'vitest',
    vitest: { configFile: 'scripts/mutation/vitest.config.ts', dir: `packages/core/test/${folder}`, related: false },
    coverageAnalysis: 'perTest',
    // The copy holds what the tests read, no more.
    ignorePatterns: ['**', '!packages/{core,testing}/**', '!test/setup/**', '!scripts/mutation/**', '!*.json'],
    // Types are what `npm run check:types` looks at; here nothing compiles.
    disableTypeChecks: false,
    reporters: ['clear-text', 'html'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    htmlReporter: { fileName: `reports/mutation/${folder}.html` },
    concurrency: 2,
    // A slow machine is no hang: what never ends is told by the count of its steps, or by this.
    timeoutMS: 30_000,
    thresholds: { break: LOWEST_SCORE[folder] ?? 100 },
  }).runMutationTest()
  const count = (...statuses: readonly string[]) => mutants.filter(({ status }) => statuses.includes(status)).length
  const noticed = count('Killed', 'Timeout')
  const unnoticed = count('Survived', 'NoCoverage')
  return { noticed, unnoticed, score: (100 * noticed) / (noticed + unnoticed) }
}
