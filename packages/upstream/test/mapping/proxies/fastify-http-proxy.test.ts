import type { AddressInfo } from 'node:net'
import type { Logger } from '@clientcert/core'
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { MappingOptions } from '../../../src/mapping/mapping-options.ts'
import { fastifyHttpProxyOptions } from '../../../src/mapping/proxies/fastify-http-proxy.ts'
import type { TlsContext } from '../../../src/tls-context.ts'
import { ours } from '../../serving.ts'
import { createContext, mappingsOf, serverFor, stranger } from '../contexts.ts'
import { LOOKUPS, lookupMappings, unanswered } from './lookups.ts'
import { ADDRESS, arrivalOf, ask, converse, endOf, resolveTo, startUpstream, upgradeStatus } from './servers.ts'

const quiet = { info: () => undefined, warn: () => undefined }

/** A gateway of Fastify's with these mappings, on a port of its own. */
async function startGateway(
  mappings: readonly MappingOptions[],
  contexts: readonly TlsContext[] = [createContext('ours', ours)],
  logger: Logger = quiet,
): Promise<number> {
  const app = Fastify({ forceCloseConnections: true })
  const { all } = mappingsOf({ contexts, mappings, logger: quiet })
  for (const mapping of all) await app.register(httpProxy, fastifyHttpProxyOptions(mapping, { logger }))
  app.get('/own', () => 'own')
  await app.listen({ port: 0, host: ADDRESS })
  onTestFinished(() => app.close())
  return (app.server.address() as AddressInfo).port
}

