import { createTlsClient, type Leaf, type TlsClientOptions, type TlsResponse, tlsRequest } from '@clientcert/testing'
import type { Adapter, Application } from './applications.ts'
import type { Knock } from './knock.ts'
import type { Proxies } from './proxies.ts'
import type { Publication, RevocableClient } from './publication.ts'

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
  readonly publication: Publication
}

/** Knocks at an application, as a real client over a real connection. */
export async function knockAt(adapter: Adapter, knock: Knock, house: House): Promise<Got> {
  const { way, mode, leaf, headers = [], connection } = knock
  const application = (way.kind === 'tls' ? house.open : house.behind)[adapter]
  const proxy = way.kind === 'proxy' ? house.proxies.of(adapter, way.verifyClient) : null
  const port = proxy?.port ?? application.port
  const path = `/${mode}`
  const session = connection === 'resumed' ? await sessionAt(port, leaf) : {}
  const before = { application: application.log.lines().length, proxy: proxy?.log().length ?? 0 }

  const responses =
    connection === 'kept'
      ? await knockUntilRevoked(house.publication.issueRevocable(), { port }, path)
      : [await tlsRequest({ port, leaf, headers, path, ...session })]

  const said = application.log.lines().slice(before.application)
  const byProxy = proxy?.log().slice(before.proxy) ?? []
  const line = said.at(-1)
  const secrets = [...said.flatMap((each) => each.secrets), ...byProxy.flatMap(partsOf)]
  return {
    outcome: responses.map((response) => outcomeOf(response, byProxy.length > 0)).join(', '),
    reason: line?.message.replace(/^client certificate (?:(?:rejected|unverified): )?/, '') ?? byProxy.at(-1) ?? null,
    leaks: [
      ...responses.flatMap((response) => leaksOf(response, secrets)),
      ...(connection === 'resumed' && !responses[0]?.tls.reused ? ['the session was not resumed'] : []),
    ],
  }
}

async function sessionAt(port: number, leaf: Leaf | null): Promise<{ session?: Buffer }> {
  const { tls } = await tlsRequest({ port, leaf, path: '/off' })
  return tls.session ? { session: tls.session } : {}
}

/** What the watch of a file takes at most, with room for a busy machine: one second after its last change. */
const SEEN_WITHIN_MS = 5_000

/** Knocks, has the client revoked, and knocks again on the same connection until the answer is another one. */
async function knockUntilRevoked(
  { leaf, revoke }: RevocableClient,
  options: TlsClientOptions,
  path: string,
): Promise<readonly TlsResponse[]> {
  const client = await createTlsClient({ ...options, leaf })
  try {
    const before = await client.request(path)
    if (before.statusCode !== 200) return [before]
    revoke()
    const end = performance.now() + SEEN_WITHIN_MS
    let after = before
    while (after.statusCode === before.statusCode && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      after = await client.request(path)
    }
    return [before, after]
  } finally {
    await client.close()
  }
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
