/** CRLs of a thousand to a million entries: loading, looking up, memory, beside C and pkijs; and how long loading one stops the event loop. */
import { compile } from '../../c/compile.ts'
import { type BuiltInternals, buildInternals } from '../../internals.ts'
import type { MeasuredPart, PartOptions } from '../../part.ts'
import type { Row } from '../../report.ts'
import { type Contender, medianOf, takeTurns } from '../../rounds.ts'
import { type Openssl, startOpenssl } from './contenders/openssl.ts'
import { createOurs, type Ours } from './contenders/ours.ts'
import { createPkijs } from './contenders/pkijs.ts'
import { crlGoal, type SizeFigures } from './goals.ts'
import { mintList, type RevocationList, SIZE_NAMES, type Size } from './lists.ts'
import { measureMemory } from './memory/measure-memory.ts'
import { measurePauses } from './pause/measure-pauses.ts'

const NAMES = {
  loadAtOnce: 'clientcert, load at once',
  loadInSlices: 'clientcert, load in slices',
  cLoad: 'C d2i_X509_CRL + first lookup',
  pkijsLoad: 'pkijs fromBER',
  find: 'clientcert, lookup',
  cFind: 'C X509_CRL_get0_by_serial',
  pkijsFind: 'pkijs isCertificateRevoked',
} as const

/** asn1js refuses more nodes than a list of some 1,700 entries has. */
const PKIJS_SIZE: Size = '1 k'

export async function measureCrl(options: PartOptions): Promise<MeasuredPart> {
  const compiled = compile('crl')
  const absences = compiled.ok ? [] : [`C is left out: ${compiled.reason}`]
  for (const absence of absences) options.tell(absence)
  const built = await buildInternals()
  try {
    const figures: SizeFigures[] = []
    const rows: Row[] = []
    let c = compiled.ok ? '' : `none: ${compiled.reason}`
    for (const size of options.rounds < 9 ? SIZE_NAMES.slice(0, 2) : SIZE_NAMES) {
      options.tell(`${size}: minting a list, checking everybody's verdicts, ${options.rounds} rounds`)
      const list = mintList(size)
      const openssl = compiled.ok ? await startOpenssl(compiled.program, list) : null
      if (openssl) c = openssl.version
      try {
        const measured = await measureSize(list, openssl, built, options)
        figures.push(measured.figures)
        rows.push(...measured.rows)
      } finally {
        openssl?.close()
      }
    }
    const pauses = await measurePauses(options)
    return { machine: { c }, goals: [crlGoal(figures, absences), pauses.goal], rows: [...rows, ...pauses.rows] }
  } finally {
    built.remove()
    if (compiled.ok) compiled.remove()
  }
}

async function measureSize(
  list: RevocationList,
  openssl: Openssl | null,
  { internals, url }: BuiltInternals,
  options: PartOptions,
): Promise<{ readonly figures: SizeFigures; readonly rows: readonly Row[] }> {
  const ours = createOurs(internals, list)
  await checkVerdicts(list, ours, openssl)
  const pkijs = list.size === PKIJS_SIZE ? createPkijs(list) : null
  const medians = new Map<string, number>()
  const measure = async (contenders: readonly (Contender | undefined)[]): Promise<void> => {
    const taking = contenders.filter((contender) => contender !== undefined)
    for (const [name, micros] of await takeTurns(taking, options)) medians.set(name, medianOf(micros))
  }
  await measure([
    ours.loadAtOnce(NAMES.loadAtOnce),
    ours.loadInSlices(NAMES.loadInSlices),
    openssl?.load(NAMES.cLoad),
    pkijs?.load(NAMES.pkijsLoad),
  ])
  await measure([ours.find(NAMES.find), openssl?.find(NAMES.cFind), pkijs?.find(NAMES.pkijsFind)])
  const taken = await measureMemory(list, url)
  const at = (name: string): number => medians.get(name) ?? Number.NaN
  const figures: SizeFigures = {
    size: list.size,
    derOctets: list.der.length,
    indexOctets: ours.indexOctets,
    retainedOctets: taken.retained,
    loadAtOnce: at(NAMES.loadAtOnce),
    loadInSlices: at(NAMES.loadInSlices),
    find: at(NAMES.find),
    c: openssl ? { load: at(NAMES.cLoad), find: at(NAMES.cFind) } : null,
  }
  const memory = (name: string, octets: number, note?: string): Row => ({
    name: `${list.size}: ${name}`,
    median: octets / 1e6,
    unit: 'MB',
    ratio: octets / list.der.length,
    ...(note === undefined ? {} : { note }),
  })
  const rows = [
    ...timeRows(list.size, medians),
    memory('clientcert, DER and index', list.der.length + ours.indexOctets),
    memory('clientcert, kept by the process', taken.retained, `resident set +${(taken.resident / 1e6).toFixed(1)} MB`),
    ...(openssl ? [memory('C, heap', openssl.octets + list.der.length, 'with the DER that it was made of')] : []),
  ]
  return { figures, rows }
}

/** Loads to C's, lookups to C's. */
function timeRows(size: Size, medians: ReadonlyMap<string, number>): readonly Row[] {
  const isFind = (name: string) => name === NAMES.find || name === NAMES.cFind || name === NAMES.pkijsFind
  return [...medians].map(([name, micros]): Row => {
    const base = medians.get(isFind(name) ? NAMES.cFind : NAMES.cLoad)
    const ratio = base === undefined ? null : micros / base
    return isFind(name) || micros < 1_000
      ? { name: `${size}: ${name}`, median: micros, unit: 'us', ratio }
      : { name: `${size}: ${name}`, median: micros / 1_000, unit: 'ms', ratio }
  })
}

/** Before a figure is taken, each says of some numbers what is so. */
async function checkVerdicts(
  { size, serials, isRevoked }: RevocationList,
  ours: Ours,
  openssl: Openssl | null,
): Promise<void> {
  for (const [index, serial] of serials.entries()) {
    if (ours.judge(serial) !== isRevoked(index)) throw new Error(`${size}: clientcert is wrong about number ${index}`)
    if (index < 200 && openssl && (await openssl.judge(serial)) !== isRevoked(index)) {
      throw new Error(`${size}: C is wrong about number ${index}`)
    }
  }
}
