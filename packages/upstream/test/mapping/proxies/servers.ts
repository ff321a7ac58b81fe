/** Servers behind the gateway and clients before it, all of them real. */
import dns from 'node:dns'
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, request, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Authority, Leaf } from '@clientcert/testing'
import { onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { clients } from '../../serving.ts'
import { serverFor } from '../contexts.ts'

/** What a server behind was asked, and by whom. */
export interface Arrived {
  readonly path: string | undefined
  readonly host: string | undefined
  readonly client: string | null
  readonly sni: string | false | null
}

export interface Upstream {
  readonly port: number
  /** Everything that has arrived, upgrades included. */
  readonly arrived: readonly Arrived[]
}

export const ADDRESS = '127.0.0.1'

function describe(incoming: IncomingMessage): Arrived {
  const { url, headers, socket } = incoming
  const isTls = socket instanceof TLSSocket
  return {
    path: url,
    host: headers.host,
    client: isTls ? String(socket.getPeerCertificate().subject.CN) : null,
    sni: isTls ? Reflect.get(socket, 'servername') : null,
  }
}

/** A server that says who asked for what, and returns what it is sent over WebSockets. With a certificate it demands one of clients, of this authority. */
export async function startUpstream(
  certificate: Leaf | null = serverFor(),
  at = { address: ADDRESS, port: 0 },
  authority: Authority = clients,
): Promise<Upstream> {
  const arrived: Arrived[] = []
  const answer = (incoming: IncomingMessage) => {
    const what = describe(incoming)
    arrived.push(what)
    return JSON.stringify(what)
  }
  const server =
    certificate === null
      ? createHttpServer((incoming, response) => response.end(answer(incoming)))
      : createHttpsServer(
          {
            cert: certificate.fullChainPem,
            key: certificate.privateKeyPem,
            ca: authority.certificate.pem,
            requestCert: true,
            rejectUnauthorized: true,
          },
          (incoming, response) => response.end(answer(incoming)),
        )
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, incoming) => {
    socket.send(answer(incoming))
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  const port = await listen(server, at)
  return { port, arrived }
}

/** Listens until the test ends. */
export async function listen(server: Server, at = { address: ADDRESS, port: 0 }): Promise<number> {
  server.listen(at.port, at.address)
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return port
}

/** Lets names be found at an address until the test ends: what a cluster's DNS does. */
export function resolveTo(address: string, ...names: string[]): void {
  const { lookup } = dns
  const spy = vi.spyOn(dns, 'lookup').mockImplementation((name: string, ...rest: unknown[]) => {
    Reflect.apply(lookup as (...given: unknown[]) => void, dns, [names.includes(name) ? address : name, ...rest])
  })
  onTestFinished(() => spy.mockRestore())
}

export interface Answer {
  readonly status: number | undefined
  readonly body: string
}

/** Asks the gateway for exactly this request target, which `fetch` would resolve. */
export async function ask(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const outgoing = request({ host: ADDRESS, port, path, headers, agent: false }).end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, body }
}

/** What the server behind says has arrived. */
export async function arrivalOf(port: number, path: string, headers?: Record<string, string>): Promise<Arrived> {
  const { body } = await ask(port, path, headers)
  return JSON.parse(body) as Arrived
}

export interface Conversation {
  readonly arrived: Arrived
  readonly echoed: string
}

/** Opens a WebSocket through the gateway, and says one thing. */
export async function converse(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<Conversation> {
  const socket = new WebSocket(`ws://${ADDRESS}:${port}${path}`, { headers })
  onTestFinished(() => socket.terminate())
  const [first] = (await once(socket, 'message')) as [Buffer]
  socket.send('hello')
  const [second] = (await once(socket, 'message')) as [Buffer]
  return { arrived: JSON.parse(first.toString()) as Arrived, echoed: second.toString() }
}

/** How a WebSocket that gets no server ends: the status that it was refused with, or the code that it was closed with. */
export function endOf(
  port: number,
  path: string,
): Promise<{ readonly status?: number | undefined; readonly code?: number; readonly reason?: string }> {
  const socket = new WebSocket(`ws://${ADDRESS}:${port}${path}`)
  onTestFinished(() => socket.terminate())
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve({ status: response.statusCode }))
    socket.on('error', () => resolve({}))
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
}

/** Everything that comes back for exactly these octets, until the gateway ends the connection. */
export async function exchange(port: number, message: string): Promise<string> {
  const socket = connect(port, ADDRESS)
  onTestFinished(() => void socket.destroy())
  socket.write(message)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

/** The status that answers an upgrade for exactly this request target, which a client of WebSockets would resolve. */
export const upgradeStatus = async (port: number, path: string): Promise<number | undefined> => {
  const handshake = { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-version': '13' }
  return (await ask(port, path, { connection: 'Upgrade', upgrade: 'websocket', ...handshake })).status
}
