import { createAuthority, headersFor, injectWithCertificate } from '@clientcert/testing'
import { expect, test } from 'vitest'
import { clientCert, dns } from '../src/index.ts'
import { alice, bob, clock, decisions, plainApp, tlsApp, trust, whoami } from './apps.ts'

const options = { trust, clock }
const partners = createAuthority('Partner CA')
const partner = partners.issue('partner')
const partnerOptions = { trust: { pem: partners.certificate.pem }, clock }

const statusOf = async (app: ReturnType<typeof tlsApp>, leaf: typeof alice | null, path: string) =>
  (await injectWithCertificate(app, leaf, path)).statusCode

test('registering again in a child replaces the options there, and only there', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/', whoami)
  await app.register(async (child) => {
    await child.register(clientCert, partnerOptions)
    child.get('/partner', whoami)
    await child.register(async (grandchild) => void grandchild.get('/partner/below', whoami))
  })
  await app.register(async (child) => void child.get('/sibling', whoami))

  for (const path of ['/', '/sibling']) {
    expect(await statusOf(app, alice, path)).toBe(200)
    expect(await statusOf(app, partner, path)).toBe(401)
  }
  for (const path of ['/partner', '/partner/below']) {
    expect(await statusOf(app, alice, path)).toBe(401)
    expect(await statusOf(app, partner, path)).toBe(200)
  }
})

test('what a replacing child leaves out has its default, not what is said around it', async () => {
  const app = tlsApp()
  await app.register(clientCert, { ...options, mode: 'optional', allow: dns('bob.example'), responses: 'nginx' })
  await app.register(async (child) => {
    await child.register(clientCert, options)
    child.get('/child', whoami)
  })
  expect(await statusOf(app, null, '/child')).toBe(401)
  expect(await statusOf(app, alice, '/child')).toBe(200)
})

test.each([
  ['the outer instance first', ['outer', 'child']],
  ['the child first', ['child', 'outer']],
] as const)('a request is decided once, whichever registered first: %s', async (_name, order) => {
  const made = decisions()
  const app = tlsApp()
  for (const who of order) {
    if (who === 'outer') await app.register(clientCert, options)
    else {
      await app.register(
        async (child) => {
          await child.register(clientCert, partnerOptions)
          child.get('/', whoami)
        },
        { prefix: '/partner' },
      )
    }
  }
  app.get('/', whoami)
  expect(await statusOf(app, partner, '/partner')).toBe(200)
  expect(await statusOf(app, alice, '/partner')).toBe(401)
  expect(await statusOf(app, alice, '/')).toBe(200)
  expect(await statusOf(app, partner, '/')).toBe(401)
  expect(made.map(({ decision }) => decision.outcome)).toEqual(['accepted', 'rejected', 'accepted', 'rejected'])
})

test('siblings that registered each for itself answer each for itself', async () => {
  const app = tlsApp()
  for (const [prefix, own] of [
    ['/ours', options],
    ['/partner', partnerOptions],
  ] as const) {
    await app.register(
      async (child) => {
        await child.register(clientCert, own)
        child.get('/', whoami)
      },
      { prefix },
    )
  }
  app.get('/open', whoami)
  expect(await statusOf(app, alice, '/ours')).toBe(200)
  expect(await statusOf(app, partner, '/ours')).toBe(401)
  expect(await statusOf(app, alice, '/partner')).toBe(401)
  expect(await statusOf(app, partner, '/partner')).toBe(200)
  // Outside of both, nobody has asked for anything.
  expect((await injectWithCertificate(app, alice, '/open')).json()).toEqual({ subject: null, outcome: null })
})

test('the 404 handler of a prefix answers by the options of its scope, the others by those around it', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  for (const [prefix, handler] of [
    ['/with', 'own'],
    ['/without', 'none'],
  ] as const) {
    await app.register(
      async (child) => {
        await child.register(clientCert, partnerOptions)
        if (handler === 'own') child.setNotFoundHandler((_request, reply) => reply.code(404).send())
      },
      { prefix },
    )
  }
  expect(await statusOf(app, partner, '/with/nothing')).toBe(404)
  expect(await statusOf(app, alice, '/with/nothing')).toBe(401)
  expect(await statusOf(app, partner, '/without/nothing')).toBe(401)
  expect(await statusOf(app, alice, '/without/nothing')).toBe(404)
})

