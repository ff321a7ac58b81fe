import { createAuthority, injectWithCertificate } from '@clientcert/testing'
import auth from '@fastify/auth'
import type { FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { clientCert, dns } from '../src/index.ts'
import { alice, BAD_CLIENTS, bob, clock, createLog, decisions, plainApp, root, tlsApp, trust, whoami } from './apps.ts'

const options = { trust, clock, mode: 'manual' } as const

/** Another way in, that fails as others do. */
const password = async ({ headers }: FastifyRequest) => {
  if (headers['x-password'] !== 'correct horse') throw Object.assign(new Error('no password'), { statusCode: 403 })
}
const withPassword = { 'x-password': 'correct horse' }

test('nothing is decided until the application asks', async () => {
  const made = decisions()
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/', whoami)
  for (const leaf of [null, alice, BAD_CLIENTS.forged.leaf]) {
    const response = await injectWithCertificate(app, leaf, '/')
    expect([response.statusCode, response.json()]).toEqual([200, { subject: null, outcome: null }])
  }
  expect(made).toEqual([])
})

test.each(['onRequest', 'preValidation', 'preHandler'] as const)('verifyClientCert is a hook: %s', async (hook) => {
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/', { [hook]: app.verifyClientCert }, whoami)
  const response = await injectWithCertificate(app, alice, '/')
  expect(response.json()).toEqual({ subject: 'CN=alice', outcome: 'accepted' })
  const refused = await injectWithCertificate(app, null, '/')
  expect([refused.statusCode, refused.json()]).toMatchObject([401, { code: 'ERR_CLIENT_CERT_REQUIRED' }])
  expect(refused.headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' })
  expect((await injectWithCertificate(app, BAD_CLIENTS.expired.leaf, '/')).statusCode).toBe(401)
})

describe("the route's own config counts", () => {
  const partners = createAuthority('Partner CA')
  const app = async () => {
    const instance = tlsApp()
    const sources = [
      { pem: root.certificate.pem, id: 'ours' },
      { pem: partners.certificate.pem, id: 'partners' },
    ]
    await instance.register(clientCert, { ...options, trust: sources })
    const preHandler = instance.verifyClientCert
    instance.get('/bobs', { preHandler, config: { clientCert: { allow: dns('bob.example') } } }, whoami)
    instance.get('/partners', { preHandler, config: { clientCert: { anchors: ['partners'] } } }, whoami)
    instance.get('/optional', { preHandler, config: { clientCert: 'optional' } }, whoami)
    instance.get('/nginx', { preHandler, config: { clientCert: { responses: 'nginx' } } }, whoami)
    return instance
  }

  test.each([
    ['/bobs', bob, 200],
    ['/bobs', alice, 403],
    ['/partners', partners.issue('partner'), 200],
    ['/partners', alice, 401],
    ['/optional', null, 200],
    ['/optional', BAD_CLIENTS.forged.leaf, 401],
    ['/nginx', alice, 200],
    ['/nginx', null, 400],
  ])('%s', async (path, leaf, status) => {
    expect((await injectWithCertificate(await app(), leaf, path)).statusCode).toBe(status)
  })
})

test("verifyClientCert on a route of mode 'off' closes: it would pass everybody", async () => {
  for (const mode of ['off', 'manual'] as const) {
    const log = createLog()
    const app = tlsApp(log)
    await app.register(clientCert, { ...options, mode })
    const config = mode === 'manual' ? { clientCert: 'off' as const } : {}
    app.get('/', { preHandler: app.verifyClientCert, config }, whoami)
    const response = await injectWithCertificate(app, alice, '/')
    expect([response.statusCode, response.json()]).toMatchObject([500, { message: 'Internal Server Error' }])
    expect(log.lines.flatMap(({ err }) => err?.message ?? [])).toEqual([
      expect.stringContaining("mode: is 'off' where verifyClientCert is called"),
    ])
  }
})

test('verifyClientCert outside of the scope that registered closes', async () => {
  const app = tlsApp()
  let verify: typeof app.verifyClientCert | undefined
  await app.register(async (child) => {
    await child.register(clientCert, options)
    verify = child.verifyClientCert
  })
  app.get('/', { preHandler: async (request) => verify?.(request) }, whoami)
  expect((await injectWithCertificate(app, alice, '/')).statusCode).toBe(500)
})

describe('with @fastify/auth', () => {
  const app = async (relation: 'and' | 'or', order: 'certificate first' | 'password first') => {
    const instance = tlsApp()
    await instance.register(auth)
    await instance.register(clientCert, options)
    const functions =
      order === 'certificate first' ? [instance.verifyClientCert, password] : [password, instance.verifyClientCert]
    instance.get('/', { preHandler: instance.auth(functions, { relation }) }, whoami)
    return instance
  }

  test.each(['certificate first', 'password first'] as const)('either is enough: %s', async (order) => {
    const instance = await app('or', order)
    const byCertificate = await injectWithCertificate(instance, alice, '/')
    expect([byCertificate.statusCode, byCertificate.json()]).toEqual([
      200,
      { subject: 'CN=alice', outcome: 'accepted' },
    ])
    for (const leaf of [null, BAD_CLIENTS.forged.leaf]) {
      const byPassword = await injectWithCertificate(instance, leaf, { path: '/', headers: withPassword })
      expect([byPassword.statusCode, byPassword.json()]).toMatchObject([200, { subject: null }])
      // The refusal that was passed over leaves no trace.
      expect(byPassword.headers).not.toHaveProperty('cache-control')
      expect(byPassword.headers.connection).not.toBe('close')
      const neither = await injectWithCertificate(instance, leaf, '/')
      expect(neither.statusCode).toBe(order === 'certificate first' ? 403 : 401)
    }
  })

  test.each(['certificate first', 'password first'] as const)('both are needed: %s', async (order) => {
    const instance = await app('and', order)
    const both = await injectWithCertificate(instance, alice, { path: '/', headers: withPassword })
    expect([both.statusCode, both.json()]).toEqual([200, { subject: 'CN=alice', outcome: 'accepted' }])
    expect((await injectWithCertificate(instance, alice, '/')).statusCode).toBe(403)
    for (const leaf of [null, BAD_CLIENTS.forged.leaf]) {
      const refused = await injectWithCertificate(instance, leaf, { path: '/', headers: withPassword })
      expect([refused.statusCode, refused.headers['cache-control']]).toEqual([401, 'no-store'])
    }
  })

  test('a wrong config is passed on as an error and does not hang', async () => {
    const instance = tlsApp()
    // Declared before the plugin, which therefore cannot refuse it there.
    const verify = async (request: FastifyRequest) => instance.verifyClientCert(request)
    await instance.register(auth)
    const config = { clientCert: { mod: 'off' } as object }
    instance.get('/', { preHandler: instance.auth([verify]), config }, whoami)
    await instance.register(clientCert, options)
    expect((await injectWithCertificate(instance, alice, '/')).statusCode).toBe(500)
  })
})

test('behind a proxy the headers are gone and still decide', async () => {
  const app = plainApp()
  await app.register(clientCert, { ...options, from: { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } })
  app.get('/', { preHandler: app.verifyClientCert }, (request) => ({
    who: request.clientCert?.subject,
    headers: Object.keys(request.headers),
  }))
  const response = await injectWithCertificate(app, alice, { path: '/', behind: 'nginx' })
  expect(response.json()).toMatchObject({ who: 'CN=alice' })
  expect(response.body).not.toContain('ssl-client')
})

test('a child may be manual within an instance that is not, and the other way round', async () => {
  const app = tlsApp()
  await app.register(clientCert, { trust, clock })
  await app.register(async (child) => {
    await child.register(clientCert, options)
    child.get('/manual', whoami)
    await child.register(async (grandchild) => {
      await grandchild.register(clientCert, { trust, clock })
      grandchild.get('/strict', whoami)
    })
  })
  expect((await injectWithCertificate(app, null, '/manual')).statusCode).toBe(200)
  expect((await injectWithCertificate(app, null, '/strict')).statusCode).toBe(401)
  expect((await injectWithCertificate(app, null, '/nothing')).statusCode).toBe(401)
})
