/**
 * Mutates good chains and has every mutant judged: here, by openssl and by pkijs.
 *
 *   npm run fuzz -- [--seconds N] [--seed S] [--workers W]
 *   npm run fuzz -- --decoders
 *
 * Each of the workers, as many as there are processors, has a seed of its own, from S on; the same seed makes the same mutants. Exits with 1 where one that is accepted here is refused there, and nobody argued for it, where the two readers
 * read one certificate as two, and for a crash or a mutant that takes too long; with 2 where it was called wrongly.
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { pemOf } from '@clientcert/testing'
import { UsageError } from '../usage-error.ts'
import { ARGUMENTS } from './argued.ts'
import { timeDecoders } from './decoders.ts'
import { type Outcome, sum, type Tally } from './findings.ts'
import { opensslVersion } from './openssl.ts'

const USAGE = 'usage: npm run fuzz -- [--seconds N] [--seed S] [--workers W] | --decoders'

/** How many findings are spelled out; one cause has many mutants. */
const SHOWN = 5

/** @returns The exit code. */
export async function run(args: readonly string[], print: (text: string) => void): Promise<number> {
  if (args.length === 1 && args[0] === '--decoders') return timeDecoders(print)
  const { seconds, seed, workers } = readArguments(args)
  const version = opensslVersion()
  if (version === undefined) throw new UsageError('openssl is not installed: it is one of the judges')
  const seeds = Array.from({ length: workers }, (_, index) => seed + index)
  print(`seeds ${seeds.join(', ')}, ${seconds} s, judges: @clientcert/core, ${version}, pkijs`)
  const outcome = sum(await Promise.all(seeds.map((each) => fuzzApart(each, seconds))))
  print(textOf(outcome))
  return outcome.findings.length === 0 ? 0 : 1
}

/** In a process of its own, which is given the same loader as this one. Rejects where it ends without an outcome. */
function fuzzApart(seed: number, seconds: number): Promise<Outcome> {
  const worker = fork(new URL('./worker.ts', import.meta.url), [String(seed), String(seconds)], {
    serialization: 'advanced',
  })
  return new Promise((resolve, reject) => {
    worker.once('message', (outcome: Outcome) => resolve(outcome))
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`a worker ended without an outcome, with ${code}`)))
  })
}

function readArguments(args: readonly string[]): { seconds: number; seed: number; workers: number } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '30' },
        seed: { type: 'string', default: '1' },
        workers: { type: 'string', default: String(availableParallelism()) },
      },
      strict: true,
      allowPositionals: false,
    })
    return {
      seconds: readWhole('seconds', values.seconds, 1),
      seed: readWhole('seed', values.seed, 0),
      workers: readWhole('workers', values.workers, 1),
    }
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

function readWhole(name: string, text: string, least: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : -1
  if (number < least) throw new Error(`--${name} is ${text}: give a whole number from ${least} on`)
  return number
}

export function textOf(outcome: Outcome): string {
  const { tried, accepted, distinctPaths, refusedJudged, opensslRuns, findings, slowest, elapsedMs } = outcome
  const arguments_ = ARGUMENTS.filter(({ name }) => outcome.argued.has(name))
  return [
    `tried            ${tried} mutants in ${(elapsedMs / 1_000).toFixed(1)} s, ${Math.round((tried / elapsedMs) * 1_000)} each second`,
    `accepted         ${accepted}, on ${distinctPaths} distinct paths`,
    `judged by openssl  ${distinctPaths} accepted paths and ${refusedJudged} of the refused, in ${opensslRuns} runs`,
    `refused here for ${lineOf(outcome.refusals)}`,
    `refused here, accepted there, of those judged  ${lineOf(outcome.stricterHere)}`,
    `read by pkijs    ${lineOf(outcome.parsers)}`,
    `slowest          ${slowest.elapsedMs.toFixed(1)} ms: ${slowest.story}`,
    ...arguments_.map(({ name, reason }) => `argued           ${outcome.argued.get(name)} of "${name}": ${reason}`),
    `disagreements    ${findings.length}`,
    ...findings
      .slice(0, SHOWN)
      .flatMap(({ mutant, problem, certificates }) => [
        '',
        `mutant ${mutant.index} (${mutant.story}): ${problem}`,
        ...certificates.map((der) => pemOf('CERTIFICATE', der).trimEnd()),
      ]),
  ].join('\n')
}

const lineOf = (tally: Tally): string =>
  [...tally]
    .sort(([, a], [, b]) => b - a)
    .map(([name, number]) => `${name} ${number}`)
    .join(', ') || 'none'
