import { createAuthority, createTlsClient, tlsRequest } from '@clientcert/testing'
import { type ErrorRequestHandler, Router } from 'express'
import { describe, expect, test } from 'vitest'
import defaultExport, {
  ConfigurationError,
  clientCert,
  clientCertErrors,
  dns,
  type Mode,
  spiffeId,
} from '../src/index.ts'
import { type Client, clients, echo, listenTls, options, VERSIONS } from './serving.ts'

const REQUIRED = '{"message":"No required TLS certificate was sent"}'
const REJECTED = '{"message":"TLS certificate failed verification"}'

const said = (outcome: string, subject: string | null = null) => JSON.stringify({ subject, outcome })
const accepted = said('accepted', 'CN=alice')

const EXPECTED: Readonly<Record<Mode, Readonly<Record<Client, string>>>> = {
  required: { none: REQUIRED, good: accepted, stranger: REJECTED, expired: REJECTED },
  optional: { none: said('anonymous'), good: accepted, stranger: REJECTED, expired: REJECTED },
  'optional-no-ca': { none: said('anonymous'), good: accepted, stranger: said('unverified'), expired: REJECTED },
  'accept-unverified': {
    none: said('anonymous'),
    good: accepted,
    stranger: said('unverified'),
    expired: said('unverified'),
  },
  off: { none: said('skipped'), good: said('skipped'), stranger: said('skipped'), expired: said('skipped') },
}

describe.each(VERSIONS)('%s', (_, createApp) => {
  describe.each(Object.entries(EXPECTED) as [Mode, Record<Client, string>][])('mode %s', (mode, expected) => {
    test.each(Object.entries(expected) as [Client, string][])('answers %s with %s', async (client, body) => {
      const app = createApp()
      app.use(clientCert({ ...options, mode }))
      app.get('/', echo)
      app.use(clientCertErrors())
      const response = await tlsRequest({ port: await listenTls(app), leaf: clients[client] })
      expect(response.body).toBe(body)
      expect(response.statusCode).toBe(body.includes('message') ? 401 : 200)
    })
  })

  describe('before a route', () => {
    test('guards that route and no other', async () => {
      const app = createApp()
      app.get('/guarded', clientCert(options), echo)
      app.get('/open', echo)
      const port = await listenTls(app)
      expect((await tlsRequest({ port, path: '/guarded' })).statusCode).toBe(401)
      expect((await tlsRequest({ port, path: '/open' })).json()).toEqual({ subject: 'undefined', outcome: null })
    })

    test('guards a router and everything in it', async () => {
      const router = Router()
      router.use(clientCert(options))
      router.get('/inner', echo)
      const app = createApp()
      app.use('/outer', router)
      const port = await listenTls(app)
      expect((await tlsRequest({ port, path: '/outer/inner', leaf: clients.good })).body).toBe(accepted)
      expect((await tlsRequest({ port, path: '/outer/inner' })).statusCode).toBe(401)
      expect((await tlsRequest({ port, path: '/outer/nothing' })).statusCode).toBe(401)
    })
  })

  describe('route', () => {
    test('behind a global guard lets in whom both let in', async () => {
      const guard = clientCert({ ...options, mode: 'optional' })
      const app = createApp()
      app.use(guard)
      app.get('/', echo)
      app.get('/alice', guard.route({ mode: 'required', allow: dns('alice.example') }), echo)
      app.get('/bob', guard.route({ allow: dns('bob.example') }), echo)
      const port = await listenTls(app)
      const statuses = async (leaf: (typeof clients)[Client]) =>
        Promise.all(['/', '/alice', '/bob'].map(async (path) => (await tlsRequest({ port, path, leaf })).statusCode))
      expect(await statuses(clients.good)).toEqual([200, 200, 403])
      expect(await statuses(clients.none)).toEqual([200, 401, 200])
      expect(await statuses(clients.stranger)).toEqual([401, 401, 401])
    })

    test.each(['off', 'optional', 'accept-unverified'] as const)(
      '%s opens nothing that the guard around it closed',
      async (mode) => {
        const guard = clientCert(options)
        const app = createApp()
        app.use(guard)
        app.get('/', guard.route(mode), echo)
        const port = await listenTls(app)
        for (const leaf of [clients.none, clients.stranger, clients.expired]) {
          expect((await tlsRequest({ port, leaf })).statusCode).toBe(401)
        }
      },
    )

    test('off behind a guard leaves nothing of what was decided before', async () => {
      const guard = clientCert(options)
      const app = createApp()
      app.get('/', guard, guard.route('off'), echo)
      const response = await tlsRequest({ port: await listenTls(app), leaf: clients.good })
      expect(response.body).toBe(said('skipped'))
    })

    test('a refusal leaves nothing of what was decided before, for error handlers that go on', async () => {
      const guard = clientCert(options)
      const app = createApp()
      app.use(guard, guard.route({ allow: dns('bob.example') }))
      app.use(((_error, request, response, _next) => echo(request, response, () => {})) as ErrorRequestHandler)
      const response = await tlsRequest({ port: await listenTls(app), leaf: clients.good })
      expect(response.body).toBe(said('rejected'))
    })

    test('stands for itself where it stands before the guard: a health check', async () => {
      const guard = clientCert(options)
      const app = createApp()
      app.get('/health', guard.route('off'), echo)
      app.use(guard)
      app.get('/', echo)
      const port = await listenTls(app)
      expect((await tlsRequest({ port, path: '/health' })).body).toBe(said('skipped'))
      expect((await tlsRequest({ port })).statusCode).toBe(401)
    })

    test('anchors of a route hold for that route, on one connection and in any order', async () => {
      const [one, two] = [createAuthority('CA One'), createAuthority('CA Two')]
      const guard = clientCert({
        ...options,
        trust: [
          { pem: one.certificate.pem, id: 'one' },
          { pem: two.certificate.pem, id: 'two' },
        ],
      })
      const app = createApp()
      app.get('/one', guard.route({ anchors: ['one'] }), echo)
      app.get('/two', guard.route({ anchors: ['two'] }), echo)
      app.get('/', guard, echo)
      const port = await listenTls(app)
      for (const order of [['/one', '/two'], ['/', '/one', '/', '/two'], ['/two']]) {
        const client = await createTlsClient({ port, leaf: one.issue('alice') })
        for (const path of order) {
          expect((await client.request(path)).statusCode, `${path} of ${order.join()}`).toBe(
            path === '/two' ? 401 : 200,
          )
        }
        await client.close()
      }
    })
  })

  test('two instances in one process never share a verdict, whichever is asked first', async () => {
    const other = createAuthority('Another CA')
    const app = createApp()
    app.get('/ours', clientCert(options), echo)
    app.get('/theirs', clientCert({ ...options, trust: { pem: other.certificate.pem } }), echo)
    const port = await listenTls(app)
    const verdicts = async (leaf: Parameters<typeof tlsRequest>[0]['leaf'], paths: readonly string[]) => {
      const statuses: Record<string, number> = {}
      for (const path of paths) statuses[path] = (await tlsRequest({ port, leaf: leaf ?? null, path })).statusCode
      return statuses
    }
    for (const paths of [
      ['/ours', '/theirs'],
      ['/theirs', '/ours'],
    ]) {
      expect(await verdicts(clients.good, paths)).toEqual({ '/ours': 200, '/theirs': 401 })
      expect(await verdicts(other.issue('bob'), paths)).toEqual({ '/ours': 401, '/theirs': 200 })
    }
  })
})

