import type { PartOptions } from '../../part.ts'
import { type Contender, takeTurns } from '../../rounds.ts'
import type { Group } from './entrants.ts'
import type { LoadProtocol } from './load/load.ts'
import type { Process } from './process/start.ts'
import type { ServerProtocol } from './servers/serve.ts'
import { type Running, type Surroundings, startEntrant, startServers } from './starting.ts'

/** Of one entrant, by round. */
export interface Figures {
  /** Microseconds of processor time for one request. */
  readonly cpu: readonly number[]
  readonly perSecond: readonly number[]
}

/** Of those that took part, by name. */
export type GroupFigures = ReadonlyMap<string, Figures>

/** Servers are noisier than calls: their garbage comes once in thousands of requests. */
const TURN_FACTOR = 35

/**
 * Starts everybody of a group, checks what each answers, and lets them take turns.
 *
 * @param shared - One process for all servers, for a run whose figures do not count; null for one each.
 */
export async function measureGroup(
  group: Group,
  surroundings: Surroundings,
  load: Process<LoadProtocol>,
  shared: Process<ServerProtocol> | null,
  { rounds, turnMs, warmUpMs }: PartOptions,
): Promise<GroupFigures> {
  const stops: (() => Promise<void>)[] = []
  try {
    const contenders: (Contender & { readonly perSecond: readonly number[] })[] = []
    for (const entrant of group.entrants) {
      if ('absent' in entrant) continue
      const servers = shared ?? startServers(surroundings.cores)
      if (!shared) stops.unshift(servers.stop)
      const running = await startEntrant(entrant, group, surroundings, servers)
      stops.unshift(running.stop)
      await checkAnswers(running, surroundings, load)
      contenders.push(await contenderOf(running, surroundings, load))
      stops.unshift(() => load.ask('close', entrant.name))
    }
    const micros = await takeTurns(contenders, { rounds, turnMs: turnMs * TURN_FACTOR, warmUpMs })
    return new Map(
      contenders.map(({ name, perSecond }) => [
        name,
        { cpu: micros.get(name) ?? [], perSecond: perSecond.slice(-rounds) },
      ]),
    )
  } finally {
    for (const stop of stops) await stop()
  }
}

/** What takes a turn is so many requests; what it took is the processor time of whoever serves. */
async function contenderOf(
  { entrant: { name }, target, cpu }: Running,
  { material }: Surroundings,
  load: Process<LoadProtocol>,
): Promise<Contender & { readonly perSecond: readonly number[] }> {
  await load.ask('open', { name, target: target(material.clients) })
  const perSecond: number[] = []
  return {
    name,
    perSecond,
    run: async (times) => {
      const before = await cpu()
      const ms = await load.ask('send', { name, times })
      const after = await cpu()
      perSecond.push((times / ms) * 1_000)
      return (after - before) * 1_000
    },
  }
}

/** @throws {Error} Where a good client is refused, or a stranger gets anything but what the table of entrants says. */
async function checkAnswers(
  { entrant, target }: Running,
  { material }: Surroundings,
  load: Process<LoadProtocol>,
): Promise<void> {
  const good = await load.ask('statusOf', target(material.clients))
  if (good !== 200) throw new Error(`${entrant.name} answers ${good} to a good client`)
  const stranger = await load.ask('statusOf', target([material.stranger]))
  if (stranger === entrant.stranger) return
  throw new Error(`${entrant.name} answers ${stranger} to a stranger, and not ${entrant.stranger}`)
}
