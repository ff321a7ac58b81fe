/** An application with nginx before it, for the length of a test, and what either made of a request. */
import { type Authenticator, type AuthenticatorOptions, createAuthenticator, type FromProxy } from '@clientcert/core'
import { type ClientRequest, type Leaf, type TlsResponse, tlsRequest } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import {
  type Application,
  type Arrival,
  at,
  root,
  startApplication as startAnywhere,
  type Where,
} from '../proxies/application.ts'
import { findNginx, startNginx } from '../servers/nginx.ts'
import type { NginxServer, Upstream } from '../servers/nginx-configuration.ts'

/** What came of a request; `arrival` is null where nginx answered by itself. */
export type Outcome = Readonly<{ response: TlsResponse; arrival: Arrival | null }>

export const authenticatorFor = (options: Partial<AuthenticatorOptions> = {}): Authenticator => {
  const from: FromProxy = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } }
  const authenticator = createAuthenticator({ trust: { pem: root.certificate.pem }, from, clock: () => at, ...options })
  onTestFinished(() => authenticator.close())
  return authenticator
}

/** Starts an application that is there until the test ends. */
export async function startApplication(
  authenticator: Authenticator,
  where: Where = 'http',
  andThen?: Parameters<typeof startAnywhere>[2],
): Promise<Application> {
  const application = await startAnywhere(authenticator, where, andThen)
  onTestFinished(application.stop)
  return application
}

/** Starts nginx before an application, one server for each name. */
export async function behindNginx<Name extends string>(
  servers: Readonly<Record<Name, Partial<NginxServer>>>,
  { port, arrivals }: Application,
  upstream: Upstream = { protocol: 'http', port },
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
