/** One certification path: ours beside seven others, for three kinds of keys; and how long one refused client can stop the event loop. */
import { compile } from '../../c/compile.ts'
import type { MeasuredPart, PartOptions } from '../../part.ts'
import type { Row } from '../../report.ts'
import { medianOf, takeTurns } from '../../rounds.ts'
import { startOpenssl } from './contenders/openssl.ts'
import { ENTRANTS, type Entrant, type Entry, listEntries } from './entrants.ts'
import { FAMILY_NAMES, type Family, type FamilyName, mintFamily } from './families.ts'
import { type Medians, pathGoals } from './goals.ts'
import { measurePauses } from './pause/measure-pauses.ts'

export async function measurePath(options: PartOptions): Promise<MeasuredPart> {
  const compiled = compile('verify')
  const absences = compiled.ok ? [] : [`C is left out: ${compiled.reason}`]
  for (const absence of absences) options.tell(absence)
  try {
    const rows: Row[] = []
    const medians: Partial<Record<FamilyName, ReadonlyMap<Entrant, number>>> = {}
    let c = compiled.ok ? '' : `none: ${compiled.reason}`
    for (const name of FAMILY_NAMES) {
      options.tell(`${name}: minting ${options.pool} chains and checking everybody's verdicts`)
      const family = mintFamily(name, options.pool)
      const openssl = compiled.ok ? await startOpenssl(compiled.program, family) : { absent: compiled.reason }
      if ('version' in openssl) c = openssl.version
      try {
        const entries = await listEntries(family, openssl)
        options.tell(`${name}: ${options.rounds} rounds`)
        const measured = await measureFamily(entries, options)
        medians[name] = measured
        rows.push(...rowsOf(family, entries, measured))
      } finally {
        if ('close' in openssl) openssl.close()
      }
    }
    const pauses = await measurePauses(options)
    return {
      machine: { c },
      goals: [...pathGoals(allOf(medians), absences), pauses.goal],
      rows: [...rows, ...pauses.rows],
    }
  } finally {
    if (compiled.ok) compiled.remove()
  }
}

async function measureFamily(entries: readonly Entry[], options: PartOptions): Promise<ReadonlyMap<Entrant, number>> {
  const taking = entries.filter((entry) => 'contender' in entry)
  const micros = await takeTurns(
    taking.map(({ contender }) => contender),
    options,
  )
  return new Map(taking.map(({ entrant, contender }) => [entrant, medianOf(micros.get(contender.name) ?? [])]))
}

/** The least that each is compared with. */
const BASES: Readonly<Record<Entrant, 'bareOne' | 'bareTwo' | null>> = {
  bareOne: 'bareOne',
  oursCached: 'bareOne',
  oursHeader: 'bareOne',
  nativeCached: 'bareOne',
  cCached: 'bareOne',
  bareTwo: 'bareTwo',
  importJwk: null,
  importSpki: null,
  oursCold: 'bareTwo',
  nativeCold: 'bareTwo',
  cCold: 'bareTwo',
  forge: 'bareTwo',
  peculiar: 'bareTwo',
  pkijs: 'bareTwo',
}

function rowsOf({ name }: Family, entries: readonly Entry[], medians: ReadonlyMap<Entrant, number>): Row[] {
  return entries.map((entry): Row => {
    const row = { name: `${name}: ${ENTRANTS[entry.entrant]}`, unit: 'us' as const }
    const median = medians.get(entry.entrant)
    if ('absent' in entry || median === undefined) {
      return { ...row, median: null, ratio: null, note: 'absent' in entry ? entry.absent : 'not measured' }
    }
    const base = BASES[entry.entrant]
    const least = base && medians.get(base)
    return { ...row, median, ratio: least ? median / least : null }
  })
}

function allOf(medians: Partial<Record<FamilyName, ReadonlyMap<Entrant, number>>>): Medians {
  const of = (name: FamilyName) => medians[name] ?? new Map<Entrant, number>()
  return { 'RSA-2048': of('RSA-2048'), 'P-256': of('P-256'), Ed25519: of('Ed25519') }
}
