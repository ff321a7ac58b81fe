/** An application with nginx before it, for the length of a test, and what either made of a request. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:net'
import {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
  type Decision,
  type FromProxy,
  tlsOptions,
} from '@clientcert/core'
import {
  type Authority,
  type ClientRequest,
  createAuthority,
  type Leaf,
  serverCertificate,
  type TlsResponse,
  tlsRequest,
} from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import { findNginx, startNginx } from '../servers/nginx.ts'
import type { NginxServer, Upstream } from '../servers/nginx-configuration.ts'

// nginx goes by the machine's clock, so authorities do.
export const at = new Date()
export const root: Authority = createAuthority({ subject: 'Clients CA', at })
export const alice: Leaf = root.issue('alice')

/** What arrived from nginx, before anything was taken from it, and what was made of it. */
export type Arrival = Readonly<{ headers: IncomingMessage['headers']; decision: Decision; left: readonly string[] }>

/** What came of a request; `arrival` is null where nginx answered by itself. */
export type Outcome = Readonly<{ response: TlsResponse; arrival: Arrival | null }>

export const authenticatorFor = (options: Partial<AuthenticatorOptions> = {}): Authenticator => {
  const from: FromProxy = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } }
  const authenticator = createAuthenticator({ trust: { pem: root.certificate.pem }, from, clock: () => at, ...options })
  onTestFinished(() => authenticator.close())
  return authenticator
}

export type Application = Readonly<{ server: Server; arrivals: Arrival[] }>

/** Starts an application that decides and answers with the outcome. */
export async function startApplication(
  authenticator: Authenticator,
  where: 'http' | 'https' | Readonly<{ path: string }>,
  andThen: (request: IncomingMessage) => Promise<void> = async () => {},
): Promise<Application> {
  const arrivals: Arrival[] = []
  const answer = async (request: IncomingMessage): Promise<string> => {
    const headers = { ...request.headers }
    const decision = await authenticator.authenticate(request)
    arrivals.push({ headers, decision, left: Object.keys(request.headers) })
    await andThen(request)
    return decision.outcome
  }
  const listener: RequestListener = (request, response) =>
    void answer(request).then(
      (body) => response.end(body),
      (error: unknown) => response.destroy(error as Error),
    )
  const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Upstream CA'))
  const server = where === 'https' ? createHttpsServer(tlsOptions({ cert, key }), listener) : createServer(listener)
  const place = typeof where === 'object' ? where : { host: '127.0.0.1', port: 0 }
  await new Promise<void>((resolve) => server.listen(place, resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, arrivals }
}

export const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Starts nginx before an application, one server for each name. */
export async function behindNginx<Name extends string>(
  servers: Readonly<Record<Name, Partial<NginxServer>>>,
  { server, arrivals }: Application,
  upstream: Upstream = { protocol: 'http', port: portOf(server) },
): Promise<(name: Name, leaf: Leaf | null, request?: ClientRequest) => Promise<Outcome>> {
  const complete = Object.fromEntries(
    Object.entries<Partial<NginxServer>>(servers).map(([name, each]) => [
      name,
      { verifyClient: 'on', clientCa: root.certificate.pem, upstream, ...each },
    ]),
  ) as Record<Name, NginxServer>
  const { ports, stop } = await startNginx(findNginx() ?? 'nginx', complete)
  onTestFinished(stop)
  return async (name, leaf, request = {}) => {
    const before = arrivals.length
    const response = await tlsRequest({ port: ports[name], leaf, ...request })
    return { response, arrival: arrivals.length > before ? (arrivals.at(-1) ?? null) : null }
  }
}

/** In a word: `400 by nginx`, the code of a refusal, or the outcome. */
export function wordFor({ response, arrival }: Outcome): string {
  if (arrival === null) return `${response.statusCode} by nginx`
  const { decision } = arrival
  return decision.outcome === 'rejected' ? decision.failure.code : decision.outcome
}
