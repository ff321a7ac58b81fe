import { createTlsClient, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { ClientCertError, clientCert, dns, failureOf, type Refusal, type Responses } from '../src/index.ts'
import { alice, BAD_CLIENTS, bob, clock, createLog, http2App, plainApp, tlsApp, trust, whoami } from './apps.ts'

const options = { trust, clock }
const onlyBob = { config: { clientCert: { allow: dns('bob.example') } } }
const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } as const

/** Refused without a certificate, with a bad one, and with a good one that is not allowed. */
const REFUSED = { required: null, rejected: BAD_CLIENTS.expired.leaf, forbidden: alice } as const

test.each(Object.entries(REFUSED))('a refusal is not stored and ends the connection: %s', async (_name, leaf) => {
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/', onlyBob, whoami)
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const client = await createTlsClient({ port: Number(port), leaf })
  const { headers } = await client.request('/')
  expect(headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' })
  await expect(client.request('/')).rejects.toThrow()
})

test('an answer to a client that came in is neither: the connection is kept', async () => {
  const app = tlsApp()
  await app.register(clientCert, options)
  app.get('/', onlyBob, whoami)
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const client = await createTlsClient({ port: Number(port), leaf: bob })
  for (let round = 0; round < 3; round++) {
    const { statusCode, headers } = await client.request('/')
    expect(statusCode).toBe(200)
    expect(headers).not.toHaveProperty('cache-control')
    expect(headers.connection).toBe('keep-alive')
  }
  await client.close()
})

test('a refusal over HTTP/2 leaves the connection open and has no Connection header (RFC 9113 8.2.2)', async () => {
  const app = http2App()
  await app.register(clientCert, options)
  app.get('/', whoami)
  const warnings: string[] = []
  const listen = (warning: Error) => void warnings.push(warning.message)
  process.on('warning', listen)
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const client = await createTlsClient({ port: Number(port), protocol: 'h2' })
  for (let round = 0; round < 2; round++) {
    const { statusCode, headers } = await client.request('/')
    expect(statusCode).toBe(401)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers).not.toHaveProperty('connection')
  }
  await client.close()
  process.off('warning', listen)
  expect(warnings).toEqual([])
})

test("behind a proxy the connection is the proxy's, and is kept", async () => {
  const app = plainApp()
  await app.register(clientCert, { ...options, from })
  app.get('/', whoami)
  const { statusCode, headers } = await injectWithCertificate(app, null, { path: '/', behind: 'nginx' })
  expect(statusCode).toBe(401)
  expect(headers.connection).not.toBe('close')
  expect(headers['cache-control']).toBe('no-store')
})

describe("the application's error handler", () => {
  test('gets the error, may ask for its reason, and keeps its headers', async () => {
    const app = tlsApp()
    await app.register(clientCert, options)
    const reasons: unknown[] = []
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof ClientCertError)) return reply.code(500).send({ unexpected: true })
      reasons.push(failureOf(error)?.code)
      return reply.code(error.statusCode).send({ error: { code: error.code, text: error.message } })
    })
    app.get('/', onlyBob, whoami)
    for (const [name, leaf] of Object.entries(REFUSED)) {
      const response = await injectWithCertificate(app, leaf, '/')
      expect(response.json()).toMatchObject({ error: { code: `ERR_CLIENT_CERT_${name.toUpperCase()}` } })
      expect(response.headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' })
    }
    expect(reasons).toEqual(['ERR_EVIDENCE_NO_CERTIFICATE', 'ERR_PATH_EXPIRED', 'ERR_POLICY_REFUSED'])
  })

  test('may be that of a child, for the routes there', async () => {
    const app = tlsApp()
    await app.register(clientCert, options)
    await app.register(async (child) => {
      child.setErrorHandler((error: ClientCertError, _request, reply) => reply.code(418).send({ code: error.code }))
      child.get('/child', whoami)
    })
    app.get('/', whoami)
    const response = await injectWithCertificate(app, null, '/child')
    expect([response.statusCode, response.json()]).toEqual([418, { code: 'ERR_CLIENT_CERT_REQUIRED' }])
    expect(response.headers['cache-control']).toBe('no-store')
    expect((await injectWithCertificate(app, null, '/')).statusCode).toBe(401)
  })

  test('is left alone with errors of other kinds, and with the headers that those may have', async () => {
    const app = tlsApp()
    await app.register(clientCert, options)
    app.setErrorHandler((error: Error, _request, reply) => reply.code(500).send(error.message))
    app.get('/', () => {
      throw Object.assign(new Error('mine'), { headers: { 'x-of-the-error': '1' } })
    })
    const { statusCode, headers } = await injectWithCertificate(app, alice, '/')
    expect(statusCode).toBe(500)
    expect(headers).not.toHaveProperty('cache-control')
    expect(headers).not.toHaveProperty('x-of-the-error')
  })
})

