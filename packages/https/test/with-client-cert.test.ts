import { createServer as createHttpServer } from 'node:http'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { createAuthority, createTlsClient, headersFor, tlsRequest } from '@clientcert/testing'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  clientCertOf,
  createServer,
  dns,
  type GuardedListener,
  type Listener,
  tlsOptions,
  withClientCert,
} from '../src/index.ts'
import { clients, createLog, echo, identity, listen, options, trust } from './serving.ts'

afterEach(() => void vi.restoreAllMocks())

describe.each([
  ['https', 'http/1.1', () => createHttpsServer(tlsOptions(identity), withClientCert(options, echo))],
  [
    'http2',
    'h2',
    () =>
      createSecureServer(tlsOptions(identity), withClientCert<Http2ServerRequest, Http2ServerResponse>(options, echo)),
  ],
] as const)('before a listener of node:%s', (_, protocol, create) => {
  test('lets a verified client in', async () => {
    const response = await tlsRequest({ port: await listen(create()), leaf: clients.good, protocol })
    expect([response.statusCode, response.json()]).toEqual([200, { subject: 'CN=alice', outcome: 'accepted' }])
  })

  test.each(['none', 'stranger', 'expired'] as const)('refuses %s', async (name) => {
    const response = await tlsRequest({ port: await listen(create()), leaf: clients[name], protocol })
    expect([response.statusCode, response.json()]).toEqual([
      401,
      { message: expect.stringContaining('TLS certificate') as unknown },
    ])
    expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' })
    expect(response.headers.connection).toBe(protocol === 'h2' ? undefined : 'close')
  })
})

describe('before a listener of node:http', () => {
  test('takes certificates from the proxy that the gate lets through', async () => {
    const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } as const
    const server = createHttpServer(withClientCert({ ...options, from }, echo))
    const url = `http://127.0.0.1:${await listen(server)}`
    const good = await fetch(url, { headers: headersFor('nginx', clients.good) })
    expect(await good.json()).toEqual({ subject: 'CN=alice', outcome: 'accepted' })
    const none = await fetch(url)
    expect([none.status, none.headers.get('vary')]).toEqual([401, 'ssl-client-cert'])
  })
})

describe('a server that never asks for certificates', () => {
  test('is found out at its first request: 500, and the reason in the log, once', async () => {
    const log = createLog()
    const port = await listen(
      createHttpsServer(identity, withClientCert({ ...options, mode: 'optional', logger: log }, echo)),
    )
    for (let request = 0; request < 2; request++) {
      const { statusCode, body } = await tlsRequest({ port, leaf: clients.good })
      expect([statusCode, body]).toEqual([500, '{"message":"Internal Server Error"}'])
    }
    expect(log.lines.filter((line) => line.includes('requestCert is not true'))).toHaveLength(1)
  })

  test('is a warning of the process where there is no logger', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const port = await listen(createHttpsServer(identity, withClientCert(options, echo)))
    expect((await tlsRequest({ port })).statusCode).toBe(500)
    expect(warned).toHaveBeenCalledWith(
      expect.stringContaining('requestCert is not true'),
      expect.objectContaining({ type: 'ClientCertWarning' }),
    )
  })

  test('can be found out before', () => {
    const { authenticator } = withClientCert(options, echo)
    expect(() => authenticator.checkServer(createHttpsServer(identity))).toThrow(/requestCert is not true/)
    expect(() => authenticator.checkServer(createHttpsServer(tlsOptions(identity)))).not.toThrow()
  })
})

