/**
 * Measures this library beside what else does the same job, in one process and in turns, against the goals of docs/performance.md.
 *
 *   npm run bench -- [--only path] [--json] [--check] [--rounds N] [--pool N]
 *
 * Exits with 0 whatever it measures, unless --check is given: then with 1 where a goal is missed or could not be measured. A machine that is
 * busy misses goals for no fault of the code, so nothing automatic runs it with --check. Exits with 2 where it was called wrongly.
 */
import { parseArgs } from 'node:util'
import { UsageError } from '../usage-error.ts'
import { describeMachine } from './machine.ts'
import { loadPart, PART_NAMES } from './parts.ts'
import { type Report, textOf } from './report.ts'

const USAGE = `usage: npm run bench -- [--only ${PART_NAMES.join('|')}] [--json] [--check] [--rounds N] [--pool N]`

/** Fewer give a median that one busy moment decides. */
const LEAST_ROUNDS = 9
const DEFAULT_ROUNDS = 15
const DEFAULT_POOL = 200

/** @returns The exit code. */
export async function run(
  args: readonly string[],
  print: (text: string) => void,
  tell: (text: string) => void,
): Promise<number> {
  const { only, json, check, rounds, pool } = readArguments(args)
  const measure = await loadPart(only)
  if (rounds < LEAST_ROUNDS) tell(`${rounds} rounds: too few for a figure that counts, which takes ${LEAST_ROUNDS}`)
  const [turnMs, warmUpMs] = rounds < LEAST_ROUNDS ? [1, 1] : [20, 1_000]
  const { machine, goals, rows } = await measure({ rounds, pool, turnMs, warmUpMs, tell })
  const report: Report = { machine: describeMachine(machine), goals, rows }
  print(json ? JSON.stringify(report, null, 2) : textOf(report))
  return check && goals.some(({ ok }) => ok !== true) ? 1 : 0
}

function readArguments(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', default: 'path' },
        json: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
        pool: { type: 'string', default: String(DEFAULT_POOL) },
      },
      strict: true,
      allowPositionals: false,
    })
    return { ...values, rounds: readWhole('rounds', values.rounds), pool: readWhole('pool', values.pool) }
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function readWhole(name: string, text: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (number < 1) throw new Error(`--${name} is ${text}: give a whole number from 1 on`)
  return number
}
