/** Paths and what becomes of them, whichever proxy asks: the mappings `m` and `a`, and a route `/own` of the application. */
import type { MappingOptions } from '../../../src/mapping/mapping-options.ts'

export const lookupMappings = (service: string): readonly MappingOptions[] => [
  { name: 'm', prefix: '/productpage/', rewrite: '/productpage', service, tls: 'ours' },
  { name: 'a', prefix: '/a', rewrite: '/b/', service, tls: 'ours' },
]

/** None of them is sent on. */
export const LOOKUPS = [
  ['/productpage', 404],
  ['/productpage?u=1', 404],
  ['/other', 404],
  ['/productpage/../x', 400],
  ['/productpage/%2e%2e/x', 400],
  ['/productpage/..%2fx', 400],
  ['/productpage/..;/x', 400],
  ['/productpage//x', 400],
  ['/productpage/a\\b', 400],
  ['/productpage/%0d%0a', 400],
  ['/%70roductpage/x', 400],
  ['/a../c', 400],
  ['/own', 200],
] as const

/** To be refused by all: a server that has not been told of the certificate, one of another name, and one that is not there. */
export const unanswered = (port: number): readonly MappingOptions[] => [
  { name: 'none', prefix: '/none/', service: `localhost:${port}`, tls: true },
  { name: 'stranger', prefix: '/stranger/', service: `localhost:${port}`, tls: 'stranger' },
  { name: 'name', prefix: '/name/', service: `other-name:${port}`, tls: 'ours' },
  { name: 'gone', prefix: '/gone/', service: 'localhost:1', tls: 'ours' },
  { name: 'plain', prefix: '/plain/', service: 'localhost:1' },
]
