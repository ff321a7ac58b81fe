/** What a client writes into a message, and a server into its answer, that neither gateway may take over. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import httpProxy from '@fastify/http-proxy'
import express from 'express'
import Fastify from 'fastify'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fastifyHttpProxyOptions } from '../../../src/mapping/proxies/fastify-http-proxy.ts'
import { httpProxyMiddlewareOptions } from '../../../src/mapping/proxies/http-proxy-middleware.ts'
import { mappingsOf } from '../contexts.ts'
import { ADDRESS, ask, endOf, exchange, listen } from './servers.ts'

interface Received {
  readonly request: string
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

/** A server behind that says nothing of note, and what it was sent. */
async function startServer(status = 200): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    const { method, url, headers } = request
    const tell = () => void received.push({ request: `${method} ${url}`, body, headers })
    if ('upgrade' in headers) tell()
    else request.on('end', tell)
    response.writeHead(status).end('answer')
  })
  return { port: await listen(server), received }
}

const mappingsTo = (port: number) =>
  mappingsOf({
    mappings: [{ name: 'm', prefix: '/m/', service: `localhost:${port}` }],
    logger: { info: () => undefined, warn: () => undefined },
  })

/** @param upgrades - Whether upgrades are handed over to the middleware. */
async function startExpress(port: number, upgrades: 'handed over' | 'not' = 'handed over'): Promise<number> {
  const middleware = createProxyMiddleware(httpProxyMiddlewareOptions(mappingsTo(port)))
  const app = express().use((request, response, next) => {
    if (request.headers['x-stranger'] === undefined) next()
    else response.status(401).set('connection', 'close').end()
  })
  app.set('env', 'test')
  const server = createServer(app.use(middleware))
  if (upgrades === 'handed over') server.on('upgrade', middleware.upgrade)
  return listen(server)
}

async function startFastify(port: number): Promise<number> {
  const app = Fastify({ forceCloseConnections: true })
  for (const mapping of mappingsTo(port).all) await app.register(httpProxy, fastifyHttpProxyOptions(mapping))
  await app.listen({ port: 0, host: ADDRESS })
  onTestFinished(() => app.close())
  return (app.server.address() as AddressInfo).port
}

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'

