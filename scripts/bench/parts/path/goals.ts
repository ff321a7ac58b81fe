/** The goals of this part, from the medians of one run. */
import { type Goal, type GoalCase, goalOf } from '../../report.ts'
import type { Entrant } from './entrants.ts'
import { FAMILY_NAMES, type FamilyName } from './families.ts'

/** Microseconds of each entrant that took part. */
export type Medians = Readonly<Record<FamilyName, ReadonlyMap<Entrant, number>>>

type At = (entrant: Entrant) => number

/** Node's own import is slow where OpenSSL is 3.0, and then nobody has to be told to beat it. */
const NATIVE_LOOP_FROM = 22

export function pathGoals(medians: Medians, absences: readonly string[]): Goal[] {
  const each = (name: string, needs: readonly Entrant[], caseOf: (at: At) => Omit<GoalCase, 'name'>): GoalCase[] =>
    FAMILY_NAMES.flatMap((family) => {
      const own = medians[family]
      if (!needs.every((entrant) => own.has(entrant))) return []
      return [{ name: `${family}${name && `, ${name}`}`, ...caseOf((entrant) => own.get(entrant) ?? Number.NaN) }]
    })
  const atMost = (limit: number, value: number) => ({ bound: 'at most', limit, value }) as const
  const atLeast = (limit: number, value: number) => ({ bound: 'at least', limit, value }) as const
  const faster = (entrant: Entrant, name: string) =>
    each(name, ['oursCold', entrant], (at) => atLeast(20, at(entrant) / at('oursCold')))
  const isNative = Number(process.versions.node.split('.')[0]) >= NATIVE_LOOP_FROM

  return [
    goalOf({ id: 1, text: 'issuer cached: 1.10 x one bare signature + 5 us, from a header + 10 us', unit: 'us' }, [
      ...each('', ['bareOne', 'oursCached'], (at) => atMost(1.1 * at('bareOne') + 5, at('oursCached'))),
      ...each('from a header', ['bareOne', 'oursHeader'], (at) => atMost(1.1 * at('bareOne') + 10, at('oursHeader'))),
    ]),
    goalOf(
      { id: 2, text: 'issuer cached: half of C with the intermediate parsed', unit: 'x' },
      each('', ['oursCached', 'cCached'], (at) => atMost(0.5, at('oursCached') / at('cCached'))),
      absences,
    ),
    goalOf(
      { id: 3, text: 'leaf + intermediate: two bare signatures + one key import + 25 us', unit: 'us' },
      each('', ['oursCold', 'bareTwo', 'importJwk', 'importSpki'], (at) =>
        atMost(at('bareTwo') + Math.min(at('importJwk'), at('importSpki')) + 25, at('oursCold')),
      ),
    ),
    goalOf(
      { id: 4, text: 'leaf + intermediate: 0.75 x C, and a native loop on Node 22 and later', unit: 'x' },
      [
        ...each('of C', ['oursCold', 'cCold'], (at) => atMost(0.75, at('oursCold') / at('cCold'))),
        ...(isNative
          ? each('of the native loop', ['oursCold', 'nativeCold'], (at) => atMost(1, at('oursCold') / at('nativeCold')))
          : []),
      ],
      [
        ...absences,
        ...(isNative ? [] : [`the native loop: n/a on Node ${process.versions.node}, where OpenSSL 3.0 makes it slow`]),
      ],
    ),
    goalOf({ id: 5, text: 'leaf + intermediate: 20 x faster than pkijs and @peculiar/x509', unit: 'x' }, [
      ...faster('pkijs', 'pkijs'),
      ...faster('peculiar', '@peculiar/x509'),
    ]),
  ]
}
