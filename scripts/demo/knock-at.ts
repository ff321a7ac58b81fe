import { type Leaf, type TlsResponse, tlsRequest } from '@clientcert/testing'
import type { Adapter, Application } from './applications.ts'
import type { Knock } from './knock.ts'
import type { Proxies } from './proxies.ts'

/** What came of a knock at one of the applications. */
export interface Got {
  /** Comparable with what was expected. */
  readonly outcome: string
  /** Why, in one line of the log of whoever refused; null where nobody did. */
  readonly reason: string | null
  /** What of the reason the client could read, and what of the proxy's headers the application could. Empty, or a defect. */
  readonly leaks: readonly string[]
}

export interface House {
  /** Terminating TLS themselves. */
  readonly open: Readonly<Record<Adapter, Application>>
  /** The same applications, behind the proxies. */
  readonly behind: Readonly<Record<Adapter, Application>>
  readonly proxies: Proxies
}

/** Knocks at an application, as a real client over a real connection. */
export async function knockAt(
  adapter: Adapter,
  { way, mode, leaf, headers = [], connection }: Knock,
  house: House,
): Promise<Got> {
  const application = (way.kind === 'tls' ? house.open : house.behind)[adapter]
  const proxy = way.kind === 'proxy' ? house.proxies.of(adapter, way.verifyClient) : null
  const port = proxy?.port ?? application.port
  const request = { port, leaf, headers, path: `/${mode}` }
  const session = connection === 'resumed' ? await sessionAt(port, leaf) : {}
  const before = { application: application.log.lines().length, proxy: proxy?.log().length ?? 0 }

  const response = await tlsRequest({ ...request, ...session })

  const said = application.log.lines().slice(before.application)
  const byProxy = proxy?.log().slice(before.proxy) ?? []
  const line = said.at(-1)
  return {
    outcome: outcomeOf(response, byProxy.length > 0),
    reason: line?.message.replace(/^client certificate \w+: /, '') ?? byProxy.at(-1) ?? null,
    leaks: [
      ...leaksOf(response, [...said.flatMap(({ secrets }) => secrets), ...byProxy.flatMap(partsOf)]),
      ...(connection === 'resumed' && !response.tls.reused ? ['the session was not resumed'] : []),
    ],
  }
}

async function sessionAt(port: number, leaf: Leaf | null): Promise<{ session?: Buffer }> {
  const { tls } = await tlsRequest({ port, leaf, path: '/off' })
  return tls.session ? { session: tls.session } : {}
}

function outcomeOf(response: TlsResponse, isByProxy: boolean): string {
  const { statusCode } = response
  if (isByProxy) return `${statusCode} proxy`
  return statusCode === 200 ? `200 ${(response.json() as { client: string }).client}` : String(statusCode)
}

/** nginx says `... (10:certificate has expired)`: what is in the brackets is the reason by itself. */
const partsOf = (line: string): readonly string[] => [line, ...(/\(\d+:(.+)\)/.exec(line)?.slice(1) ?? [])]

/** @param secrets - What the log says and the client must not read. */
export function leaksOf(
  { body, rawHeaders, statusCode }: Pick<TlsResponse, 'body' | 'rawHeaders' | 'statusCode'>,
  secrets: readonly string[],
): readonly string[] {
  const read = `${rawHeaders.join('\n')}\n${body}`
  const asserted = statusCode === 200 ? (JSON.parse(body) as { asserted: readonly string[] }).asserted : []
  return [
    ...secrets.filter((secret) => read.includes(secret)).map((secret) => `the response says: ${secret}`),
    ...asserted.map((name) => `the application still sees ${name}`),
  ]
}