test('two instances in one process never share a verdict, whichever is asked first', async () => {
  const other = createAuthority('Another CA')
  const ours = withClientCert(options, echo)
  const theirs = withClientCert({ ...options, trust: { pem: other.certificate.pem } }, echo)
  const server = createHttpsServer(tlsOptions(identity), (request, response) =>
    (request.url === '/ours' ? ours : theirs)(request, response),
  )
  const port = await listen(server)
  for (const [leaf, expected] of [
    [clients.good, { '/ours': 200, '/theirs': 401 }],
    [other.issue('bob'), { '/ours': 401, '/theirs': 200 }],
  ] as const) {
    for (const paths of [['/ours', '/theirs'] as const, ['/theirs', '/ours'] as const]) {
      for (const path of paths) {
        expect((await tlsRequest({ port, leaf, path })).statusCode, path).toBe(expected[path])
      }
    }
  }
})

describe('route', () => {
  test('decides anew, so that a client has to pass both', async () => {
    const guarded: GuardedListener = withClientCert({ ...options, mode: 'optional' }, (request, response) =>
      request.url === '/' ? echo(request, response) : strict(request, response),
    )
    const strict: Listener = guarded.route({ mode: 'required', allow: dns('bob.example') }, echo)
    const port = await listen(createHttpsServer(tlsOptions(identity), guarded))
    const status = async (path: string, leaf = clients.good) => (await tlsRequest({ port, path, leaf })).statusCode
    expect(await status('/')).toBe(200)
    expect(await status('/admin')).toBe(403)
    expect((await tlsRequest({ port, path: '/admin' })).statusCode).toBe(401)
  })

  test('cannot widen what the guard around it has refused', async () => {
    const server = createServer({ ...identity, ...options }, (request, response) => open(request, response))
    const open = server.clientCertRoute('off', echo)
    expect((await tlsRequest({ port: await listen(server) })).statusCode).toBe(401)
  })

  test('leaves nothing of what was decided before it', async () => {
    const server = createServer({ ...identity, ...options }, (request, response) => {
      expect(clientCertOf(request)?.subject).toBe('CN=alice')
      off(request, response)
    })
    const off = server.clientCertRoute('off', echo)
    const response = await tlsRequest({ port: await listen(server), leaf: clients.good })
    expect(response.json()).toEqual({ subject: null, outcome: 'skipped' })
  })

  test.each([
    [{ mod: 'off' }, 'route.mod'],
    ['on', 'route'],
    [{ anchors: ['none'] }, 'route.anchors[0]'],
  ])('refuses %j with its path', (given, option) => {
    const server = createServer({ ...identity, ...options })
    const refused = () => server.clientCertRoute(given as never, echo)
    expect(refused).toThrow(expect.objectContaining({ option }))
  })

  test('anchors of a route hold for that route, on one connection and in any order', async () => {
    const [one, two] = [createAuthority('CA One'), createAuthority('CA Two')]
    const sources = [
      { pem: one.certificate.pem, id: 'one' },
      { pem: two.certificate.pem, id: 'two' },
    ]
    const server = createServer({ ...identity, ...options, trust: sources }, (request, response) =>
      (routes[request.url ?? ''] ?? echo)(request, response),
    )
    const routes: Record<string, ReturnType<typeof server.clientCertRoute>> = {
      '/one': server.clientCertRoute({ anchors: ['one'] }, echo),
      '/two': server.clientCertRoute({ anchors: ['two'] }, echo),
    }
    const port = await listen(server)
    const orders = [['/one', '/two'], ['/', '/one', '/', '/two'], ['/two']]
    for (const order of orders) {
      const client = await createTlsClient({ port, leaf: one.issue('alice') })
      for (const path of order) {
        expect((await client.request(path)).statusCode, `${path} of ${order.join()}`).toBe(path === '/two' ? 401 : 200)
      }
      await client.close()
    }
  })
})

test('a request that was made up has no server to check, and no certificate', async () => {
  const guarded = withClientCert({ ...options, trust }, echo)
  expect(clientCertOf({ clientCert: { subject: 'CN=forged' } } as never)).toBeNull()
  const server = createHttpServer((request, response) => {
    Reflect.deleteProperty(request.socket, 'server')
    guarded(request, response)
  })
  const port = await listen(server)
  onTestFinished(() => void server.close())
  expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(401)
})
