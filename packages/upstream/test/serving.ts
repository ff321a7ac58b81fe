/** What the tests of this package share: one PKI, servers that count what they are told, and contexts that end with the test. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { type Authority, createAuthority, DEFAULT_CLOCK, type Leaf, serverCertificate } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import { type ConnectTarget, createTlsContext, type TlsContext, type TlsContextOptions } from '../src/index.ts'

export const clients = createAuthority('Clients CA')
export const servers = createAuthority('Servers CA')

/** OpenSSL, where a server verifies by it, goes by the clock of the machine. */
const YEARS = { notBefore: new Date('2016-01-01T00:00:00Z'), notAfter: new Date('2045-01-01T00:00:00Z') }

export const ours = clients.issue({ subject: 'gateway', ...YEARS })

/** Our own, with a SPIFFE id. */
export const meshed = (id: string, authority: Authority = clients): Leaf =>
  authority.issue({ subject: 'gateway', san: { uri: id }, ...YEARS })

/** A server's certificate of the mesh: an id, and no name of a host. */
export const meshServer = (id: string): Leaf =>
  servers.issue({ subject: 'svid', eku: ['serverAuth', 'clientAuth'], san: { uri: id }, ...YEARS })

export const localhost = serverCertificate(servers)

export const pemOf = (leaf: Leaf, authority: Authority | null = servers) => ({
  certChain: leaf.fullChainPem,
  privateKey: leaf.privateKeyPem,
  ...(authority === null ? {} : { caCertChain: authority.certificate.pem }),
})

/** A context that is closed with the test. */
export function contextOf(options: Partial<TlsContextOptions> = {}): TlsContext {
  const isPlaced = ['directory', 'certChainFile', 'source', 'certificate', 'pem'].some((name) => name in options)
  const context = createTlsContext({
    ...(isPlaced ? {} : { pem: pemOf(ours) }),
    clock: () => DEFAULT_CLOCK,
    gracePeriodMs: 0,
    ...options,
  } as TlsContextOptions)
  onTestFinished(() => context.close())
  return context
}

export type Version = 'TLSv1.2' | 'TLSv1.3'
export const VERSIONS: readonly Version[] = ['TLSv1.2', 'TLSv1.3']

export interface Upstream {
  readonly port: number
  /** It, by its name. */
  readonly target: ConnectTarget
  /** Octets of application data that came. */
  readonly received: () => number
  readonly sockets: readonly TLSSocket[]
  readonly server: Server
  /** Resolves with the next connection. */
  readonly next: () => Promise<TLSSocket>
  /** Resolves when every connection has ended, those without a whole handshake included. */
  readonly ended: () => Promise<void>
}

/** A TLS server that answers each chunk with `pong`, and counts. It asks for a certificate and takes any, unless told otherwise. */
export async function startUpstream(
  leaf: Leaf,
  { onConnection, ...options }: TlsOptions & { onConnection?: (socket: TLSSocket) => void } = {},
): Promise<Upstream> {
  let octets = 0
  const sockets: TLSSocket[] = []
  const server = createServer({
    cert: leaf.fullChainPem,
    key: leaf.privateKeyPem,
    requestCert: true,
    rejectUnauthorized: false,
    ...options,
  })
  server.on('secureConnection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      octets += chunk.length
      socket.write('pong')
    })
    onConnection?.(socket)
  })
  server.on('tlsClientError', () => {})
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const port = await listen(server)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  const next = async () => {
    const [socket] = (await once(server, 'secureConnection')) as [TLSSocket]
    return socket
  }
  const ended = async () => {
    await Promise.all([...open].map((socket) => once(socket, 'close')))
  }
  const target = { host: 'localhost', port, family: 4 }
  return { port, target, received: () => octets, sockets, server, next, ended }
}

/** A server that takes connections and leaves the rest to the test. */
export async function startTcp(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server = createTcpServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    onConnection(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  return listen(server)
}

export async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Sends `ping` and resolves with the answer. */
export async function ask(socket: TLSSocket): Promise<string> {
  socket.write('ping')
  const [chunk] = (await once(socket, 'data')) as [Buffer]
  return chunk.toString()
}

/** What a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('it should have been refused')
}