describe('@fastify/http-proxy with fastifyHttpProxyOptions', () => {
  test('an application that closes ends its own connections, and leaves the dispatcher of the context to others', async () => {
    const { port } = await startUpstream()
    const context = createContext('ours', ours)
    const { all } = mappingsOf({
      contexts: [context],
      mappings: [{ name: 'm', prefix: '/m/', service: `localhost:${port}`, tls: 'ours' }],
      logger: quiet,
    })
    const shared = context.dispatcher()
    const app = Fastify()
    for (const mapping of all) await app.register(httpProxy, fastifyHttpProxyOptions(mapping))
    await app.ready()
    await app.close()
    expect(shared.destroyed).toBe(false)
    expect(context.dispatcher()).toBe(shared)
  })

  test("a request arrives with the rewritten path, its query as it was, and the gateway's certificate", async () => {
    const { port } = await startUpstream()
    const service = `https://localhost:${port}`
    const gatewayPort = await startGateway([
      { name: 'productpage', prefix: '/productpage/', rewrite: '/productpage', service, tls: 'ours' },
      { name: 'qotm', prefix: '/qotm', service: `localhost:${port}`, tls: 'ours' },
      { name: 'as it is', prefix: '/caf%C3%A9/', rewrite: '', service, tls: 'ours' },
      { name: 'longer', prefix: '/productpage/v2/', rewrite: '/two/', service, tls: 'ours' },
    ])
    const who = { client: 'gateway', sni: 'localhost', host: `localhost:${port}` }
    for (const [path, arrives] of [
      ['/productpage/?u=1', '/productpage?u=1'],
      ['/productpage/x?a=b%2F&a=%C3%A9&&c', '/productpagex?a=b%2F&a=%C3%A9&&c'],
      ["/productpage/!$&'()*+,;=:@", "/productpage!$&'()*+,;=:@"],
      ['/productpage/v2/x', '/two/x'],
      ['/productpage/v2', '/productpagev2'],
      ['/qotm/quote', '/quote'],
      ['/qotm', '/'],
      ['/qotmx', '/x'],
      ['/caf%C3%A9/%7Ea%20b', '/caf%C3%A9/%7Ea%20b'],
    ] as const) {
      expect(await arrivalOf(gatewayPort, path)).toEqual({ path: arrives, ...who })
    }
  })

  test('what no mapping matches is 404, what is refused is 400, neither is sent on, and routes of the application stay', async () => {
    const { port, arrived } = await startUpstream()
    const service = `https://localhost:${port}`
    const gatewayPort = await startGateway(lookupMappings(service))
    for (const [path, status] of LOOKUPS) {
      expect([path, (await ask(gatewayPort, path)).status]).toEqual([path, status])
    }
    expect(arrived).toEqual([])
  })

  test("the client's Host header is neither sent on, nor the name that is asked for (SNI) or checked", async () => {
    const { port } = await startUpstream(serverFor('evil.example'))
    const services = { service: `https://localhost:${port}`, tls: 'ours' }
    const gatewayPort = await startGateway([
      { name: 'm', prefix: '/m/', ...services },
      { name: 'n', prefix: '/n/', ...services, hostRewrite: 'n.example' },
    ])
    const host = { host: 'evil.example', connection: 'close' }
    expect(await arrivalOf(gatewayPort, '/m/', host)).toMatchObject({ host: `localhost:${port}`, sni: 'localhost' })
    expect(await arrivalOf(gatewayPort, '/n/', host)).toMatchObject({ host: 'n.example', sni: 'localhost' })
    expect((await converse(gatewayPort, '/m/', host)).arrived).toMatchObject({
      host: `localhost:${port}`,
      sni: 'localhost',
    })
    expect((await converse(gatewayPort, '/n/', host)).arrived).toMatchObject({ host: 'n.example', sni: 'localhost' })
  })

  test('a WebSocket passes, with the rewritten path and the certificate', async () => {
    const { port } = await startUpstream()
    const gatewayPort = await startGateway([
      { name: 'm', prefix: '/chat/', rewrite: '/rooms/', service: `localhost:${port}`, tls: 'ours' },
    ])
    expect(await converse(gatewayPort, '/chat/1?a=b')).toEqual({
      arrived: { path: '/rooms/1?a=b', client: 'gateway', sni: 'localhost', host: `localhost:${port}` },
      echoed: 'hello',
    })
    expect(await endOf(gatewayPort, '/chat')).toEqual({ status: 404 })
    expect(await upgradeStatus(gatewayPort, '/chat/%2e./x')).toBe(400)
    expect(await upgradeStatus(gatewayPort, '/chat//x')).toBe(400)
  })

  test('http, and WebSockets over it, need no context', async () => {
    const { port } = await startUpstream(null)
    const gatewayPort = await startGateway([{ name: 'm', prefix: '/m/', service: `localhost:${port}` }])
    const who = { host: `localhost:${port}`, client: null, sni: null }
    expect(await arrivalOf(gatewayPort, '/m/a')).toEqual({ path: '/a', ...who })
    expect(await converse(gatewayPort, '/m/a')).toEqual({ arrived: { path: '/a', ...who }, echoed: 'hello' })
  })

  test('a server that refuses the certificate, has another name, or is not there: 502, which says nothing of it; a WebSocket ends', async () => {
    const { port, arrived } = await startUpstream()
    resolveTo(ADDRESS, 'other-name')
    const log: string[] = []
    const gatewayPort = await startGateway(
      unanswered(port),
      [createContext('ours', ours), createContext('stranger', stranger)],
      { info: () => undefined, warn: (_details, message) => void log.push(message) },
    )

    for (const path of ['/none/', '/stranger/', '/name/', '/gone/', '/plain/']) {
      expect([path, await ask(gatewayPort, path)]).toEqual([path, { status: 502, body: '{"message":"Bad Gateway"}' }])
      expect([path, await endOf(gatewayPort, path)]).toEqual([path, { code: 1011, reason: 'Bad Gateway' }])
    }
    expect(arrived).toEqual([])
    expect(log).toHaveLength(5)
    expect(log[0]).toMatch(/refused us without a certificate/)
  })

  test.each(['/a:b/', '/a*/', '/(a)/', '/a%2A/', '/a%2541/', '/100%25/', '/a%3B/'])(
    'a prefix that is a pattern to its router, or that the plugin decodes twice, is refused at start: %s',
    (prefix) => {
      const { all } = mappingsOf({ mappings: [{ name: 'm', prefix, service: 'a' }] })
      expect(() => all.map((mapping) => fastifyHttpProxyOptions(mapping))).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: 'prefix' }),
      )
    },
  )
})
