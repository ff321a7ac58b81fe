/** Libraries that take an agent or a dispatcher, with what they say unasked, and what they pass on of a client. */
import { once } from 'node:events'
import { createServer, get, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createAgent } from '../../src/clients/agent.ts'
import { createDispatcher } from '../../src/clients/dispatcher.ts'
import type { Connector } from '../../src/connection/connector.ts'
import { read, start } from './sending.ts'

/** Starts a gateway that passes everything on, and tells its port. */
type Gateway = (target: string, connector: Connector) => Promise<number>

const httpProxyMiddleware =
  (options: object): Gateway =>
  async (target, connector) => {
    const proxy = createProxyMiddleware({ target, agent: createAgent(connector), ...options })
    const gateway = createServer((incoming, response) => void proxy(incoming, response))
    gateway.on('upgrade', (incoming, socket, head) => void proxy.upgrade(incoming, socket as never, head))
    gateway.listen(0, '127.0.0.1')
    await once(gateway, 'listening')
    onTestFinished(() => {
      gateway.close()
      gateway.closeAllConnections()
    })
    return (gateway.address() as AddressInfo).port
  }

const fastifyHttpProxy =
  (options: (connector: Connector) => object): Gateway =>
  async (target, connector) => {
    const app = fastify({ forceCloseConnections: true })
    const webSockets = { websocket: true, wsClientOptions: { agent: createAgent(connector) } }
    await app.register(httpProxy, { upstream: target, ...webSockets, ...options(connector) })
    await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    return app.server.address() === null ? 0 : (app.server.address() as AddressInfo).port
  }

const GATEWAYS: Record<string, Gateway> = {
  'http-proxy-middleware': httpProxyMiddleware({ ws: true }),
  'http-proxy-middleware with the Host header of the target': httpProxyMiddleware({ changeOrigin: true, ws: true }),
  '@fastify/http-proxy with a dispatcher': fastifyHttpProxy((connector) => ({ undici: createDispatcher(connector) })),
  '@fastify/http-proxy with an agent': fastifyHttpProxy((connector) => ({
    // Which says false by itself, where nothing is said.
    http: { agents: { 'https:': createAgent(connector) }, requestOptions: { rejectUnauthorized: true } },
  })),
}

describe.each(Object.entries(GATEWAYS))('a gateway by %s', (_, startGateway) => {
  test('presents our certificate, asks for its target by name whatever its client says, and follows rotation', async () => {
    const { server, connector } = await start()
    const port = await startGateway(server.origin, connector)
    const headers = { host: 'other.example' }
    expect(await read(get({ port, path: '/a', headers }))).toBe('client-1')
    connector.rotate()
    const sent = request({ port, path: '/b', headers, method: 'POST' })
    sent.end('x')
    expect(await read(sent)).toBe('client-2: x')
    expect(server.connections).toEqual([
      { client: 'client-1', servername: 'localhost' },
      { client: 'client-2', servername: 'localhost' },
    ])
  })

  test('passes WebSockets on', async () => {
    const { server, connector } = await start()
    const sockets = new WebSocketServer({ server: server.server as never })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data, { binary: false })))
    const port = await startGateway(server.origin, connector)
    const socket = new WebSocket(`ws://127.0.0.1:${port}`)
    await once(socket, 'open')
    connector.rotate()
    socket.send('still here')
    expect(String((await once(socket, 'message'))[0])).toBe('still here')
    socket.close()
    await once(socket, 'close')
    expect(server.connections).toEqual([{ client: 'client-1', servername: 'localhost' }])
  })

  test('answers with an error, and sends nothing, where the server is not the one that is expected', async () => {
    const { server, connector } = await start({ as: 'other' })
    const port = await startGateway(server.origin, connector)
    const sent = get({ port, headers: { host: 'other.example' } })
    const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume: () => void }]
    response.resume()
    expect(response.statusCode).toBeGreaterThanOrEqual(500)
    expect(server.requests).toEqual([])
  })
})

describe('a library that switches verification off does not get past the agent', () => {
  test.each<[string, Gateway]>([
    ['http-proxy-middleware with secure: false', httpProxyMiddleware({ secure: false })],
    [
      '@fastify/http-proxy with an agent, unasked',
      fastifyHttpProxy((connector) => ({ http: { agents: { 'https:': createAgent(connector) } } })),
    ],
  ])('%s', async (_, startGateway) => {
    const { server, connector } = await start()
    const port = await startGateway(server.origin, connector)
    const [response] = (await once(get({ port }), 'response')) as [{ statusCode: number; resume: () => void }]
    response.resume()
    expect(response.statusCode).toBeGreaterThanOrEqual(500)
    expect(connector.targets).toEqual([])
  })
})