test('is the default export, too', () => {
  expect(defaultExport).toBe(clientCert)
})

test('is a middleware of its name, with what its authenticator can do', async () => {
  const guard = clientCert(options)
  expect(guard.name).toBe('clientCert')
  expect(guard).toHaveLength(3)
  await guard.ready()
  expect(guard.authenticator.status()).toMatchObject({ ready: true, anchors: 1 })
  guard.close()
  expect(guard.authenticator.status()).toMatchObject({ ready: false })
})

describe('options are refused at construction, with their name', () => {
  test.each([
    [{}, 'trust'],
    [{ ...options, mod: 'required' }, 'mod'],
    [{ ...options, mode: 'on' }, 'mode'],
    [{ ...options, anchors: [] }, 'anchors'],
    [{ ...options, from: { proxy: 'nginx' } }, 'from.onlyFrom'],
    [{ ...options, logger: 'pino' }, 'logger'],
  ])('%#: %s', (given, option) => {
    const refused = () => clientCert(given as never)
    expect(refused).toThrow(ConfigurationError)
    expect(refused).toThrow(expect.objectContaining({ option }))
  })

  test.each([
    ['on', 'route'],
    [{ mod: 'off' }, 'route.mod'],
    [{ allow: 'alice' }, 'route.allow'],
    [{ anchors: ['nobody'] }, 'route.anchors[0]'],
    [{ trust: {} }, 'route.trust'],
  ])('of a route: %j', (given, option) => {
    const guard = clientCert(options)
    expect(() => guard.route(given as never)).toThrow(expect.objectContaining({ option }))
  })

  test('of rules', () => {
    expect(() => clientCert({ ...options, allow: spiffeId('https://example.com') })).toThrow(ConfigurationError)
  })
})
