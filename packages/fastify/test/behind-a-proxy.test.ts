import { connect } from 'node:http2'
import { headersFor, injectWithCertificate } from '@clientcert/testing'
import Fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ClientCertOptions, clientCert, dangerouslyTrustAnyPeer } from '../src/index.ts'
import { alice, BAD_CLIENTS, bob, clock, createLog, plainApp, trust, whoami } from './apps.ts'

const inside = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } as const
const outside = { proxy: 'nginx', onlyFrom: { addresses: ['192.0.2.1'] } } as const
const options = { trust, clock, from: inside }

test('a forwarded certificate is verified again: a good one comes in, bad ones do not, whatever the proxy says', async () => {
  const log = createLog()
  const app = plainApp(log)
  await app.register(clientCert, options)
  app.get('/', whoami)
  const good = await injectWithCertificate(app, alice, { path: '/', behind: 'nginx' })
  expect(good.json()).toEqual({ subject: 'CN=alice', outcome: 'accepted' })
  for (const { leaf } of Object.values(BAD_CLIENTS)) {
    const behind = { proxy: 'nginx', verify: 'SUCCESS' } as const
    expect((await injectWithCertificate(app, leaf, { path: '/', behind })).statusCode).toBe(401)
  }
  expect((await injectWithCertificate(app, null, { path: '/', behind: 'nginx' })).statusCode).toBe(401)
  expect(log.codes()).toEqual([...Object.values(BAD_CLIENTS).map(({ code }) => code), 'ERR_EVIDENCE_NO_CERTIFICATE'])
})

test('from outside the gate a genuine certificate is refused in every mode but off', async () => {
  const log = createLog()
  const app = plainApp(log)
  await app.register(clientCert, { ...options, from: outside })
  const modes = ['required', 'optional', 'optional-no-ca', 'accept-unverified'] as const
  for (const mode of modes) app.get(`/${mode}`, { config: { clientCert: mode } }, whoami)
  app.get('/off', { config: { clientCert: 'off' } }, whoami)
  for (const mode of modes) {
    expect((await injectWithCertificate(app, alice, { path: `/${mode}`, behind: 'nginx' })).statusCode).toBe(401)
  }
  const off = await injectWithCertificate(app, alice, { path: '/off', behind: 'nginx' })
  expect(off.json()).toEqual({ subject: null, outcome: 'skipped' })
  expect(log.codes()).toEqual(modes.map(() => 'ERR_EVIDENCE_UNTRUSTED_PEER'))
})

test('X-Forwarded-For changes nothing about who is inside the gate, also under trustProxy', async () => {
  const app = Fastify({ trustProxy: true })
  onTestFinished(async () => app.close())
  await app.register(clientCert, { ...options, from: outside })
  app.get('/', ({ ip }) => ({ ip }))
  app.get('/ip', { config: { clientCert: 'off' } }, ({ ip }) => ({ ip }))
  const headers = { 'X-Forwarded-For': '192.0.2.1' }
  expect((await injectWithCertificate(app, null, { path: '/ip', headers })).json()).toEqual({ ip: '192.0.2.1' })
  const response = await injectWithCertificate(app, alice, { path: '/', headers, behind: 'nginx' })
  expect(response.statusCode).toBe(401)
})

describe('the headers that the proxy asserts are removed', () => {
  const views: Record<string, ClientCertOptions & { route?: 'off' }> = {
    required: options,
    optional: { ...options, mode: 'optional' },
    manual: { ...options, mode: 'manual' },
    off: { ...options, mode: 'off' },
  }

  test.each(Object.entries(views))('from every view that a handler has, in mode %s', async (_name, given) => {
    const app = plainApp()
    const early: string[] = []
    await app.register(clientCert, given)
    app.addHook('preHandler', async ({ headers }) => void early.push(...Object.keys(headers)))
    app.get('/', ({ headers, raw }) => ({
      headers,
      raw: raw.rawHeaders,
      distinct: raw.headersDistinct,
      views: [Object.keys(headers), Object.keys(raw.headers), Object.keys(raw.headersDistinct)],
    }))
    const sent = Object.keys(headersFor('nginx', alice))
    expect(sent.length).toBeGreaterThan(2)
    const response = await injectWithCertificate(app, alice, {
      path: '/',
      behind: 'nginx',
      headers: { 'x-mine': 'kept' },
    })
    expect(response.statusCode).toBe(200)
    for (const text of [response.body, early.join()]) {
      expect(text).toContain('x-mine')
      expect(text).not.toContain('ssl-client')
    }
  })

  test.each(['off', 'required'] as const)('on a route of mode %s, and for its 404 handler', async (mode) => {
    const app = plainApp()
    await app.register(clientCert, { ...options, mode })
    app.get('/', ({ raw }) => raw.rawHeaders)
    app.setNotFoundHandler((request, reply) => reply.code(404).send(request.raw.rawHeaders))
    for (const path of ['/', '/nothing']) {
      const response = await injectWithCertificate(app, alice, { path, behind: 'nginx' })
      expect(response.statusCode).toBe(path === '/' ? 200 : 404)
      expect(response.body).not.toContain('ssl-client')
    }
  })

  test('over HTTP/2, too', async () => {
    const app = Fastify({ http2: true })
    onTestFinished(async () => app.close())
    await app.register(clientCert, options)
    app.get('/', ({ headers, raw, clientCert: identity }) => ({ headers, raw: raw.rawHeaders, who: identity?.subject }))
    const session = connect(await app.listen({ port: 0, host: '127.0.0.1' }))
    onTestFinished(() => session.destroy())
    const stream = session.request({ ':path': '/', ...headersFor('nginx', alice), 'x-mine': 'kept' })
    let body = ''
    for await (const chunk of stream.setEncoding('utf8')) body += String(chunk)
    expect(JSON.parse(body)).toMatchObject({ who: 'CN=alice', headers: { 'x-mine': 'kept' } })
    expect(body).not.toContain('ssl-client')
  })
})

