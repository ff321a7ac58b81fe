/** An application with a real proxy before it, for the length of a group of tests, and what either made of a request. */
import { type AuthenticatorOptions, createAuthenticator } from '@clientcert/core'
import { type ClientRequest, type Leaf, type TlsClientOptions, type TlsResponse, tlsRequest } from '@clientcert/testing'
import { afterAll, beforeAll } from 'vitest'
import { requireServer } from '../servers/requirement.ts'
import { findServer, missing, type RunningServer } from '../servers/server.ts'
import { type Application, type Arrival, at, root, startApplication } from './application.ts'
import type { Block, RealProxy } from './proxies.ts'

/** What came of a request: refused in the handshake, answered by the proxy, or by the application. */
export type Outcome =
  | Readonly<{ by: 'handshake'; alert: string }>
  | Readonly<{ by: 'proxy'; response: TlsResponse }>
  | Readonly<{ by: 'application'; response: TlsResponse; arrival: Arrival }>

export type Ask<Name extends string> = (
  name: Name,
  leaf: Leaf | null,
  request?: ClientRequest & Pick<TlsClientOptions, 'session' | 'maxVersion'>,
) => Promise<Outcome>

/**
 * Starts a proxy with a block for each name before an application that knows {@link root}, for the tests around the call.
 *
 * @param options - Of the authenticator, besides `from`. Default mode `optional`.
 * @returns What asks it.
 */
export function behind<Mode extends string, Name extends string>(
  proxy: RealProxy<Mode>,
  blocks: Readonly<Record<Name, Block<Mode>>>,
  options: Partial<AuthenticatorOptions> = {},
): Ask<Name> {
  const path = findServer(proxy.program)
  requireServer(path, missing(proxy.program))
  let running: RunningServer<Name> | undefined
  let application: Application | undefined

  beforeAll(async () => {
    if (path === null) return undefined
    const from = { proxy: proxy.name, onlyFrom: { addresses: ['127.0.0.1'] } } as const
    const trust = { pem: root.certificate.pem }
    const authenticator = createAuthenticator({ trust, from, mode: 'optional', clock: () => at, ...options })
    application = await startApplication(authenticator)
    running = await proxy.start(path, blocks, { clientCa: root.certificate.pem, upstreamPort: application.port })
    return () => authenticator.close()
  })
  afterAll(async () => {
    await running?.stop()
    await application?.stop()
  })

  return async (name, leaf, request = {}) => {
    if (running === undefined || application === undefined) throw new Error(missing(proxy.program))
    const { arrivals } = application
    const before = arrivals.length
    const response = await tlsRequest({ port: running.ports[name], leaf, ...request }).catch(alertOf)
    if (typeof response === 'string') return { by: 'handshake', alert: response }
    const arrival = arrivals.length > before ? arrivals.at(-1) : undefined
    return arrival ? { by: 'application', response, arrival } : { by: 'proxy', response }
  }
}

/** A refusal in the handshake: by an alert, or by a connection that is over before the alert was read. */
function alertOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // OpenSSL 3.5 writes ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE.
  if (/^ERR_SSL_[\w/]+_ALERT_|^ECONNRESET$|^EPIPE$/.test(code)) return code
  throw error
}

/** In a word: `refused in TLS`, `400 by the proxy`, the code of a refusal, or the outcome. */
export function wordFor(outcome: Outcome): string {
  if (outcome.by === 'handshake') return 'refused in TLS'
  if (outcome.by === 'proxy') return `${outcome.response.statusCode} by the proxy`
  const { decision } = outcome.arrival
  return decision.outcome === 'rejected' ? decision.failure.code : decision.outcome
}

/** The certificate that was decided about, as base64 of its DER; null where there was none. */
export function certificateIn(outcome: Outcome): string | null {
  const decision = outcome.by === 'application' ? outcome.arrival.decision : null
  if (decision?.outcome === 'accepted') return base64(decision.path.endEntity.der)
  const presented = decision?.outcome === 'unverified' || decision?.outcome === 'rejected' ? decision.presented : null
  return presented && base64(presented.der)
}

export const certificateOf = (leaf: Leaf | null): string | null => leaf && base64(leaf.certificate.der)

const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64')