describe.each([
  { proxy: 'http-proxy-middleware', startGateway: (port: number) => startExpress(port) },
  { proxy: '@fastify/http-proxy', startGateway: startFastify },
])('of a request through $proxy', ({ startGateway }) => {
  test.each(['DELETE', 'OPTIONS', 'POST'])(
    'the body of a %s that comes in chunks arrives as its body, and is no request of its own (RFC 9112 11.2)',
    async (method) => {
      const { port, received } = await startServer()
      const hidden = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n'
      const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`
      const fields = 'Host: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close'
      const answer = await exchange(await startGateway(port), `${method} /m/x HTTP/1.1\r\n${fields}\r\n\r\n${chunk}`)
      expect(answer).toContain('200 OK')
      expect(received.map(({ request, body }) => [request, body])).toEqual([[`${method} /x`, hidden]])
    },
  )

  test('fields of the connection stay behind, and those of the request do not (RFC 9110 7.6.1)', async () => {
    const { port, received } = await startServer()
    const fields =
      'Host: a\r\nConnection: close, x-own\r\nTE: trailers\r\nTrailer: x-sum\r\nProxy-Connection: a\r\nExpect: 100-continue\r\nX-Other: 1'
    const answer = await exchange(await startGateway(port), `GET /m/x HTTP/1.1\r\n${fields}\r\n\r\n`)
    expect(answer).toContain('200 OK')
    expect(received[0]?.headers).toEqual({ host: `localhost:${port}`, connection: 'keep-alive', 'x-other': '1' })
  })

  test('a client that asks for the end of its connection gets it, whatever the server says of its own', async () => {
    const { port } = await startServer()
    const answer = await exchange(await startGateway(port), 'GET /m/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(answer.match(/^(?:connection|keep-alive): .*$/gim)).toEqual([expect.stringMatching(/^connection: close$/i)])
  })

  test('one is sent on, once, also where the server answers 503', async () => {
    const { port, received } = await startServer(503)
    expect(await ask(await startGateway(port), '/m/x')).toMatchObject({ status: 503 })
    expect(received).toHaveLength(1)
  })

  test.each([
    [
      'announces trailers of a body that has a length',
      'HTTP/1.1 200 OK\r\nTrailer: x\r\nContent-Length: 2\r\n\r\nok',
      200,
    ],
    ['has a control character in its reason', 'HTTP/1.1 200 a\x01b\r\nContent-Length: 2\r\n\r\nok', 200],
    ['has a status that is none', 'HTTP/1.1 099 a\r\nContent-Length: 2\r\n\r\nok', 502],
  ])('an answer that %s ends nothing', async (_what, answer, status) => {
    const port = await listenTcp(answer)
    expect(await ask(await startGateway(port), '/m/x')).toMatchObject({ status })
  })

  test('an answer that breaks off breaks off for the client, too', async () => {
    const port = await listenTcp('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
    const answer = await exchange(await startGateway(port), 'GET /m/x HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(answer).toMatch(/half$/)
  })
})

/** A server that gives this answer, and ends. */
async function listenTcp(answer: string): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(answer))
  })
  server.listen(0, ADDRESS)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

describe('through http-proxy-middleware', () => {
  test.each(['/m/x', '/m/../x', '/none'])('an upgrade for %s whose client is gone ends nothing', async (path) => {
    const { port } = await startServer()
    const gatewayPort = await startExpress(port)
    for (let times = 0; times < 40; times++) {
      const socket = connect(gatewayPort, ADDRESS)
      await once(socket, 'connect')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${UPGRADE}\r\n`, () => socket.resetAndDestroy())
      await once(socket, 'close')
    }
    expect(await ask(gatewayPort, '/m/x')).toMatchObject({ status: 200 })
  })

  test('an upgrade that announces a body takes nothing of the next request (RFC 9112 11.2)', async () => {
    const { port, received } = await startServer()
    const gatewayPort = await startExpress(port)
    await exchange(gatewayPort, `GET /m/ws HTTP/1.1\r\nHost: a\r\n${UPGRADE}Content-Length: 30\r\n\r\n`)
    expect(await ask(gatewayPort, '/m/next')).toMatchObject({ status: 200 })
    // Node 26 gives http-proxy a stream for it that is no socket: there it is refused, and not sent on at all.
    expect(received.at(-1)?.request).toBe('GET /next')
  })

  test('an upgrade is not sent on where nobody hands it over: it would pass by what stands in Express', async () => {
    const { port, received } = await startServer()
    const gatewayPort = await startExpress(port, 'not')
    expect(await ask(gatewayPort, '/m/first')).toMatchObject({ status: 200 })
    const answer = await exchange(gatewayPort, `GET /m/ws HTTP/1.1\r\nHost: a\r\nX-Stranger: 1\r\n${UPGRADE}\r\n`)
    expect(answer).toContain('401 Unauthorized')
    expect(received.map(({ request }) => request)).toEqual(['GET /first'])
    expect(await endOf(gatewayPort, '/m/ws')).toEqual({ status: 200 })
  })

  test('a path that http-proxy would spell otherwise is 400; in a query it spells nothing', async () => {
    const { port, received } = await startServer()
    const gatewayPort = await startExpress(port)
    for (const path of ['/m/http:/a', '/m/xhttps:/a'])
      expect(await ask(gatewayPort, path)).toMatchObject({ status: 400 })
    expect(await ask(gatewayPort, '/m/x?u=http:/a//b')).toMatchObject({ status: 200 })
    expect(received.map(({ request }) => request)).toEqual(['GET /x?u=http:/a//b'])
  })
})
