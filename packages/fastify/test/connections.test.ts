import { createTlsClient, injectWithCertificate } from '@clientcert/testing'
import { expect, test } from 'vitest'
import { clientCert } from '../src/index.ts'
import { alice, bob, clock, decisions, http2App, plainApp, root, tlsApp, trust, whoami } from './apps.ts'

const options = { trust, clock }

test.each(['http/1.1', 'h2'] as const)(
  'a client of %s is verified once for its connection and decided on every request',
  async (protocol) => {
    const made = decisions()
    const app = http2App()
    await app.register(clientCert, options)
    app.get('/', whoami)
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    for (const leaf of [alice, bob]) {
      const client = await createTlsClient({ port: Number(port), leaf, protocol })
      for (let round = 0; round < 3; round++) expect((await client.request('/')).statusCode).toBe(200)
      await client.close()
    }
    const once = ['verified-now', 'remembered', 'remembered']
    expect(made.map(({ answer }) => answer)).toEqual([...once, ...once])
  },
)

test('who is remembered passes without waiting: no promise, no turn of the loop', async () => {
  const app = tlsApp()
  const waited: boolean[] = []
  let hasTurned = false
  app.addHook('onRequest', (_request, _reply, done) => {
    hasTurned = false
    queueMicrotask(() => {
      hasTurned = true
    })
    done()
  })
  await app.register(clientCert, options)
  app.addHook('onRequest', (_request, _reply, done) => {
    waited.push(hasTurned)
    done()
  })
  app.get('/', whoami)
  app.get('/off', { config: { clientCert: 'off' } }, whoami)
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const client = await createTlsClient({ port: Number(port), leaf: alice })
  for (const path of ['/off', '/', '/', '/']) await client.request(path)
  await client.close()
  expect(waited).toEqual([false, true, false, false])
})

test('what is remembered ends with the certificate, also on an open connection', async () => {
  let now = root.at
  const app = tlsApp()
  await app.register(clientCert, { trust, clock: () => now })
  app.get('/', whoami)
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const client = await createTlsClient({ port: Number(port), leaf: root.issue({ subject: 'alice', validDays: 1 }) })
  expect((await client.request('/')).statusCode).toBe(200)
  now = new Date(root.at.getTime() + 2 * 86_400_000)
  expect((await client.request('/')).statusCode).toBe(401)
})

test('a request has both properties, null, before it is decided and where a child is older than the plugin', async () => {
  const app = plainApp()
  const before: unknown[] = []
  app.addHook('onRequest', async (request) => void before.push([request.clientCert, request.clientCertDecision]))
  await app.register(clientCert, { ...options, mode: 'manual' })
  app.get('/', ({ clientCert: identity, clientCertDecision }) => ({ identity, clientCertDecision }))
  expect((await injectWithCertificate(app, null, '/')).json()).toEqual({ identity: null, clientCertDecision: null })
  expect(before).toEqual([[null, null]])

  const older = plainApp()
  await older.register(async (child) => {
    child.get('/', ({ clientCert: identity, clientCertDecision }) => ({ identity, clientCertDecision }))
  })
  await older.register(clientCert, { ...options, mode: 'manual' })
  expect((await injectWithCertificate(older, null, '/')).json()).toEqual({ identity: null, clientCertDecision: null })
})

test('a client that leaves while it is verified takes nothing with it', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/', whoami)
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const client = await createTlsClient({ port: Number(port), leaf: alice })
  const abandoned = client.request('/').catch(() => 'gone')
  await client.close()
  await abandoned
  expect((await injectWithCertificate(app, alice, '/')).statusCode).toBe(200)
})
