/** Real servers whose listener asks an authenticator, and what that listener then saw of the request. */
import { createServer, type IncomingMessage, type RequestListener, request as requestOverHttp } from 'node:http'
import { connect as connectHttp2, createServer as createH2cServer, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type Server } from 'node:net'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import type { Authenticator, Decision, NodeRequest } from '../src/index.ts'

export type Kind = 'http' | 'https' | 'http2' | 'h2c'

/** What is left of a request after it was decided, in every view that Node gives of its headers. */
export type Seen = Readonly<{
  decision: Decision
  headers: NodeRequest['headers']
  rawHeaders: readonly string[]
  /** Null over HTTP/2, which has no such view. */
  distinct: IncomingMessage['headersDistinct'] | null
  request: NodeRequest
}>

export type Served = Readonly<{
  server: Server
  /** Zero where the server listens on a path. */
  port: number
  /** What was seen, in the order of the requests. */
  seen: readonly Seen[]
  /** What was seen of the request that came last. */
  last: () => Seen
}>

type Place = Readonly<{ host: string; port: number } | { path: string }>

const LOOPBACK: Place = { host: '127.0.0.1', port: 0 }

type Decide = (request: NodeRequest) => Promise<Decision> | Decision

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Server CA'))
const tls = { cert, key, requestCert: true, rejectUnauthorized: false } as const

/**
 * Starts a server for the length of the test.
 *
 * @param decide - An authenticator, or a function that asks one.
 * @param where - A port and address to listen on, or a path. Default: a free port of 127.0.0.1.
 */
export async function serve(kind: Kind, decide: Authenticator | Decide, where: Place = LOOPBACK): Promise<Served> {
  const ask = typeof decide === 'function' ? decide : (request: NodeRequest) => decide.authenticate(request)
  const seen: Seen[] = []
  const answer = async (request: NodeRequest, end: (body: string) => void) => {
    const decision = await ask(request)
    const distinct = 'headersDistinct' in request ? { ...request.headersDistinct } : null
    seen.push({ decision, headers: { ...request.headers }, rawHeaders: [...request.rawHeaders], distinct, request })
    end(decision.outcome)
  }
  const listener: RequestListener = (request, response) =>
    void answer(request, (body) => response.end(body)).catch((error: unknown) => response.destroy(error as Error))
  const server = await listenFor(MAKERS[kind](listener), where)
  const address = server.address()
  return {
    server,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    seen,
    last: () => {
      const last = seen.at(-1)
      if (last === undefined) throw new Error('no request has arrived')
      return last
    },
  }
}

const MAKERS: Readonly<Record<Kind, (listener: RequestListener) => Server>> = {
  http: (listener) => createServer(listener),
  https: (listener) => createHttpsServer(tls, listener),
  http2: (listener) => createSecureServer({ ...tls, allowHTTP1: true }).on('request', listener),
  h2c: (listener) => createH2cServer().on('request', listener),
}

async function listenFor(server: Server, where: Place): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, resolve)
  })
  onTestFinished(() => {
    server.close()
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function') {
      Reflect.apply(server.closeAllConnections, server, [])
    }
  })
  return server
}

/** Where and from where a plain request is sent. */
export type Route = Readonly<{ port?: number; host?: string; socketPath?: string; localAddress?: string }>

/** Sends header lines as they are, in their order, over plain HTTP/1.1; resolves with the body. */
export function requestPlainly(route: Route, headers: readonly (readonly [string, string])[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = requestOverHttp(
      { host: '127.0.0.1', ...route, headers: ['Host', 'localhost', ...headers.flat()] },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks).toString()))
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** Sends the lines of a head as they are, over plain HTTP/1.1; resolves with all that comes back until the connection ends. */
export function requestRaw(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()))
    socket.on('error', reject)
    socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  })
}

/** As `requestPlainly`, over HTTP/2 without TLS. Lines of one name become a list, as node:http2 wants duplicates. */
export function requestOverH2c(
  where: Readonly<{ port: number } | { path: string }>,
  headers: readonly (readonly [string, string])[] = [],
): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2('http://localhost', {
      createConnection: () => connect('port' in where ? { ...where, host: '127.0.0.1' } : where),
    })
    session.on('error', reject)
    const stream = session.request(linesByName(headers))
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      session.destroy()
      resolve(Buffer.concat(chunks).toString())
    })
    stream.on('error', reject)
    stream.end()
  })
}

function linesByName(headers: readonly (readonly [string, string])[]): Record<string, string[]> {
  const lines: Record<string, string[]> = {}
  for (const [name, value] of headers) lines[name] = [...(lines[name] ?? []), value]
  return lines
}