describe('Vary (RFC 9440 section 3)', () => {
  const app = () => {
    const instance = plainApp()
    instance.register(clientCert, { ...options, mode: 'optional' })
    instance.get('/', whoami)
    instance.get('/string', async (_request, reply) => void (await reply.header('vary', 'Accept').send('')))
    instance.get('/list', async (_request, reply) => void (await reply.header('vary', ['Accept', 'Origin']).send('')))
    instance.get('/star', async (_request, reply) => void (await reply.header('vary', '*').send('')))
    instance.get('/said', async (_request, reply) => void (await reply.header('vary', 'SSL-Client-Cert').send('')))
    instance.get('/said-among', async (_request, reply) => {
      await reply.header('vary', 'Accept, SSL-Client-Cert').send('')
    })
    instance.get('/raw', async (_request, reply) => {
      reply.raw.setHeader('vary', 'Accept')
      return ''
    })
    instance.get('/late', { onSend: async (_request, reply) => void reply.header('x-late', '1') }, whoami)
    instance.get('/stream', (_request, reply) => reply.send(new Response('streamed')))
    instance.get('/error', () => {
      throw new Error('mine')
    })
    instance.get('/required', { config: { clientCert: 'required' } }, whoami)
    return instance
  }

  test.each([
    ['/', 200, 'ssl-client-cert'],
    ['/string', 200, 'Accept, ssl-client-cert'],
    ['/list', 200, 'Accept, Origin, ssl-client-cert'],
    ['/star', 200, '*'],
    ['/said', 200, 'SSL-Client-Cert'],
    ['/said-among', 200, 'Accept, SSL-Client-Cert'],
    ['/raw', 200, 'Accept, ssl-client-cert'],
    ['/late', 200, 'ssl-client-cert'],
    ['/stream', 200, 'ssl-client-cert'],
    ['/error', 500, 'ssl-client-cert'],
    ['/required', 401, 'ssl-client-cert'],
    ['/nothing', 404, 'ssl-client-cert'],
  ])('is on %s, answered %i, beside what is there: %s', async (path, status, vary) => {
    const response = await injectWithCertificate(app(), null, { path, behind: 'nginx' })
    expect([response.statusCode, response.headers.vary]).toEqual([status, vary])
  })

  test('is on answers to accepted clients, too', async () => {
    const response = await injectWithCertificate(app(), bob, { path: '/string', behind: 'nginx' })
    expect([response.statusCode, response.headers.vary]).toEqual([200, 'Accept, ssl-client-cert'])
  })

  test('is not said on routes of mode off, where nobody looks at the header', async () => {
    const instance = app()
    instance.get('/off', { config: { clientCert: 'off' } }, async (_request, reply) => {
      await reply.header('vary', 'Accept').send('')
    })
    const response = await injectWithCertificate(instance, bob, { path: '/off', behind: 'nginx' })
    expect([response.statusCode, response.headers.vary]).toEqual([200, 'Accept'])
  })

  test('is not said where certificates come from the connection', async () => {
    const instance = plainApp()
    await instance.register(clientCert, { trust, clock, mode: 'optional' })
    instance.get('/', whoami)
    expect((await injectWithCertificate(instance, null, '/')).headers).not.toHaveProperty('vary')
  })
})

test.each([
  ['a wide range as the only rule', { proxy: 'nginx', onlyFrom: { addresses: ['10.0.0.0/8'] } } as const, '10.0.0.0/8'],
  ['no gate at all', { proxy: 'nginx', [dangerouslyTrustAnyPeer]: true } as const, 'from any peer'],
])('warns in the log at start about %s', async (_name, from, words) => {
  const log = createLog()
  const app = plainApp(log)
  await app.register(clientCert, { ...options, from })
  expect(log.lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([expect.stringContaining(words)])
})
