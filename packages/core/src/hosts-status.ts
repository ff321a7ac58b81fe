import type { Authenticator, AuthenticatorStatus } from './authenticator.ts'
import type { FetchedStatus } from './revocation/fetched-status.ts'
import type { RevocationMode } from './revocation/judge.ts'

/** From the one that asks for least. */
const MODES_OF_REVOCATION: readonly RevocationMode[] = ['skip', 'ignore-ca-error', 'strict']

/** What is known of all hosts together, as of the least of them, and of each. */
export function hostsStatus(authenticators: ReadonlyMap<string, Authenticator>): AuthenticatorStatus {
  const hosts = Object.fromEntries([...authenticators].map(([name, { status }]) => [name, status()] as const))
  const all = Object.values(hosts)
  const sum = (of: (status: AuthenticatorStatus) => number): number => all.reduce((total, each) => total + of(each), 0)
  return {
    ready: all.every(({ ready }) => ready),
    epoch: sum(({ epoch }) => epoch),
    anchors: sum(({ anchors }) => anchors),
    intermediates: sum(({ intermediates }) => intermediates),
    revocation: MODES_OF_REVOCATION.find((mode) => all.some(({ revocation }) => revocation === mode)) ?? 'skip',
    crlSources: all.flatMap(({ crlSources }) => crlSources),
    fetched: fetchedOf(all.flatMap(({ fetched }) => fetched ?? [])),
    sources: all.flatMap(({ sources }) => sources),
    proxySources: [],
    hosts,
  }
}

function fetchedOf(all: readonly FetchedStatus[]): FetchedStatus | null {
  if (all.length === 0) return null
  const stores = all.flatMap(({ store }) => store ?? [])
  return {
    entries: all.reduce((sum, { entries }) => sum + entries, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    failing: all.flatMap(({ failing }) => failing),
    store: stores.length === 0 ? null : stores.includes('failed') ? 'failed' : 'answers',
  }
}
