/** A service that lets nobody in without a client certificate, and keeps a record of every connection: what was presented, and when it ended. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Server, TLSSocket, TlsOptions } from 'node:tls'
import { fingerprintOf, type ServiceMaterial } from './rotating-pki.ts'

export interface ServiceConnection {
  /** SHA-256 of the client's certificate. */
  readonly presented: string
  /** Ports of the client's end and of ours. */
  readonly from: number
  readonly to: number
  readonly isResumed: boolean
  readonly closed: Promise<void>
}

export interface Service {
  readonly port: number
  readonly url: string
  readonly connections: readonly ServiceConnection[]
  readonly open: () => number
  readonly requests: () => number
  /** Presents another certificate and trusts other clients, from the next connection on. */
  readonly hold: (material: ServiceMaterial) => void
  /** Resolves when so many requests for `/held` wait for {@link release}, with the first half of their answer sent. */
  readonly holding: (count: number) => Promise<void>
  readonly release: () => void
  readonly close: () => Promise<void>
}

export interface ServiceOptions {
  readonly http: 1 | 2
  readonly tls: 'TLSv1.2' | 'TLSv1.3'
  /** Told of each connection after its handshake. */
  readonly onConnection?: (connection: ServiceConnection) => void
}

/** Starts the service on a port of its own. It ends no connection by itself, so that whatever ends is ended by its client. */
export async function startService(first: ServiceMaterial, options: ServiceOptions): Promise<Service> {
  const { http, tls, onConnection } = options
  const tlsOptions = ({ leaf, clientAuthorities }: ServiceMaterial): TlsOptions => ({
    cert: leaf.fullChainPem,
    key: leaf.privateKeyPem,
    ca: clientAuthorities.map(({ certificate }) => certificate.pem),
    minVersion: tls,
    maxVersion: tls,
  })
  const connections: ServiceConnection[] = []
  const held = createHeld()
  let open = 0
  let requests = 0
  const listener = (request: Request, response: Response): void => {
    requests += 1
    answer(request, response, held.hold)
  }
  const asked = { requestCert: true, rejectUnauthorized: true, ...tlsOptions(first) }
  // No timeout of keep-alive: a request that meets the end of its connection half-way is nobody's fault, and would count as one.
  const server: Server =
    http === 1 ? withoutTimeouts(createServer(asked, listener)) : createSecureServer(asked, listener)
  const sockets = new Set<Socket>()
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket)
    open += 1
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        sockets.delete(socket)
        open -= 1
        resolve()
      })
    })
    const { remotePort: from = 0, localPort: to = 0 } = socket
    const connection = { presented: presentedBy(socket), from, to, isResumed: socket.isSessionReused(), closed }
    connections.push(connection)
    onConnection?.(connection)
  })
  await once(server.listen(0), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `https://localhost:${port}`,
    connections,
    open: () => open,
    requests: () => requests,
    hold: (material) => server.setSecureContext(tlsOptions(material)),
    holding: held.holding,
    release: held.release,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

type Request = IncomingMessage | Http2ServerRequest
type Response = ServerResponse | Http2ServerResponse

const presentedBy = (socket: TLSSocket): string =>
  fingerprintOf(socket.getPeerX509Certificate()?.raw ?? new Uint8Array())

function withoutTimeouts(server: ReturnType<typeof createServer>): Server {
  server.keepAliveTimeout = 0
  return server
}

/** Says how much it was sent, and with which certificate: `GET 0 by 3ed3...`. */
function answer(request: Request, response: Response, hold: (finish: () => void) => void): void {
  let octets = 0
  request.on('data', (chunk: Buffer) => {
    octets += chunk.length
  })
  request.on('end', () => {
    const text = `${request.method} ${octets} by ${presentedBy(request.socket as TLSSocket)}`
    if (request.url !== '/held') {
      response.end(text)
      return
    }
    ;(response as ServerResponse).write(text.slice(0, 20))
    hold(() => response.end(text.slice(20)))
  })
}

function createHeld() {
  let waiting: (() => void)[] = []
  let told: (() => void) | null = null
  return {
    hold: (finish: () => void): void => {
      waiting.push(finish)
      told?.()
    },
    holding: (count: number) =>
      new Promise<void>((resolve) => {
        told = () => {
          if (waiting.length >= count) resolve()
        }
        told()
      }),
    release: (): void => {
      for (const finish of waiting) finish()
      waiting = []
    },
  }
}
