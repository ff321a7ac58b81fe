/** A server that remembers who came, and answers when the test says so. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { onTestFinished } from 'vitest'

const authority = createAuthority('Server CA')

const identities = {
  localhost: serverCertificate(authority),
  other: serverCertificate(authority, { subject: 'other', san: { dns: 'other.example' } }),
}

type Incoming = IncomingMessage | Http2ServerRequest
type Outgoing = ServerResponse | Http2ServerResponse

/** What two kinds of response have in common, in types that can be called. */
interface Arrived {
  readonly request: Incoming
  readonly response: { write(text: string): unknown; end(text?: string): unknown }
}

export interface TestServer {
  readonly port: number
  /** Of who signed its certificate. */
  readonly authorityPem: string
  readonly origin: string
  /** Of each connection, in its order: our certificate's common name, and the name that was sent. */
  readonly connections: readonly { readonly client: string; readonly servername: string | false }[]
  /** Of each request, in its order: `GET /path by client-1`, and whatever body it had. */
  readonly requests: readonly string[]
  /** Connections that are open. */
  readonly open: ReadonlySet<TLSSocket>
  readonly http2Sessions: ReadonlySet<ServerHttp2Session>
  /** Resolves when the request for this path is here; the test answers. */
  readonly arrived: (path: string) => Promise<Arrived>
  readonly server: ReturnType<typeof createServer> | ReturnType<typeof createSecureServer>
}

export interface TestServerOptions {
  readonly protocol?: 'http1' | 'h2' | 'h2 and http1' | 'no ALPN'
  /** Whose certificate it presents. */
  readonly as?: keyof typeof identities
  readonly path?: string
}

/** Answers at once with who asked, but for paths that begin with `/slow`, which wait for `arrived`. */
export async function startTestServer({
  protocol = 'http1',
  as = 'localhost',
  path,
}: TestServerOptions = {}): Promise<TestServer> {
  const connections: { client: string; servername: string | false }[] = []
  const requests: string[] = []
  const open = new Set<TLSSocket>()
  const http2Sessions = new Set<ServerHttp2Session>()
  const waiting = new Map<string, (arrived: Arrived) => void>()
  const here = new Map<string, Arrived>()

  const listener = (request: Incoming, response: Outgoing) => {
    const client = clientOf(request)
    const url = request.url ?? ''
    if (url.startsWith('/slow')) {
      requests.push(`${request.method} ${url} by ${client}`)
      const arrived = { request, response: response as Arrived['response'] }
      here.set(url, arrived)
      waiting.get(url)?.(arrived)
      return
    }
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      requests.push(`${request.method} ${url} by ${client}${body === '' ? '' : `: ${body}`}`)
      response.end(`${client}${body === '' ? '' : `: ${body}`}`)
    })
  }

  const { fullChainPem: cert, privateKeyPem: key } = identities[as]
  const tls = { cert, key, requestCert: true, rejectUnauthorized: false }
  const server =
    protocol === 'http1' || protocol === 'no ALPN'
      ? createServer(protocol === 'http1' ? tls : { ...tls, ALPNProtocols: [] }, listener)
      : createSecureServer({ ...tls, allowHTTP1: protocol === 'h2 and http1' }, listener)
  server.on('secureConnection', (socket: TLSSocket) => {
    const { servername } = socket as TLSSocket & { servername: string | false }
    connections.push({ client: commonNameOf(socket), servername })
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('session', (session: ServerHttp2Session) => {
    http2Sessions.add(session)
    session.once('close', () => http2Sessions.delete(session))
  })
  if (path === undefined) server.listen(0, '127.0.0.1')
  else server.listen(path)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  const port = path === undefined ? (server.address() as AddressInfo).port : 0

  return {
    port,
    authorityPem: authority.certificate.pem,
    origin: `https://localhost:${port}`,
    connections,
    requests,
    open,
    http2Sessions,
    server,
    arrived: (url) => {
      const arrived = here.get(url)
      return arrived ? Promise.resolve(arrived) : new Promise((resolve) => waiting.set(url, resolve))
    },
  }
}

const clientOf = (request: Incoming): string => {
  const { socket } = 'stream' in request && request.stream.session ? request.stream.session : request
  return commonNameOf(socket as TLSSocket)
}

const commonNameOf = (socket: TLSSocket): string => String(socket.getPeerCertificate().subject?.CN ?? 'nobody')