const STYLES: readonly (readonly [
  name: string,
  responses: Responses,
  answers: Record<keyof typeof REFUSED, unknown>,
])[] = [
  [
    'kong',
    'kong',
    {
      required: [401, 'No required TLS certificate was sent'],
      rejected: [401, 'TLS certificate failed verification'],
      forbidden: [403, 'The client certificate is not allowed here'],
    },
  ],
  [
    'nginx',
    'nginx',
    {
      required: [400, 'No required SSL certificate was sent'],
      rejected: [400, 'The SSL certificate error'],
      forbidden: [403, 'Forbidden'],
    },
  ],
  [
    'rfc9440',
    'rfc9440',
    {
      required: [401, 'No required TLS certificate was sent'],
      rejected: [403, 'TLS certificate failed verification'],
      forbidden: [403, 'The client certificate is not allowed here'],
    },
  ],
  [
    'a function',
    ({ reason, code, fault }: Refusal) => ({ statusCode: 421, message: `${reason} ${code} ${fault}` }),
    {
      required: [421, 'required ERR_CLIENT_CERT_REQUIRED client'],
      rejected: [421, 'rejected ERR_CLIENT_CERT_REJECTED client'],
      forbidden: [421, 'forbidden ERR_CLIENT_CERT_FORBIDDEN client'],
    },
  ],
]

describe.each(STYLES)('responses: %s', (_name, responses, answers) => {
  test.each(['options', 'route'] as const)('given in the %s', async (place) => {
    const app = tlsApp()
    const allow = dns('bob.example')
    if (place === 'options') {
      await app.register(clientCert, { ...options, allow, responses })
      app.get('/', whoami)
    } else {
      await app.register(clientCert, options)
      app.get('/', { config: { clientCert: { allow, responses } } }, whoami)
    }
    for (const [name, leaf] of Object.entries(REFUSED)) {
      const response = await injectWithCertificate(app, leaf, '/')
      const { message } = response.json() as { message: string }
      expect([response.statusCode, message]).toEqual(answers[name as keyof typeof REFUSED])
    }
    expect((await injectWithCertificate(app, bob, '/')).statusCode).toBe(200)
  })
})

test.each([
  ['returns no response', () => ({ statusCode: 200, message: 'come in' }), 'responses: returned no response'],
  [
    'throws',
    () => {
      throw new Error('a secret of the responder')
    },
    'a secret of the responder',
  ],
])('a responder that %s closes: 500, and its words in the log only', async (_name, responses, words) => {
  const log = createLog()
  const app = tlsApp(log)
  await app.register(clientCert, { ...options, responses })
  app.get('/', whoami)
  // Once at once, and once after something was verified.
  for (const leaf of [null, BAD_CLIENTS.expired.leaf]) {
    const response = await injectWithCertificate(app, leaf, '/')
    expect([response.statusCode, response.json()]).toEqual([
      500,
      { statusCode: 500, error: 'Internal Server Error', message: 'Internal Server Error' },
    ])
  }
  const logged = log.lines.flatMap(({ err }) => err?.message ?? [])
  expect(logged).toEqual([expect.stringContaining(words), expect.stringContaining(words)])
})

describe('the reason', () => {
  test.each(Object.entries(BAD_CLIENTS))(
    'is in the log of the request and never in the response: %s',
    async (_name, bad) => {
      const log = createLog()
      const app = tlsApp(log)
      await app.register(clientCert, options)
      app.get('/', whoami)
      const response = await injectWithCertificate(app, bad.leaf, '/')

      const line = log.lines.find((each) => each.clientCert)
      expect(line).toMatchObject({ level: 40, reqId: 'req-1', clientCert: { outcome: 'rejected', code: bad.code } })
      expect(line?.msg).toContain(bad.code)
      expect(line?.clientCert?.explanation.length).toBeGreaterThan(2)
      const told = JSON.stringify([response.rawHeaders, response.body])
      for (const secret of [bad.code, 'ERR_PATH', 'ERR_SIGNATURES', 'Client CA', 'alice', 'RFC']) {
        expect(told).not.toContain(secret)
      }
    },
  )

  test("goes to the application's own logger where one is given", async () => {
    const log = createLog()
    const own: string[] = []
    const app = tlsApp(log)
    const logger = { info: () => {}, warn: (_details: object, message: string) => void own.push(message) }
    await app.register(clientCert, { ...options, logger })
    app.get('/', whoami)
    await injectWithCertificate(app, null, '/')
    expect(own).toEqual([expect.stringContaining('ERR_EVIDENCE_NO_CERTIFICATE')])
    expect(log.codes()).toEqual([])
  })

  test('is not logged for clients that came in, or on routes where nobody looks', async () => {
    const log = createLog()
    const app = tlsApp(log)
    await app.register(clientCert, options)
    app.get('/', whoami)
    app.get('/off', { config: { clientCert: 'off' } }, whoami)
    await injectWithCertificate(app, alice, '/')
    await injectWithCertificate(app, BAD_CLIENTS.forged.leaf, '/off')
    expect(log.codes()).toEqual([])
  })
})
