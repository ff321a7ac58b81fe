import { createServer, type Server } from 'node:http'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { describe, expect, test } from 'vitest'
import type { MappingOptions } from '../../../src/mapping/mapping-options.ts'
import { httpProxyMiddlewareOptions } from '../../../src/mapping/proxies/http-proxy-middleware.ts'
import type { TlsContext } from '../../../src/tls-context.ts'
import { ours } from '../../serving.ts'
import { createContext, mappingsOf, serverFor, stranger } from '../contexts.ts'
import { LOOKUPS, lookupMappings, unanswered } from './lookups.ts'
import { ADDRESS, arrivalOf, ask, converse, endOf, listen, resolveTo, startUpstream, upgradeStatus } from './servers.ts'

const quiet = { info: () => undefined, warn: () => undefined }

interface Started {
  readonly port: number
  readonly server: Server
  readonly log: readonly string[]
}

/** A gateway of Express with these mappings, on a port of its own. */
async function startGateway(
  mappings: readonly MappingOptions[],
  contexts: readonly TlsContext[] = [createContext('ours', ours)],
): Promise<Started> {
  const log: string[] = []
  const logger = { info: () => undefined, warn: (_details: object, message: string) => void log.push(message) }
  const made = mappingsOf({ contexts, mappings, logger: quiet })
  const middleware = createProxyMiddleware(httpProxyMiddlewareOptions(made, { logger }))
  const app = express()
  app.set('env', 'test')
  app.get('/own', (_request, response) => void response.send('own'))
  app.use(middleware)
  const server = createServer(app)
  server.on('upgrade', middleware.upgrade)
  return { port: await listen(server), server, log }
}

