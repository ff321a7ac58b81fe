import { injectWithCertificate } from '@clientcert/testing'
import type { FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { assertClientCert, type ClientCertOptions, clientCert } from '../src/index.ts'
import { alice, BAD_CLIENTS, clock, createLog, tlsApp, trust } from './apps.ts'

async function appOf(mode: NonNullable<ClientCertOptions['mode']>) {
  const log = createLog()
  const app = tlsApp(log)
  await app.register(clientCert, { trust, clock, mode, responses: 'nginx' })
  const handler = (request: FastifyRequest) => {
    assertClientCert(request)
    return { subject: request.clientCert.subject }
  }
  app.get('/', handler)
  app.get('/kong', { config: { clientCert: { responses: 'kong' } } }, handler)
  return { app, log }
}

test('lets a verified client pass', async () => {
  const { app } = await appOf('optional')
  expect((await injectWithCertificate(app, alice, '/')).json()).toEqual({ subject: 'CN=alice' })
})

describe('refuses as the route would have under required, with the reason in the log', () => {
  test('a client without a certificate', async () => {
    const { app, log } = await appOf('optional')
    const response = await injectWithCertificate(app, null, '/')
    expect([response.statusCode, response.json()]).toMatchObject([
      400,
      { code: 'ERR_CLIENT_CERT_REQUIRED', message: 'No required SSL certificate was sent' },
    ])
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' })
    const line = log.lines.find(({ clientCert: reason }) => reason)
    expect(line).toMatchObject({ reqId: 'req-1', clientCert: { code: 'ERR_EVIDENCE_NO_CERTIFICATE' } })
    expect((await injectWithCertificate(app, null, '/kong')).statusCode).toBe(401)
  })

  test('a client whose certificate is not verified', async () => {
    const { app, log } = await appOf('accept-unverified')
    const response = await injectWithCertificate(app, BAD_CLIENTS.forged.leaf, '/')
    expect([response.statusCode, response.json()]).toMatchObject([400, { code: 'ERR_CLIENT_CERT_REJECTED' }])
    expect(log.codes()).toEqual([BAD_CLIENTS.forged.code])
  })

  test('a client that was refused and came in by another way', async () => {
    const log = createLog()
    const app = tlsApp(log)
    await app.register(clientCert, { trust, clock, mode: 'manual' })
    const preHandler = async (request: Parameters<typeof app.verifyClientCert>[0]) =>
      app.verifyClientCert(request).catch(() => {})
    app.get('/', { preHandler }, (request) => {
      assertClientCert(request)
      return 'never'
    })
    const response = await injectWithCertificate(app, BAD_CLIENTS.expired.leaf, '/')
    expect([response.statusCode, response.json()]).toMatchObject([401, { code: 'ERR_CLIENT_CERT_REJECTED' }])
  })
})

test.each(['off', 'manual'] as const)('closes where nobody has decided, under %s', async (mode) => {
  const { app, log } = await appOf(mode)
  const response = await injectWithCertificate(app, alice, '/')
  expect([response.statusCode, response.json()]).toMatchObject([500, { message: 'Internal Server Error' }])
  expect(log.lines.flatMap(({ err }) => err?.message ?? [])).toEqual([
    expect.stringContaining('assertClientCert: is called where nobody decided'),
  ])
})

test('is not satisfied by an object that looks like an identity', async () => {
  const app = tlsApp()
  await app.register(clientCert, { trust, clock, mode: 'optional' })
  app.get('/', async (request) => {
    Object.assign(request, { clientCert: Object.assign({}, request.clientCert, { subject: 'CN=root' }) })
    assertClientCert(request)
    return 'never'
  })
  expect((await injectWithCertificate(app, null, '/')).statusCode).toBe(401)
  expect((await injectWithCertificate(app, alice, '/')).statusCode).toBe(500)
})
