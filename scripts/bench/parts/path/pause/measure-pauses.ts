/**
 * The longest that one refused client stops the event loop, over everything that was thought of.
 *
 * Each is refused many times in one process, in turns: the goal, like all of them, is held to the median over the rounds of one run. The slowest are also
 * refused once each in fresh processes, where nothing is compiled yet: that is said beside the goal, since the first client of a server may be the hostile one.
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { PartOptions } from '../../../part.ts'
import { type Goal, goalOf, type Row } from '../../../report.ts'
import { medianOf } from '../../../rounds.ts'
import { huntForms } from './forms.ts'
import { createGround, type Hunted } from './hunt.ts'
import { huntInsiders } from './insiders.ts'
import { createRefusal, type Refused } from './refusal.ts'
import { huntSignatures } from './signatures.ts'

/** Processes started for each: half a second of a core each. */
const MOST_FIRST_CALLS = 3
/** Times that each is refused before anything counts. */
const WARM_UP = 10
/** Only those are worth fresh processes. */
const FIRST_CALLS_OF = 12

const LIMIT_MS = 15

export async function measurePauses({
  rounds,
  tell,
  warmUpMs,
}: PartOptions): Promise<{ goal: Goal; rows: readonly Row[] }> {
  tell('minting what is presented to stop the loop')
  const ground = createGround()
  const hunted = [...huntSignatures(ground), ...huntInsiders(ground), ...huntForms(ground)]
  tell(`refusing ${hunted.length} clients, ${rounds} rounds`)
  const warm = await refuseInTurns(hunted, rounds, warmUpMs < 100 ? 0 : WARM_UP)
  const slowest = [...warm].sort((a, b) => b.ms - a.ms).slice(0, rounds < 9 ? 1 : FIRST_CALLS_OF)
  tell(`the first call of a process, for the slowest ${slowest.length}`)
  const first = await refuseFirst(
    slowest.map((each) => each.hunted),
    Math.min(rounds, MOST_FIRST_CALLS),
  )
  const rowsOf =
    (kind: string) =>
    (each: Pause): Row => ({
      name: `refused, ${kind}: ${each.hunted.name}`,
      median: each.ms,
      unit: 'ms',
      ratio: null,
      note: each.code,
    })
  return {
    goal: goalOf(
      { id: 13, text: 'the longest pause that one refused client can cause', unit: 'ms' },
      warm.map(({ hunted: { name }, ms }) => ({ name, bound: 'at most', limit: LIMIT_MS, value: ms })),
      [`not held to the goal: ${longest(first)} where it is the first call of a process and nothing is compiled yet`],
    ),
    rows: [...warm.map(rowsOf('warm')), ...first.map(rowsOf('first call'))],
  }
}

interface Pause {
  readonly hunted: Hunted
  /** Median. */
  readonly ms: number
  readonly code: string
}

function longest(pauses: readonly Pause[]): string {
  const { ms, hunted } = pauses.reduce((a, b) => (b.ms > a.ms ? b : a))
  return `${ms.toFixed(1)} ms (${hunted.name})`
}

async function refuseInTurns(hunted: readonly Hunted[], rounds: number, warmUp: number): Promise<readonly Pause[]> {
  const turns = hunted.map((each) => ({ hunted: each, refuse: createRefusal(each), refusals: [] as Refused[] }))
  for (const { refuse } of turns) for (let count = 0; count < warmUp; count++) await refuse()
  for (let round = 0; round < rounds; round++) for (const { refuse, refusals } of turns) refusals.push(await refuse())
  return turns.map((turn) => pauseOf(turn.hunted, turn.refusals))
}

async function refuseFirst(hunted: readonly Hunted[], rounds: number): Promise<readonly Pause[]> {
  const pauses: Pause[] = []
  for (const each of hunted) {
    const refusals: Refused[] = []
    for (let round = 0; round < rounds; round++) refusals.push(await refuseInFreshProcess(each))
    pauses.push(pauseOf(each, refusals))
  }
  return pauses
}

const pauseOf = (hunted: Hunted, refusals: readonly Refused[]): Pause => ({
  hunted,
  ms: medianOf(refusals.map(({ ms }) => ms)),
  code: refusals[0]?.code ?? '',
})

/** The process runs as this one does: the same loader, the same conditions. */
function refuseInFreshProcess(hunted: Hunted): Promise<Refused> {
  const child = fork(join(import.meta.dirname, 'first-call.ts'), { serialization: 'advanced' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`the first call ended with ${code}`)))
    child.on('message', (message: Refused | { readonly error: string }) => {
      if ('error' in message) reject(new Error(message.error))
      else resolve(message)
    })
    child.send(hunted)
  })
}