describe('http-proxy-middleware with httpProxyMiddlewareOptions', () => {
  test("a request arrives with the rewritten path, its query as it was, and the gateway's certificate", async () => {
    const { port } = await startUpstream()
    const service = `https://localhost:${port}`
    const started = await startGateway([
      { name: 'productpage', prefix: '/productpage/', rewrite: '/productpage', service, tls: 'ours' },
      { name: 'qotm', prefix: '/qotm', service: `localhost:${port}`, tls: 'ours' },
      { name: 'as it is', prefix: '/caf%C3%A9/', rewrite: '', service, tls: 'ours' },
      { name: 'longer', prefix: '/productpage/v2/', rewrite: '/two/', service, tls: 'ours' },
      { name: 'pattern', prefix: '/a:b*/', service, tls: 'ours' },
    ])
    const who = { client: 'gateway', sni: 'localhost', host: `localhost:${port}` }
    for (const [path, arrives] of [
      ['/productpage/?u=1', '/productpage?u=1'],
      ['/productpage/x?a=b%2F&u=http://a//b&&c?d', '/productpagex?a=b%2F&u=http://a//b&&c?d'],
      ["/productpage/!$&'()*+,;=:@|{}", "/productpage!$&'()*+,;=:@|{}"],
      ['/productpage/v2/x', '/two/x'],
      ['/productpage/v2', '/productpagev2'],
      ['/qotm/quote', '/quote'],
      ['/qotm', '/'],
      ['/caf%C3%A9/%7Ea%20b', '/caf%C3%A9/%7Ea%20b'],
      ['/a:b*/x', '/x'],
    ] as const) {
      expect(await arrivalOf(started.port, path)).toEqual({ path: arrives, ...who })
    }
  })

  test('each mapping is connected to by its own context, also where they lead to one server', async () => {
    const { port } = await startUpstream()
    const plain = await startUpstream(null)
    const service = `localhost:${port}`
    const started = await startGateway([
      { name: 'ours', prefix: '/ours/', service, tls: 'ours' },
      { name: 'none', prefix: '/none/', service, tls: true },
      { name: 'plain', prefix: '/plain/', service: `localhost:${plain.port}` },
    ])
    expect(await arrivalOf(started.port, '/ours/')).toMatchObject({ client: 'gateway' })
    expect(await ask(started.port, '/none/')).toMatchObject({ status: 502 })
    expect(await arrivalOf(started.port, '/ours/')).toMatchObject({ client: 'gateway' })
    expect(await arrivalOf(started.port, '/plain/')).toMatchObject({ client: null, sni: null })
    expect((await converse(started.port, '/plain/')).echoed).toBe('hello')
  })

  test('what no mapping matches goes on, what is refused is 400, and neither is sent on', async () => {
    const { port, arrived } = await startUpstream()
    const service = `https://localhost:${port}`
    const started = await startGateway(lookupMappings(service))
    for (const [path, status] of [
      ...LOOKUPS,
      ['//productpage/x', 400],
      ['http://evil.example/productpage/x', 400],
    ] as const) {
      expect([path, (await ask(started.port, path)).status]).toEqual([path, status])
    }
    expect(arrived).toEqual([])
  })

  test("the client's Host header is neither sent on, nor the name that is asked for (SNI) or checked", async () => {
    const { port } = await startUpstream(serverFor('evil.example'))
    const services = { service: `https://localhost:${port}`, tls: 'ours' }
    const started = await startGateway([
      { name: 'm', prefix: '/m/', ...services },
      { name: 'n', prefix: '/n/', ...services, hostRewrite: 'n.example' },
    ])
    const host = { host: 'evil.example' }
    expect(await arrivalOf(started.port, '/m/', host)).toMatchObject({ host: `localhost:${port}`, sni: 'localhost' })
    expect(await arrivalOf(started.port, '/n/', host)).toMatchObject({ host: 'n.example', sni: 'localhost' })
    expect((await converse(started.port, '/m/', host)).arrived).toMatchObject({
      host: `localhost:${port}`,
      sni: 'localhost',
    })
    expect((await converse(started.port, '/n/', host)).arrived).toMatchObject({ host: 'n.example', sni: 'localhost' })
  })

  test('a WebSocket passes, with the rewritten path and the certificate; others are ended', async () => {
    const { port } = await startUpstream()
    const started = await startGateway([
      { name: 'm', prefix: '/chat/', rewrite: '/rooms/', service: `localhost:${port}`, tls: 'ours' },
    ])
    expect(await converse(started.port, '/chat/1?a=b')).toEqual({
      arrived: { path: '/rooms/1?a=b', client: 'gateway', sni: 'localhost', host: `localhost:${port}` },
      echoed: 'hello',
    })
    expect(await endOf(started.port, '/chat')).toEqual({ status: 404 })
    expect(await upgradeStatus(started.port, '/chat/%2e./x')).toBe(400)
  })

  test('an upgrade that is unmatched is left to whoever else listens for upgrades', async () => {
    const { port } = await startUpstream()
    const started = await startGateway([{ name: 'm', prefix: '/chat/', service: `localhost:${port}`, tls: 'ours' }])
    started.server.on('upgrade', (request, socket) => {
      if (request.url === '/theirs') socket.end('HTTP/1.1 418 Theirs\r\nConnection: close\r\n\r\n')
    })
    expect(await endOf(started.port, '/theirs')).toEqual({ status: 418 })
    expect((await converse(started.port, '/chat/')).echoed).toBe('hello')
  })

  test('a server that refuses the certificate, has another name, or is not there: 502, which says nothing of it, and the log has why', async () => {
    const { port, arrived } = await startUpstream()
    resolveTo(ADDRESS, 'other-name')
    const started = await startGateway(unanswered(port), [
      createContext('ours', ours),
      createContext('stranger', stranger),
    ])
    for (const path of ['/none/', '/stranger/', '/name/', '/gone/', '/plain/']) {
      expect([path, await ask(started.port, path)]).toEqual([path, { status: 502, body: '{"message":"Bad Gateway"}' }])
      expect([path, await endOf(started.port, path)]).toEqual([path, { status: 502 }])
    }
    expect(arrived).toEqual([])
    expect(started.log).toHaveLength(10)
    expect(started.log[0]).toMatch(/refused us without a certificate/)
  })

  test('without its plugin nothing is connected to: it is what gives a request its context', async () => {
    const { port, arrived } = await startUpstream(null)
    const mappings = mappingsOf({ mappings: [{ name: 'm', prefix: '/m/', service: `localhost:${port}` }] })
    const app = express().use(createProxyMiddleware({ ...httpProxyMiddlewareOptions(mappings), plugins: [] }))
    app.set('env', 'test')
    const gatewayPort = await listen(createServer(app))
    expect((await ask(gatewayPort, '/m/')).status).toBeGreaterThanOrEqual(500)
    expect(arrived).toEqual([])
  })
})
