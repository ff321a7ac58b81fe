/**
 * Puts x509-limbo and PKITS to the public API and compares the verdicts.
 *
 *   npm run conformance -- --limbo FILE [--profile FILE] --pkits FILE [--json]
 *
 * Exits with 1 where a verdict, its time, or an exception is not as expected, and with 2 where it was called wrongly. It knows nothing of any
 * case: what is special about one is in the suite, in the profile, or argued in exceptions.json.
 */
import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'
import { compareCases, findUnexpected } from './compare.ts'
import { readExceptions } from './exceptions.ts'
import { readLimbo } from './limbo.ts'
import { readPkits } from './pkits.ts'
import { reportOf, textOf } from './report.ts'

const USAGE = 'usage: npm run conformance -- --limbo FILE [--profile FILE] --pkits FILE [--json]'

/** @returns The exit code. */
export async function run(args: readonly string[], print: (text: string) => void): Promise<number> {
  const { limbo, profile, pkits, json } = readArguments(args)
  const cases = [
    ...(limbo === undefined ? [] : readLimbo(limbo, profile)),
    ...(pkits === undefined ? [] : readPkits(pkits)),
  ]
  if (cases.length === 0) throw new UsageError('the files hold no case')
  const exceptions = readExceptions(`${import.meta.dirname}/exceptions.json`)
  const comparisons = await compareCases(cases, exceptions)
  print(
    json
      ? JSON.stringify(reportOf(comparisons), null, 2)
      : textOf(comparisons, cases.filter((each) => each.profile === 'not-applicable').length),
  )
  return findUnexpected(comparisons).length === 0 ? 0 : 1
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        limbo: { type: 'string' },
        profile: { type: 'string' },
        pkits: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
      strict: true,
      allowPositionals: false,
    })
    if (values.limbo === undefined && values.pkits === undefined)
      throw new Error('name at least one of --limbo and --pkits')
    if (values.profile !== undefined && values.limbo === undefined)
      throw new Error('--profile classifies the cases of --limbo')
    return values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}
