import { headersFor, tlsRequest } from '@clientcert/testing'
import type { Request } from 'express'
import { describe, expect, test } from 'vitest'
import { type ClientCertOptions, clientCert, clientCertErrors, type Mode } from '../src/index.ts'
import { clients, echo, listenPlain, listenTls, options, VERSIONS } from './serving.ts'

const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } as const
const outside = { proxy: 'nginx', onlyFrom: { addresses: ['10.9.9.9'] } } as const
const genuine = headersFor('nginx', clients.good)

const MODES: readonly Mode[] = ['required', 'optional', 'optional-no-ca', 'accept-unverified']

describe.each(VERSIONS)('%s', (_, createApp) => {
  const serve = async (given: Partial<ClientCertOptions>) => {
    const seen: Request[] = []
    const app = createApp()
    app.set('trust proxy', true)
    app.use((_request, response, next) => {
      response.vary('Accept')
      next()
    })
    app.use(clientCert({ ...options, ...given }))
    app.use((request, response, next) => {
      seen.push(request)
      response.vary('Origin')
      next()
    })
    app.get('/', echo)
    app.use(clientCertErrors())
    return { url: await listenPlain(app), seen }
  }

  test.each([
    ['good', genuine, 200, '{"subject":"CN=alice","outcome":"accepted"}'],
    ['none', headersFor('nginx', null), 401, '{"message":"No required TLS certificate was sent"}'],
    ['stranger', headersFor('nginx', clients.stranger), 401, '{"message":"TLS certificate failed verification"}'],
    ['expired', headersFor('nginx', clients.expired), 401, '{"message":"TLS certificate failed verification"}'],
  ])('verifies a certificate in a header itself, whatever the proxy says: %s', async (_name, headers, status, body) => {
    const response = await fetch((await serve({ from })).url, { headers })
    expect([response.status, await response.text()]).toEqual([status, body])
    expect(response.headers.get('connection')).toBe('keep-alive')
  })

  test.each(MODES)('refuses a genuine certificate from outside onlyFrom, in mode %s', async (mode) => {
    const { url, seen } = await serve({ from: outside, mode })
    expect((await fetch(url, { headers: genuine })).status).toBe(401)
    expect(seen).toEqual([])
  })

  test("goes by the socket's peer, whatever X-Forwarded-For and Express's trust proxy make of req.ip", async () => {
    const headers = { ...genuine, 'X-Forwarded-For': '10.9.9.9' }
    expect((await fetch((await serve({ from: outside })).url, { headers })).status).toBe(401)
    const near = await serve({ from })
    expect((await fetch(near.url, { headers })).status).toBe(200)
    expect(near.seen[0]?.ip).toBe('10.9.9.9')
  })

  test.each<[string, Partial<ClientCertOptions>, Record<string, string>]>([
    ['that was believed', { from }, genuine],
    ['that nobody looked at', { from: outside, mode: 'off' }, { ...genuine, ssl_client_cert: 'spoofed' }],
  ])('removes a certificate %s from every view of the request', async (_name, given, headers) => {
    const { url, seen } = await serve(given)
    await fetch(url, { headers: { ...headers, other: 'kept' } })
    const [request] = seen
    const { headers: merged = {}, headersDistinct = {}, rawHeaders = [] } = request ?? {}
    for (const names of [Object.keys(merged), Object.keys(headersDistinct), rawHeaders]) {
      expect(names).toContain('other')
      expect(names.filter((name) => /^ssl.client/i.test(name))).toEqual([])
    }
    expect(request?.get('ssl-client-cert')).toBeUndefined()
  })

  test('a second, stricter middleware finds what the first one removed', async () => {
    const guard = clientCert({ ...options, from, mode: 'optional' })
    const app = createApp()
    app.use(guard)
    app.get('/', guard.route('required'), echo)
    const response = await fetch(await listenPlain(app), { headers: genuine })
    expect(await response.json()).toEqual({ subject: 'CN=alice', outcome: 'accepted' })
  })

  describe('Vary (RFC 9440 section 3)', () => {
    test('names the header beside what others say, once', async () => {
      const accepted = await fetch((await serve({ from })).url, { headers: genuine })
      expect(accepted.headers.get('vary')).toBe('Accept, ssl-client-cert, Origin')
      const refused = await fetch((await serve({ from })).url)
      expect(refused.headers.get('vary')).toBe('Accept, ssl-client-cert')
    })

    test('is said once by a guard and its route, and not where everything varies', async () => {
      const guard = clientCert({ ...options, from })
      const app = createApp()
      app.get('/', guard, guard.route({}), echo)
      app.get(
        '/everything',
        (_request, response, next) => {
          response.setHeader('Vary', '*')
          next()
        },
        guard,
        echo,
      )
      const url = await listenPlain(app)
      expect((await fetch(url, { headers: genuine })).headers.get('vary')).toBe('ssl-client-cert')
      expect((await fetch(`${url}/everything`, { headers: genuine })).headers.get('vary')).toBe('*')
    })

    test('is not said where the answer does not depend on it', async () => {
      const off = await fetch((await serve({ from, mode: 'off' })).url)
      expect(off.headers.get('vary')).toBe('Accept, Origin')
      const app = createApp()
      app.get('/', clientCert({ ...options, mode: 'optional' }), echo)
      expect((await tlsRequest({ port: await listenTls(app) })).headers).not.toHaveProperty('vary')
    })
  })
})