test('request.server is the instance of the route, of the 404 handler and of its scope', async () => {
  const app = tlsApp()
  await app.register(clientCert, { ...options, mode: 'off' })
  const seen = new Map<string, boolean>()
  app.addHook('onRequest', async ({ server, url }) => void seen.set(`${url} at the top`, server === app))
  app.get('/', whoami)
  await app.register(
    async (child) => {
      child.addHook('onRequest', async ({ server, url }) => void seen.set(`${url} at the child`, server === child))
      child.get('/', whoami)
      child.setNotFoundHandler((_request, reply) => reply.code(404).send())
    },
    { prefix: '/child' },
  )
  for (const path of ['/', '/nothing', '/child', '/child/nothing']) await statusOf(app, null, path)
  expect(Object.fromEntries(seen)).toEqual({
    '/ at the top': true,
    '/nothing at the top': true,
    '/child at the top': false,
    '/child at the child': true,
    '/child/nothing at the top': false,
    '/child/nothing at the child': true,
  })
})

test('registering twice in one scope is refused, since one of the two would be without effect', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  await expect(async () => app.register(clientCert, partnerOptions)).rejects.toThrow(
    'clientCert: is registered a second time in the same scope',
  )
})

test('two applications with different trust never share a verdict about one client', async () => {
  const [ours, theirs] = [tlsApp(), tlsApp()]
  await ours.register(clientCert, options)
  await theirs.register(clientCert, partnerOptions)
  for (const app of [ours, theirs]) app.get('/', whoami)
  for (let round = 0; round < 3; round++) {
    expect(await statusOf(ours, alice, '/')).toBe(200)
    expect(await statusOf(theirs, alice, '/')).toBe(401)
    expect(await statusOf(theirs, partner, '/')).toBe(200)
    expect(await statusOf(ours, partner, '/')).toBe(401)
  }
})

test('the asserted headers of the proxy around are removed in a child that takes certificates from elsewhere', async () => {
  const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } as const
  for (const order of ['outer first', 'child first'] as const) {
    const app = plainApp()
    const registerChild = async () =>
      app.register(async (child) => {
        await child.register(clientCert, { ...options, mode: 'optional' })
        child.get('/child', ({ headers, raw }) => ({ headers, raw: raw.rawHeaders }))
      })
    if (order === 'child first') await registerChild()
    await app.register(clientCert, { ...options, from })
    if (order === 'outer first') await registerChild()
    const response = await injectWithCertificate(app, alice, { path: '/child', behind: 'nginx' })
    expect(response.statusCode).toBe(200)
    expect(Object.keys(headersFor('nginx', alice))).toContain('ssl-client-cert')
    expect(response.body).not.toContain('ssl-client')
  }
})

test('each scope has its own authenticator', async () => {
  const app = tlsApp()
  await app.register(clientCert, { trust: [{ ...trust, id: 'ours' }], clock })
  let inner: unknown
  await app.register(async (child) => {
    expect(child.clientCertAuthenticator).toBe(app.clientCertAuthenticator)
    await child.register(clientCert, partnerOptions)
    inner = child.clientCertAuthenticator
  })
  await app.ready()
  expect(inner).not.toBe(app.clientCertAuthenticator)
  expect(app.clientCertAuthenticator.status()).toMatchObject({ ready: true, anchors: 1 })
})

test('policy is of the scope, too', async () => {
  const app = tlsApp()
  await app.register(clientCert, { ...options, allow: dns('alice.example') })
  app.get('/', whoami)
  expect(await statusOf(app, alice, '/')).toBe(200)
  expect(await statusOf(app, bob, '/')).toBe(403)
})
