import { createAuthority, createTlsClient, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { ConfigurationError, clientCert, dns, type Mode, type RouteConfig } from '../src/index.ts'
import { alice, bob, clock, createLog, root, tlsApp, trust, whoami } from './apps.ts'

const options = { trust, clock }

test('a route admits whom its own rule allows, and refuses a verified client that it does not with 403', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/all', whoami)
  app.get('/bobs', { config: { clientCert: { allow: dns('bob.example') } } }, whoami)
  expect((await injectWithCertificate(app, bob, '/bobs')).json()).toEqual({ subject: 'CN=bob', outcome: 'accepted' })
  expect((await injectWithCertificate(app, alice, '/all')).statusCode).toBe(200)
  const refused = await injectWithCertificate(app, alice, '/bobs')
  expect({ status: refused.statusCode, body: refused.json() }).toEqual({
    status: 403,
    body: {
      statusCode: 403,
      error: 'Forbidden',
      code: 'ERR_CLIENT_CERT_FORBIDDEN',
      message: 'The client certificate is not allowed here',
    },
  })
})

describe('anchors of a route', () => {
  const partners = createAuthority('Partner CA')
  const sources = [
    { pem: root.certificate.pem, id: 'ours' },
    { pem: partners.certificate.pem, id: 'partners' },
  ]

  test.each([
    ['the accepting route first', ['/ours', '/partners', '/ours', '/any', '/partners']],
    ['the refusing route first', ['/partners', '/ours', '/any', '/partners', '/ours']],
  ])('answer 200 and 401 on one connection, whatever the order: %s', async (_name, paths) => {
    const app = tlsApp()
    await app.register(clientCert, { trust: sources, clock })
    app.get('/any', whoami)
    for (const id of ['ours', 'partners']) app.get(`/${id}`, { config: { clientCert: { anchors: [id] } } }, whoami)
    // A refusal ends the connection; with one that stays open, what is remembered of it is asked for.
    app.addHook('onSend', async (_request, reply) => void reply.removeHeader('connection'))
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    const client = await createTlsClient({ port: Number(port), leaf: alice })
    const statuses: number[] = []
    for (const path of paths) statuses.push((await client.request(path)).statusCode)
    await client.close()
    expect(statuses).toEqual(paths.map((path) => (path === '/partners' ? 401 : 200)))
  })
})

test('a route with its own mode and rule keeps the other options of its scope', async () => {
  const app = tlsApp()
  await app.register(clientCert, { ...options, allow: dns('alice.example'), responses: 'nginx' })
  app.get('/', { config: { clientCert: 'optional' } }, whoami)
  expect((await injectWithCertificate(app, null, '/')).json()).toEqual({ subject: null, outcome: 'anonymous' })
  expect((await injectWithCertificate(app, alice, '/')).statusCode).toBe(200)
  const refused = await injectWithCertificate(app, bob, '/')
  expect([refused.statusCode, refused.json()]).toMatchObject([403, { message: 'Forbidden' }])
})

test('one object serves several routes and scopes, each by its own authenticator', async () => {
  const partners = createAuthority('Partner CA')
  const config = { clientCert: { mode: 'required' } } as const
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/', { config }, whoami)
  await app.register(async (child) => {
    await child.register(clientCert, { trust: { pem: partners.certificate.pem }, clock })
    child.get('/partner', { config }, whoami)
  })
  for (const [leaf, path, status] of [
    [alice, '/', 200],
    [alice, '/partner', 401],
    [partners.issue('partner'), '/partner', 200],
    [partners.issue('partner'), '/', 401],
  ] as const) {
    expect((await injectWithCertificate(app, leaf, path)).statusCode).toBe(status)
  }
})

test('a route is read by the scope that it is declared in, where its anchors are known', async () => {
  const partners = createAuthority('Partner CA')
  const app = tlsApp()
  await app.register(clientCert, { trust: { ...trust, id: 'ours' }, clock })
  await app.register(async (child) => {
    await child.register(clientCert, { trust: { pem: partners.certificate.pem, id: 'partners' }, clock })
    child.get('/partners', { config: { clientCert: { anchors: ['partners'] } } }, whoami)
    const declare = () => child.get('/ours', { config: { clientCert: { anchors: ['ours'] } } }, whoami)
    expect(declare).toThrow('GET /ours config.clientCert.anchors[0]: is "ours"')
  })
  expect((await injectWithCertificate(app, partners.issue('partner'), '/partners')).statusCode).toBe(200)
  expect((await injectWithCertificate(app, alice, '/partners')).statusCode).toBe(401)
})

