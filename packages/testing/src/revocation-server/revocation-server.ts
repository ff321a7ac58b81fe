import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Authority } from '../authority.ts'
import { serverCertificate } from '../server-certificate.ts'
import { type Answer, answerWith, type Fault, needsBody } from './faults.ts'
import { requestInPath } from './ocsp-by-get.ts'

/** A CRL in DER or PEM, or what makes one for each request. */
export type ServedCrl = Uint8Array | (() => Uint8Array | Promise<Uint8Array>)

/** Answers a request in DER with a response in DER (RFC 6960). */
export type Responder = (request: Uint8Array) => Uint8Array | Promise<Uint8Array>

export type RevocationServerOptions = Readonly<{
  /** CRLs by path, such as `/root.crl`. */
  crls?: Readonly<Record<string, ServedCrl>>
  /** Responders by path, such as `/ocsp`. Asked by POST, and by GET behind the path. */
  ocsp?: Readonly<Record<string, Responder>>
  /** Sent with every good answer, such as `Cache-Control`. */
  headers?: Readonly<Record<string, string>>
  /** With it the server speaks https, with a certificate of this authority for localhost, 127.0.0.1 and ::1. */
  tls?: Authority
}>

/** What arrived. */
export type ReceivedRequest = Readonly<{
  method: string
  /** As it was sent; a proxy would get a whole URL. */
  path: string
  headers: IncomingMessage['headers']
  body: Uint8Array
}>

export type RevocationServer = Readonly<{
  port: number
  /** Where a path is. @param host - Default 127.0.0.1; a name needs a resolver that knows it. */
  url: (path: string, host?: string) => string
  /** Everything that arrived, in order, whatever became of it. */
  received: readonly ReceivedRequest[]
  /** How many requests arrived for a path; a responder's count whatever the method. */
  count: (path: string) => number
  /** Puts a CRL at a path, or another one. */
  publish: (path: string, crl: ServedCrl) => void
  /** Breaks a path, or all of them, from the next request on; null mends it. */
  setFault: (fault: Fault | null, path?: string) => void
  /** Ends every connection, those that hang included. */
  close: () => Promise<void>
}>

/**
 * Starts a server of CRLs and OCSP responses on a free port of the loopback, with faults that can be switched while it runs.
 *
 * Does not make what it serves, and does not judge what it is asked.
 *
 * @example
 * const server = await startRevocationServer({ crls: { '/root.crl': crl } })
 * server.setFault({ kind: 'redirect', to: 'http://169.254.169.254/' })
 */
export async function startRevocationServer(options: RevocationServerOptions = {}): Promise<RevocationServer> {
  const crls = new Map(Object.entries(options.crls ?? {}))
  const responders = new Map(Object.entries(options.ocsp ?? {}))
  const received: ReceivedRequest[] = []
  const counts = new Map<string, number>()
  const faults = new Map<string, Fault>()
  let faultEverywhere: Fault | null = null

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = request
    const body = await octetsOf(request)
    received.push({ method, path, headers, body })
    const found = find(crls, responders, method, path, body)
    const place = found?.place ?? path
    counts.set(place, (counts.get(place) ?? 0) + 1)
    const fault = faults.get(place) ?? faultEverywhere
    if (found === null && fault === null) {
      response.writeHead(404)
      response.end()
      return
    }
    const good: Answer = {
      headers: { 'content-type': found?.type ?? 'application/octet-stream', ...options.headers },
      body: found !== null && needsBody(fault) ? await found.make() : new Uint8Array(),
    }
    answerWith(response, good, fault)
  }

  const server = createServerFor(options.tls, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  // Also those in the middle of a handshake, which no HTTP server counts among its connections.
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    url: (path, host = '127.0.0.1') => `${options.tls ? 'https' : 'http'}://${host}:${port}${path}`,
    received,
    count: (path) => counts.get(path) ?? 0,
    publish: (path, crl) => void crls.set(path, crl),
    setFault: (fault, path) => {
      if (path === undefined) faultEverywhere = fault
      else if (fault === null) faults.delete(path)
      else faults.set(path, fault)
    },
    close: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

function createServerFor(tls: Authority | undefined, listener: Listener): Server {
  if (tls === undefined) return createServer(listener)
  const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(tls)
  return createTlsServer({ cert, key }, listener)
}

interface Found {
  readonly place: string
  readonly type: string
  readonly make: () => Uint8Array | Promise<Uint8Array>
}

function find(
  crls: ReadonlyMap<string, ServedCrl>,
  responders: ReadonlyMap<string, Responder>,
  method: string,
  path: string,
  body: Uint8Array,
): Found | null {
  const crl = method === 'GET' ? crls.get(path) : undefined
  if (crl !== undefined) {
    return { place: path, type: 'application/pkix-crl', make: () => (typeof crl === 'function' ? crl() : crl) }
  }
  for (const [place, respond] of responders) {
    const request = method === 'POST' ? (path === place ? body : null) : requestInPath(path, place)
    if (request !== null) return { place, type: 'application/ocsp-response', make: () => respond(request) }
  }
  return null
}

async function octetsOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
