import { createTlsClient, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { clientCert } from '../src/index.ts'
import { alice, clock, decisions, http2App, tlsApp, trust, whoami } from './apps.ts'

const options = { trust, clock }

/** Where a route may be, with what puts it there. */
const PLACES = {
  'declared after the plugin': async (app) => {
    await app.register(clientCert, options)
    app.get('/place', whoami)
  },
  'declared before the plugin': async (app) => {
    app.get('/place', whoami)
    await app.register(clientCert, options)
  },
  'declared before the plugin, which nobody awaited': async (app) => {
    app.register(clientCert, options)
    app.get('/place', whoami)
  },
  'in a child that came before the plugin': async (app) => {
    await app.register(async (child) => void child.get('/place', whoami))
    await app.register(clientCert, options)
  },
  "in a child's child that came before the plugin": async (app) => {
    await app.register(async (child) => {
      await child.register(async (grandchild) => void grandchild.get('/place', whoami))
    })
    await app.register(clientCert, options)
  },
  'in a child that decorated requests before the plugin': async (app) => {
    await app.register(async (child) => {
      child.decorateRequest('tenant', null)
      child.get('/place', whoami)
    })
    await app.register(clientCert, options)
  },
  'in a child that came after the plugin': async (app) => {
    await app.register(clientCert, options)
    await app.register(async (child) => void child.get('/place', whoami))
  },
  'under a prefix': async (app) => {
    await app.register(clientCert, options)
    await app.register(async (child) => void child.get('/', whoami), { prefix: '/place' })
  },
} satisfies Record<string, (app: ReturnType<typeof tlsApp>) => Promise<void>>

describe.each(Object.entries(PLACES))('a route %s', (_name, put) => {
  test('refuses without a certificate and knows the client with one, by GET and by HEAD', async () => {
    const made = decisions()
    const app = tlsApp()
    await put(app)
    expect((await injectWithCertificate(app, null, '/place')).statusCode).toBe(401)
    expect((await injectWithCertificate(app, alice, '/place')).json()).toEqual({
      subject: 'CN=alice',
      outcome: 'accepted',
    })
    expect((await injectWithCertificate(app, null, { method: 'HEAD', path: '/place' })).statusCode).toBe(401)
    expect((await injectWithCertificate(app, alice, { method: 'HEAD', path: '/place' })).statusCode).toBe(200)
    expect(made.map(({ decision }) => decision.outcome)).toEqual(['rejected', 'accepted', 'rejected', 'accepted'])
  })
})

/** Where a 404 handler may be. Each answers for `/child/nothing`. */
const NOT_FOUND = {
  "Fastify's own": async (app) => {
    await app.register(clientCert, options)
  },
  "the application's": async (app) => {
    await app.register(clientCert, options)
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ mine: true }))
  },
  "the application's, older than the plugin": async (app) => {
    app.setNotFoundHandler((_request, reply) => reply.code(404).send({ mine: true }))
    await app.register(clientCert, options)
  },
  'that of a child without a prefix': async (app) => {
    await app.register(clientCert, options)
    await app.register(async (child) => {
      child.setNotFoundHandler((_request, reply) => reply.code(404).send({ mine: true }))
    })
  },
  'that of a prefix': async (app) => {
    await app.register(clientCert, options)
    await app.register(
      async (child) => void child.setNotFoundHandler((_request, reply) => reply.code(404).send({ mine: true })),
      { prefix: '/child' },
    )
  },
  'that of a prefix, older than the plugin': async (app) => {
    await app.register(
      async (child) => void child.setNotFoundHandler((_request, reply) => reply.code(404).send({ mine: true })),
      { prefix: '/child' },
    )
    await app.register(clientCert, options)
  },
} satisfies Record<string, (app: ReturnType<typeof tlsApp>) => Promise<void>>

test.each(Object.entries(NOT_FOUND))(
  'a stranger is not told what does not exist: 404 handler, %s',
  async (_name, put) => {
    const app = tlsApp()
    await put(app)
    expect((await injectWithCertificate(app, null, '/child/nothing')).statusCode).toBe(401)
    expect((await injectWithCertificate(app, alice, '/child/nothing')).statusCode).toBe(404)
  },
)

test('a handler that gives up with callNotFound has been decided before', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/gone', (_request, reply) => void reply.callNotFound())
  expect((await injectWithCertificate(app, null, '/gone')).statusCode).toBe(401)
  expect((await injectWithCertificate(app, alice, '/gone')).statusCode).toBe(404)
})

test('a URL that cannot be decoded reaches no handler, with a certificate or without', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/*', whoami)
  expect((await injectWithCertificate(app, null, '/%E0%A4%A')).statusCode).toBe(400)
  expect((await injectWithCertificate(app, alice, '/%E0%A4%A')).statusCode).toBe(400)
})

test.each(['h2', 'http/1.1'] as const)('a server of both protocols decides over %s', async (protocol) => {
  const app = http2App()
  await app.register(clientCert, options)
  app.get('/', whoami)
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const stranger = await createTlsClient({ port: Number(port), protocol })
  expect((await stranger.request('/')).statusCode).toBe(401)
  await stranger.close()
  const client = await createTlsClient({ port: Number(port), protocol, leaf: alice })
  const response = await client.request('/')
  await client.close()
  expect(response.json()).toEqual({ subject: 'CN=alice', outcome: 'accepted' })
  expect(response.tls.alpn).toBe(protocol)
})
