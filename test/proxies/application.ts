/** An application that decides about whoever comes, and what arrived at it. */
import { createServer, type Server as HttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type Authenticator, type Decision, type Mode, tlsOptions } from '@clientcert/core'
import { type Authority, createAuthority, type Leaf } from '@clientcert/testing'

// Proxies go by the machine's clock, so authorities do.
export const at = new Date()
export const root: Authority = createAuthority({ subject: 'Clients CA', at })
export const alice: Leaf = root.issue('alice')
/** In Latin letters and others, with all that separates something in one of the ways to write a name. */
export const NOT_ASCII = 'Zo\u00eb, "Ops" + Team/\u03b1'

/** What arrived, before anything was taken from it, and what was made of it. */
export type Arrival = Readonly<{
  headers: IncomingMessage['headers']
  rawHeaders: readonly string[]
  decision: Decision
  /** Names of the headers that were left. */
  left: readonly string[]
}>

export type Application = Readonly<{
  server: HttpServer
  arrivals: Arrival[]
  /** 0 for one on a Unix socket. */
  port: number
  stop: () => Promise<void>
}>

/** Where an application listens: on a port, on one with TLS and this certificate, or on a Unix socket. */
export type Where = 'http' | Leaf | Readonly<{ path: string }>

/**
 * Starts an application that answers with the outcome: 200, or the status of its refusal.
 *
 * @param andThen - What it does besides with a request.
 */
export async function startApplication(
  authenticator: Authenticator,
  where: Where = 'http',
  andThen: (request: IncomingMessage) => Promise<void> = async () => {},
): Promise<Application> {
  const arrivals: Arrival[] = []
  const answer = async (request: IncomingMessage): Promise<{ status: number; body: string }> => {
    const [headers, rawHeaders] = [{ ...request.headers }, [...request.rawHeaders]]
    const route = modeOf(request)
    const decision = await authenticator.authenticate(request, route && authenticator.route(route))
    arrivals.push({ headers, rawHeaders, decision, left: Object.keys(request.headers) })
    await andThen(request)
    const status = decision.outcome === 'rejected' ? authenticator.refusal(decision).statusCode : 200
    return { status, body: decision.outcome }
  }
  const listener: RequestListener = (request, response) =>
    void answer(request).then(
      ({ status, body }) => response.writeHead(status).end(body),
      (error: unknown) => response.destroy(error as Error),
    )
  const server = listeningTo(where, listener)
  const place = where !== 'http' && 'path' in where ? where : { host: '127.0.0.1', port: 0 }
  await new Promise<void>((resolve) => server.listen(place, resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { server, arrivals, port: portOf(server), stop }
}

function listeningTo(where: Where, listener: RequestListener): HttpServer {
  if (where === 'http' || 'path' in where) return createServer(listener)
  const { fullChainPem: cert, privateKeyPem: key } = where
  return createHttpsServer(tlsOptions({ cert, key }), listener)
}

/** The mode that a request asks for by `?mode=`, so that one application stands for several routes. */
function modeOf({ url = '/' }: IncomingMessage): Mode | undefined {
  const mode = new URL(url, 'http://localhost').searchParams.get('mode')
  return mode === null ? undefined : (mode as Mode)
}

const portOf = (server: HttpServer): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