test('a route is read once, where it is declared: what becomes of the object later opens nothing', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  const config: { clientCert: { mode: Mode } } = { clientCert: { mode: 'required' } }
  app.get('/', { config }, whoami)
  config.clientCert.mode = 'off'
  expect((await injectWithCertificate(app, null, '/')).statusCode).toBe(401)
  expect((await injectWithCertificate(app, alice, '/')).statusCode).toBe(200)
})

/** Mistakes, as JavaScript makes them, with the option that is named and the fix. */
const MISTAKES: readonly (readonly [config: unknown, option: string, fix: string])[] = [
  ['of', 'GET /admin config.clientCert', '`off`'],
  ['manual', 'GET /admin config.clientCert', '`required`'],
  [{ mode: 'of' }, 'GET /admin config.clientCert.mode', '`off`'],
  [{ mod: 'off' }, 'GET /admin config.clientCert.mod', 'Did you mean `mode`?'],
  [{ allow: 'alice' }, 'GET /admin config.clientCert.allow', 'Give a rule: dns()'],
  [{ anchors: [] }, 'GET /admin config.clientCert.anchors', 'Name at least one'],
  [{ anchors: ['nobody'] }, 'GET /admin config.clientCert.anchors[0]', 'Known ids: `ours`'],
  [{ trust }, 'GET /admin config.clientCert.trust', 'Options here'],
  [undefined, 'GET /admin config.clientCert', 'Give an object'],
  [null, 'GET /admin config.clientCert', 'Give an object'],
  [false, 'GET /admin config.clientCert', 'Give an object'],
]

describe.each(MISTAKES)('config.clientCert %j', (mistake, option, fix) => {
  const config = { clientCert: mistake as RouteConfig }
  const withIds = { trust: { ...trust, id: 'ours' }, clock }

  test('is refused where the route is declared', async () => {
    const app = tlsApp()
    await app.register(clientCert, withIds)
    const declare = () => app.get('/admin', { config }, whoami)
    expect(declare).toThrow(ConfigurationError)
    expect(declare).toThrow(option)
    expect(declare).toThrow(fix)
  })

  test('is refused where the route is declared in a child', async () => {
    const app = tlsApp()
    await app.register(clientCert, withIds)
    const child = async () => app.register(async (instance) => void instance.get('/admin', { config }, whoami))
    await expect(child).rejects.toThrow(ConfigurationError)
    await expect(app.ready()).rejects.toThrow(option)
  })

  test('on a route older than the plugin closes it: 500 for everybody, and the reason in the log only', async () => {
    const log = createLog()
    const app = tlsApp(log)
    app.get('/admin', { config }, whoami)
    await app.register(clientCert, withIds)
    app.get('/fine', whoami)
    for (const leaf of [null, alice]) {
      const response = await injectWithCertificate(app, leaf, '/admin')
      expect({ status: response.statusCode, body: response.json() }).toEqual({
        status: 500,
        body: { statusCode: 500, error: 'Internal Server Error', message: 'Internal Server Error' },
      })
    }
    expect((await injectWithCertificate(app, alice, '/fine')).statusCode).toBe(200)
    const errors = log.lines.flatMap(({ err }) => err ?? [])
    expect(errors).toHaveLength(2)
    for (const { message } of errors) expect(message).toContain(option)
  })
})

test('the config of a 404 handler counts, and names itself where it is wrong', async () => {
  const log = createLog()
  const app = tlsApp(log)
  await app.register(clientCert, options)
  // Fastify reads `config` here, which its types leave out.
  const preHandler = async () => {}
  const off = { preHandler, config: { clientCert: 'off' } }
  app.setNotFoundHandler(off, (_request, reply) => reply.code(404).send())
  await app.register(
    async (child) => {
      const wrong = { preHandler, config: { clientCert: 'of' } }
      child.setNotFoundHandler(wrong, (_request, reply) => reply.code(404).send())
    },
    { prefix: '/child' },
  )
  expect((await injectWithCertificate(app, null, '/nothing')).statusCode).toBe(404)
  expect((await injectWithCertificate(app, alice, '/child/nothing')).statusCode).toBe(500)
  expect(log.lines.flatMap(({ err }) => err?.message ?? [])).toEqual([
    expect.stringContaining('the 404 handler config.clientCert: is "of"'),
  ])
})
