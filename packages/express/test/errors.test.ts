/** What becomes of a refusal: in Express's own handler, in this package's, and in one of the application's. */
import { tlsRequest } from '@clientcert/testing'
import type { ErrorRequestHandler } from 'express'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ClientCertError, type ClientCertOptions, clientCert, clientCertErrors, dns, failureOf } from '../src/index.ts'
import { type Client, clients, createLog, echo, listenTls, options, VERSIONS } from './serving.ts'

afterEach(() => void vi.restoreAllMocks())

const REASONS = /ERR_|mallory|alice|late|Unknown CA|Clients CA|bob|expired|anchor|\bat \S+ \(|\.[jt]s\b/i

describe.each(VERSIONS)('%s', (_, createApp) => {
  describe.each(['production', 'development'])("its own handler, in an environment of '%s'", (environment) => {
    test.each<[Client, Partial<ClientCertOptions>, number, string]>([
      ['none', {}, 401, 'No required TLS certificate was sent'],
      ['stranger', {}, 401, 'TLS certificate failed verification'],
      ['expired', {}, 401, 'TLS certificate failed verification'],
      ['good', { allow: dns('bob.example') }, 403, 'The client certificate is not allowed here'],
    ])('says the status and at most the constant message: %s', async (client, given, statusCode, message) => {
      const printed = vi.spyOn(console, 'error').mockReturnValue()
      const app = createApp()
      app.set('env', environment)
      app.use(clientCert({ ...options, ...given }))
      const response = await tlsRequest({ port: await listenTls(app), leaf: clients[client] })
      expect(response.statusCode).toBe(statusCode)
      expect(response.headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' })
      if (environment === 'development') expect(response.body).toContain(message)
      for (const told of [...response.rawHeaders, response.body, String(printed.mock.calls)]) {
        expect(told).not.toMatch(REASONS)
      }
    })
  })

  describe('clientCertErrors', () => {
    test('answers a refusal with JSON of exactly one member, not stored, and ends the connection', async () => {
      const app = createApp()
      app.set('json spaces', 2)
      app.use((_request, response, next) => {
        response.setHeader('ETag', '"of another body"')
        next()
      })
      app.use(clientCert(options))
      app.use(clientCertErrors())
      const { statusCode, headers, body } = await tlsRequest({ port: await listenTls(app) })
      expect([statusCode, body]).toEqual([401, '{"message":"No required TLS certificate was sent"}'])
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        connection: 'close',
        'content-length': String(body.length),
        'content-type': 'application/json',
      })
      expect(headers).not.toHaveProperty('etag')
    })

    test('answers HEAD without a body (RFC 9110 9.3.2)', async () => {
      const app = createApp()
      app.use(clientCert(options), clientCertErrors())
      const { statusCode, body } = await tlsRequest({ port: await listenTls(app), method: 'HEAD' })
      expect([statusCode, body]).toEqual([401, ''])
    })

    test.each([
      ['an error of the application', new Error('of the application')],
      ['what looks like a refusal and is none', { name: 'ClientCertError', statusCode: 401, message: 'imitation' }],
    ])('passes on %s', async (_name, error) => {
      const app = createApp()
      const passed: unknown[] = []
      app.get('/', () => {
        throw error as Error
      })
      app.use(clientCertErrors())
      app.use(((thrown, _request, response, _next) => {
        passed.push(thrown)
        response.status(418).end()
      }) as ErrorRequestHandler)
      expect((await tlsRequest({ port: await listenTls(app) })).statusCode).toBe(418)
      expect(passed).toEqual([error])
    })

    test('passes on a refusal that comes after the answer has begun', async () => {
      const app = createApp()
      const passed: unknown[] = []
      app.get('/', (_request, response, next) => {
        response.write('begun')
        next()
      })
      app.use(clientCert(options), clientCertErrors())
      app.use(((thrown, _request, response, _next) => {
        passed.push(thrown)
        response.end()
      }) as ErrorRequestHandler)
      expect((await tlsRequest({ port: await listenTls(app) })).body).toBe('begun')
      expect(passed).toEqual([expect.any(ClientCertError)])
    })
  })

  test("the application's own handler gets the public code, and the reason by failureOf alone", async () => {
    const errors: unknown[] = []
    const app = createApp()
    app.use(clientCert(options))
    app.use(((error, request, response, _next) => {
      errors.push(error)
      expect(request.clientCert).toBeNull()
      expect(request.clientCertDecision).toMatchObject({ outcome: 'rejected' })
      response.status(error instanceof ClientCertError ? error.status : 500).send('refused')
    }) as ErrorRequestHandler)
    const { headers } = await tlsRequest({ port: await listenTls(app), leaf: clients.expired })
    expect(headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' })
    const [error] = errors
    expect(error).toBeInstanceOf(ClientCertError)
    expect(JSON.stringify(error)).not.toMatch(/late|EXPIRED|Clients CA/)
    expect(error).toMatchObject({ code: 'ERR_CLIENT_CERT_REJECTED', statusCode: 401, status: 401 })
    expect(failureOf(error)).toMatchObject({ code: 'ERR_PATH_EXPIRED' })
  })

  describe("a mistake in the application's own functions is an error, and never a way in", () => {
    const thrown: readonly (readonly [string, unknown])[] = [
      ['an error', new Error('of the application')],
      ['nothing', undefined],
      ['null', null],
      ["'route', by which Express means the next one", 'route'],
      ["'router', by which it means to leave", 'router'],
    ]
    test.each(thrown)('responses that throws %s', async (_name, value) => {
      const app = createApp()
      const responses = () => {
        throw value as Error
      }
      app.get('/', clientCert({ ...options, responses }), echo)
      app.get('/', echo)
      const port = await listenTls(app)
      for (const leaf of [clients.none, clients.expired]) {
        expect((await tlsRequest({ port, leaf })).statusCode).toBe(500)
      }
    })

    test('responses that returns a status of success', async () => {
      const app = createApp()
      app.get('/', clientCert({ ...options, responses: () => ({ statusCode: 200, message: 'fine' }) }), echo)
      expect((await tlsRequest({ port: await listenTls(app) })).statusCode).toBe(500)
    })

    test('a logger that throws, and a clock that returns no date', async () => {
      const fail = () => {
        throw new Error('of the application')
      }
      const app = createApp()
      app.get('/logger', clientCert({ ...options, logger: { info: fail, warn: fail } }), echo)
      app.get('/clock', clientCert({ ...options, clock: () => new Date(Number.NaN) }), echo)
      const port = await listenTls(app)
      expect((await tlsRequest({ port, path: '/logger' })).statusCode).toBe(500)
      expect((await tlsRequest({ port, path: '/clock', leaf: clients.good })).statusCode).toBe(500)
    })
  })

  describe('the reason is in the log', () => {
    test('of the request, where pino-http or its like has put one there', async () => {
      const [ofRequest, ofOptions] = [createLog(), createLog()]
      const app = createApp()
      app.use((request, _response, next) => {
        Object.assign(request, { log: ofRequest })
        next()
      })
      app.use(clientCert({ ...options, logger: ofOptions }))
      await tlsRequest({ port: await listenTls(app), leaf: clients.expired })
      expect(ofRequest.lines).toEqual([expect.stringContaining('ERR_PATH_EXPIRED')])
      expect(ofOptions.lines).toEqual([])
    })

    test.each([
      ['nothing', undefined],
      ['a function', () => {}],
      ['half a logger', { info: () => {} }],
    ])('of the options, where the request has %s for one', async (_name, log) => {
      const ofOptions = createLog()
      const app = createApp()
      app.use((request, _response, next) => {
        Object.assign(request, { log })
        next()
      })
      app.use(clientCert({ ...options, logger: ofOptions }))
      await tlsRequest({ port: await listenTls(app), leaf: clients.expired })
      expect(ofOptions.lines).toEqual([expect.stringContaining('ERR_PATH_EXPIRED')])
    })
  })
})
