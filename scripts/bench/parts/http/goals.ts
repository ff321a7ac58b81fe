import { type Goal, type GoalCase, goalOf } from '../../report.ts'
import { medianOf } from '../../rounds.ts'
import { NAMES } from './entrants.ts'
import type { LookupFigures } from './lookup.ts'
import type { GroupFigures } from './measure-group.ts'

/** By the groups' names. */
export type HttpFigures = ReadonlyMap<string, GroupFigures>

/**
 * Goals 7 to 9 are held to processor time, where a request's is the reciprocal of what one core can serve: the load may be slower than a server, and then
 * requests per second say nothing of it. Differences and ratios are taken within each round, and the median of those.
 */
export function httpGoals(figures: HttpFigures, lookup: LookupFigures, absences: readonly string[]): Goal[] {
  const cpuOf = (group: string, name: string): readonly number[] | undefined => figures.get(group)?.get(name)?.cpu
  const each = (
    group: string,
    [name, other]: readonly [string, string],
    label: string,
    caseOf: (pairs: readonly (readonly [number, number])[]) => Omit<GoalCase, 'name'>,
  ): GoalCase[] => {
    const [own, others] = [cpuOf(group, name), cpuOf(group, other)]
    if (!own || !others) return []
    return [{ name: label, ...caseOf(own.map((micros, round) => [micros, others[round] ?? Number.NaN])) }]
  }
  const ratioAtLeast = (limit: number) => (pairs: readonly (readonly [number, number])[]) =>
    ({ bound: 'at least', limit, value: medianOf(pairs.map(([own, other]) => other / own)) }) as const
  const moreAtMost = (limit: number) => (pairs: readonly (readonly [number, number])[]) =>
    ({ bound: 'at most', limit, value: medianOf(pairs.map(([own, other]) => own - other)) }) as const
  const atMost = (name: string, limit: number, value: number): GoalCase => ({ name, bound: 'at most', limit, value })

  return [
    goalOf(
      { id: 6, text: 'a remembered client by its header: 0.5 us among 10,000, 0.15 us on the same socket', unit: 'us' },
      [atMost('among 10,000', 0.5, lookup.among), atMost('same socket', 0.15, lookup.sameSocket)],
    ),
    goalOf({ id: 7, text: 'Fastify behind a proxy: at most 1 us over a hook that does nothing', unit: 'us' }, [
      ...each('fastify, header', [NAMES.ours, NAMES.noOp], 'one client a connection', moreAtMost(1)),
      ...each('fastify, header', [NAMES.oursMixed, NAMES.noOp], 'another client with each request', moreAtMost(1)),
    ]),
    goalOf({ id: 7, text: 'Express behind a proxy: 0.95 of bare', unit: 'x' }, [
      ...each('express, header', [NAMES.ours, NAMES.bare], 'one client a connection', ratioAtLeast(0.95)),
      ...each('express, header', [NAMES.oursMixed, NAMES.bare], 'another client with each request', ratioAtLeast(0.95)),
    ]),
    goalOf(
      { id: 8, text: 'Fastify with mTLS: 0.97 of bare, 1.8 of nginx in front', unit: 'x' },
      [
        ...each('fastify, mTLS', [NAMES.ours, NAMES.bare], 'of bare', ratioAtLeast(0.97)),
        ...each('fastify, mTLS', [NAMES.ours, NAMES.nginx], 'of nginx', ratioAtLeast(1.8)),
      ],
      absences,
    ),
    goalOf({ id: 9, text: 'new connections with mTLS: 0.8 of bare', unit: 'x' }, [
      ...each('new connections, TLS 1.3', [NAMES.ours, NAMES.bare], 'of bare', ratioAtLeast(0.8)),
    ]),
  ]
}
