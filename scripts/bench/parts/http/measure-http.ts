/**
 * Whole servers: what a request costs with this library, without it, and with what else one would run, for Fastify, Express and Node's own server, behind a
 * proxy and with mTLS of their own.
 *
 * Each server is a process of its own, and so is the load; while one has its turn, the others wait. What counts is the processor time of
 * whoever serves, kernel included.
 */
import { join } from 'node:path'
import { buildInternals } from '../../internals.ts'
import type { MeasuredPart, PartOptions } from '../../part.ts'
import type { Row } from '../../report.ts'
import { medianOf } from '../../rounds.ts'
import { findCores } from './cores.ts'
import { type Absent, type Entrant, type Group, listGroups } from './entrants.ts'
import { httpGoals } from './goals.ts'
import { KEPT_CONNECTIONS } from './load/kept.ts'
import type { LoadProtocol } from './load/load.ts'
import { type LookupFigures, measureLookup } from './lookup.ts'
import { mintMaterial } from './material.ts'
import { type Figures, type GroupFigures, measureGroup } from './measure-group.ts'
import { startProcess } from './process/start.ts'
import { findNginx } from './servers/nginx.ts'
import { type Surroundings, startServers } from './starting.ts'

export async function measureHttp(options: PartOptions): Promise<MeasuredPart> {
  const cores = findCores()
  const nginx = findNginx()
  const absences = 'absent' in nginx ? [`nginx is left out: ${nginx.absent}`] : []
  for (const absence of absences) options.tell(absence)
  const surroundings = { material: mintMaterial(options.pool), cores, nginx }
  const lookup = await measureLookups(surroundings, options)
  const figures = new Map<string, GroupFigures>()
  const rows: Row[] = lookupRows(lookup)
  const load = startProcess<LoadProtocol>(join(import.meta.dirname, 'load/load.ts'), cores.load)
  const shared = options.rounds < 9 ? startServers(cores) : null
  try {
    for (const group of listGroups('absent' in nginx ? nginx.absent : null)) {
      options.tell(`${group.name}: ${options.rounds} rounds`)
      const measured = await measureGroup(group, surroundings, load, shared, options)
      figures.set(group.name, measured)
      rows.push(...rowsOf(group, measured))
    }
  } finally {
    await load.stop()
    await shared?.stop()
  }
  return {
    machine: {
      nginx: 'version' in nginx ? nginx.version : `none: ${nginx.absent}`,
      cores: cores.said,
      clock: 'processor time of what serves, kernel included; us are for one request',
      requests: `${KEPT_CONNECTIONS} connections, one request under way on each, ${surroundings.material.clients[0].header.length} characters of certificate`,
    },
    goals: httpGoals(figures, lookup, absences),
    rows,
  }
}

async function measureLookups({ material }: Surroundings, options: PartOptions): Promise<LookupFigures> {
  options.tell('look-up of remembered clients')
  const built = await buildInternals()
  try {
    return await measureLookup(built.internals, material, options)
  } finally {
    built.remove()
  }
}

const lookupRows = ({ among, sameSocket }: LookupFigures): Row[] => [
  { name: 'look-up by header, among 10,000', median: among, unit: 'us', ratio: null },
  { name: 'look-up by header, same socket', median: sameSocket, unit: 'us', ratio: null },
]

const rowsOf = (group: Group, figures: GroupFigures): Row[] =>
  group.entrants.map((entrant) => rowOf(group, entrant, figures))

function rowOf({ name, base }: Group, entrant: Entrant | Absent, figures: GroupFigures): Row {
  const row = { name: `${name}: ${entrant.name}`, unit: 'us' } as const
  const [own, least] = [figures.get(entrant.name), figures.get(base)]
  if ('absent' in entrant) return { ...row, median: null, ratio: null, note: entrant.absent }
  if (!own || !least) return { ...row, median: null, ratio: null, note: 'not measured' }
  const perSecond = `${Math.round(medianOf(own.perSecond))} requests/s, ${ratioOf('perSecond', own, least).toFixed(2)} x`
  const note = [perSecond, entrant.note].filter(Boolean).join('; ')
  return { ...row, median: medianOf(own.cpu), ratio: ratioOf('cpu', own, least), note }
}

/** Within each round, and the median of those. */
const ratioOf = (figure: keyof Figures, own: Figures, base: Figures): number =>
  medianOf(own[figure].map((value, round) => value / (base[figure][round] ?? Number.NaN)))
