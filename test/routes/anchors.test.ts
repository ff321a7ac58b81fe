/**
 * One client, one connection, two routes under different anchors: what was proved for one proves nothing for the other, whatever the order, cached or not, in
 * every adapter, for a client that connects itself and for one behind a proxy.
 *
 * A refusal in socket mode ends a connection of HTTP/1.1, since only a new handshake can change it. So there the refusal comes last, unless the application
 * answers refusals itself and keeps the connection; over HTTP/2 any order is one connection.
 */
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { clientCert as expressClientCert } from '@clientcert/express'
import { clientCert as fastifyClientCert } from '@clientcert/fastify'
import { guard, tlsOptions, withClientCert } from '@clientcert/https'
import { createAuthority, createTlsClient, DEFAULT_CLOCK, headersFor, serverCertificate } from '@clientcert/testing'
import express, { type ErrorRequestHandler, type Express } from 'express'
import express4 from 'express4'
import Fastify, { type FastifyServerOptions } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'

const [ours, theirs] = [createAuthority('Our CA'), createAuthority('Their CA')]
const alice = ours.issue('alice')
const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Server CA'))
const tls = tlsOptions({ cert, key })

const options = {
  trust: [
    { pem: ours.certificate.pem, id: 'ours' },
    { pem: theirs.certificate.pem, id: 'theirs' },
  ],
  clock: () => DEFAULT_CLOCK,
}
const OURS = { anchors: ['ours'] }
const THEIRS = { anchors: ['theirs'] }
const behindNginx = { from: { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } } as const

type Where = 'https' | 'http2' | 'behind a proxy'

/** Starts an application, with `/ours` and `/theirs`, and returns its port. */
type Start = (where: Where) => Promise<number>

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const optionsAt = (where: Where) => (where === 'behind a proxy' ? { ...options, ...behindNginx } : options)

/** Node's servers of HTTP/1.1 and HTTP/2 differ in types alone, as far as a listener of both goes. */
const serverOf = (where: Where, listener: RequestListener): Server => {
  if (where === 'behind a proxy') return createHttpServer(listener)
  return where === 'https' ? createHttpsServer(tls, listener) : createSecureServer(tls).on('request', listener)
}

/** Keeps the connection, as an application may that answers refusals by itself. */
const keeping: ErrorRequestHandler = (_error, _request, response, _next) => {
  response.removeHeader('connection')
  response.status(401).end()
}

const startExpress =
  (create: () => Express): Start =>
  (where) => {
    const certs = expressClientCert({ ...optionsAt(where), mode: 'optional' })
    onTestFinished(() => certs.close())
    const app = create()
    app.get('/ours', certs.route({ ...OURS, mode: 'required' }), (_, response) => void response.end('in'))
    app.get('/theirs', certs.route({ ...THEIRS, mode: 'required' }), (_, response) => void response.end('in'))
    app.use(keeping)
    return listen(serverOf(where, app as RequestListener))
  }

const startFastify: Start = async (where) => {
  const server = { https: { https: tls }, http2: { http2: true, https: tls }, 'behind a proxy': {} }[where]
  const app = Fastify(server as FastifyServerOptions)
  onTestFinished(() => app.close())
  await app.register(fastifyClientCert, optionsAt(where))
  app.get('/ours', { config: { clientCert: OURS } }, () => 'in')
  app.get('/theirs', { config: { clientCert: THEIRS } }, () => 'in')
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
}

const startListener: Start = (where) => {
  const entry = withClientCert({ ...optionsAt(where), mode: 'required' }, (_, response) => void response.end('in'))
  onTestFinished(() => entry.authenticator.close())
  const at = {
    '/ours': entry.route(OURS, (_, response) => void response.end('in')),
    '/theirs': entry.route(THEIRS, (_, response) => void response.end('in')),
  }
  return listen(serverOf(where, (request, response) => at[request.url as '/ours'](request, response)))
}

const startGuarded: Start = (where) => {
  const server = where === 'https' ? createHttpsServer(tls) : createHttpServer()
  const guarded = guard(server, { ...optionsAt(where), mode: 'off' })
  const atOurs = guarded.clientCertRoute({ ...OURS, mode: 'required' }, (_, response) => void response.end('in'))
  const atTheirs = guarded.clientCertRoute({ ...THEIRS, mode: 'required' }, (_, response) => void response.end('in'))
  guarded.on('request', (request, response) => (request.url === '/ours' ? atOurs : atTheirs)(request, response))
  return listen(guarded)
}

const expected = (paths: readonly string[]) => paths.map((path) => (path === '/ours' ? 200 : 401))

/** Twice each, so that the second is remembered. */
const ORDERS = [
  ['/ours', '/theirs', '/ours', '/theirs'],
  ['/theirs', '/ours', '/theirs', '/ours'],
  ['/ours', '/ours', '/theirs', '/theirs'],
  ['/theirs', '/theirs', '/ours', '/ours'],
] as const
const REFUSED_LAST = [['/theirs'], ['/ours', '/theirs'], ['/ours', '/ours', '/theirs']] as const

/** One TLS connection, and a request to each path on it. */
async function statusesOf(port: number, protocol: 'http/1.1' | 'h2', paths: readonly string[]): Promise<number[]> {
  const client = await createTlsClient({ port, leaf: alice, protocol })
  const statuses: number[] = []
  for (const path of paths) statuses.push((await client.request(path)).statusCode)
  await client.close()
  return statuses
}

/** A stand-in for a proxy: one connection to the application, on which it sends what nginx sends for her. */
async function statusesBehind(port: number, paths: readonly string[]): Promise<number[]> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const lines = Object.entries({ host: 'localhost', ...headersFor('nginx', alice) }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  const statuses: number[] = []
  for (const path of paths) {
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    statuses.push(Number(String(chunk).slice(9, 12)))
  }
  expect(socket.destroyed || socket.readableEnded).toBe(false)
  socket.destroy()
  return statuses
}

describe.each<[string, Start, readonly (readonly string[])[]]>([
  ['Express 4', startExpress(express4 as () => object as () => Express), ORDERS],
  ['Express 5', startExpress(express), ORDERS],
  ['Fastify', startFastify, REFUSED_LAST],
  ['https, a listener', startListener, REFUSED_LAST],
  ['https, a server', startGuarded, REFUSED_LAST],
])('%s: on one connection a client gets 200 and 401 by the anchors of the route', (_, start, orders) => {
  test.each(orders.map((paths) => [paths]))('of TLS: %j', async (paths) => {
    expect(await statusesOf(await start('https'), 'http/1.1', paths)).toEqual(expected(paths))
  })

  test.each(ORDERS.map((paths) => [paths]))('behind a proxy: %j', async (paths) => {
    expect(await statusesBehind(await start('behind a proxy'), paths)).toEqual(expected(paths))
  })
})

describe.each<[string, Start]>([
  ['Fastify', startFastify],
  ['https, a listener', startListener],
])('%s: over HTTP/2 as well, whatever the order', (_, start) => {
  test.each(ORDERS.map((paths) => [paths]))('%j', async (paths) => {
    expect(await statusesOf(await start('http2'), 'h2', paths)).toEqual(expected(paths))
  })
})
