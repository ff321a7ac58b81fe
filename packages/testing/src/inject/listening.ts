import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { Server } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { createAuthority } from '../authority.ts'
import { serverCertificate } from '../server-certificate.ts'

/** What a Fastify instance has, of which no more is needed. */
type FastifyLike = Readonly<{
  server: Server
  ready: () => PromiseLike<unknown>
  listen: (options: { port: number; host: string }) => Promise<string>
}>

/** An application: Fastify, a Node server, or a request listener such as an Express app. */
export type InjectTarget = FastifyLike | Server | RequestListener

/** Where an application can be reached, and how. */
export type Place = Readonly<{ address: Readonly<{ port: number; host: string }>; protocol: 'tls' | 'plain' }>

const LOOPBACK = '127.0.0.1'

/** Servers that are starting or have started here, so that two requests at once start one. */
const started = new WeakMap<object, Promise<unknown>>()

/** Servers made here for request listeners, of both kinds. */
const made = { tls: new WeakMap<RequestListener, Server>(), plain: new WeakMap<RequestListener, Server>() }

/**
 * Makes an application listen, unless it does, and says where.
 *
 * @param wanted - The kind of server that a bare request listener gets. Others are what they are.
 */
export async function listening(app: InjectTarget, wanted: Place['protocol']): Promise<Place> {
  const server = serverOf(app, wanted)
  if (!server.listening) {
    const starting = started.get(server) ?? start(app, server)
    started.set(server, starting)
    await starting.finally(() => started.delete(server))
    server.unref()
  }
  return { address: addressOf(server), protocol: server instanceof TlsServer ? 'tls' : 'plain' }
}

function serverOf(app: InjectTarget, wanted: Place['protocol']): Server {
  if (app instanceof Server) return app
  if ('server' in app && app.server instanceof Server) return app.server
  if (typeof app !== 'function') throw new TypeError('not a Fastify instance, a Node server or a request listener')
  const server = made[wanted].get(app) ?? MAKERS[wanted](app)
  made[wanted].set(app, server)
  return server
}

const MAKERS = {
  plain: (listener: RequestListener): Server => createServer(listener),
  tls: (listener: RequestListener): Server => {
    const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Test Server CA'))
    // As an application wants it that judges for itself: ask everybody, turn nobody away.
    return createTlsServer({ cert, key, requestCert: true, rejectUnauthorized: false }, listener)
  },
}

async function start(app: InjectTarget, server: Server): Promise<void> {
  if ('server' in app) {
    await app.listen({ port: 0, host: LOOPBACK })
  } else {
    server.listen(0, LOOPBACK)
    await once(server, 'listening')
  }
}

function addressOf(server: Server): Place['address'] {
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new TypeError('the server listens on a path, not on a TCP port')
  const anywhere = address.address === '::' || address.address === '0.0.0.0'
  return { port: address.port, host: anywhere ? LOOPBACK : address.address }
}
