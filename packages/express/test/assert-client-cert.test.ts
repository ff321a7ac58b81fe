import { tlsRequest } from '@clientcert/testing'
import type { ErrorRequestHandler } from 'express'
import { describe, expect, test } from 'vitest'
import {
  assertClientCert,
  type ClientCertOptions,
  ConfigurationError,
  clientCert,
  clientCertErrors,
} from '../src/index.ts'
import { type Client, clients, createLog, listenTls, options, VERSIONS } from './serving.ts'

describe.each(VERSIONS)('%s', (_, createApp) => {
  const serve = (given: Partial<ClientCertOptions>) => {
    const app = createApp()
    app.use(clientCert({ ...options, ...given }))
    app.get('/', (request, response) => {
      assertClientCert(request)
      response.send(request.clientCert.subject)
    })
    app.use(clientCertErrors())
    return listenTls(app)
  }

  test('passes a verified client', async () => {
    const response = await tlsRequest({ port: await serve({ mode: 'optional' }), leaf: clients.good })
    expect([response.statusCode, response.body]).toEqual([200, 'CN=alice'])
  })

  test.each<[Client, Partial<ClientCertOptions>, string, string]>([
    ['none', { mode: 'optional' }, 'No required TLS certificate was sent', 'ERR_EVIDENCE_NO_CERTIFICATE'],
    ['stranger', { mode: 'optional-no-ca' }, 'TLS certificate failed verification', 'ERR_PATH_ISSUER_MISSING'],
    ['expired', { mode: 'accept-unverified' }, 'TLS certificate failed verification', 'ERR_PATH_EXPIRED'],
  ])('refuses %s as required would, with the reason in the log', async (client, given, message, code) => {
    const log = createLog()
    const response = await tlsRequest({ port: await serve({ ...given, logger: log }), leaf: clients[client] })
    expect([response.statusCode, response.json()]).toEqual([401, { message }])
    expect(log.lines.at(-1)).toContain(code)
  })

  test('is an error of the application where nobody has decided', async () => {
    const errors: unknown[] = []
    const app = createApp()
    const guard = clientCert(options)
    app.get('/off', guard.route('off'), (request, response) => {
      assertClientCert(request)
      response.end()
    })
    app.get('/nothing', (request, response) => {
      Object.assign(request, { clientCert: { subject: 'CN=forged' } })
      assertClientCert(request)
      response.end()
    })
    app.use(((error, _request, response, _next) => {
      errors.push(error)
      response.status(500).end()
    }) as ErrorRequestHandler)
    const port = await listenTls(app)
    for (const path of ['/off', '/nothing']) {
      expect((await tlsRequest({ port, path, leaf: clients.good })).statusCode).toBe(500)
    }
    expect(errors).toEqual([expect.any(ConfigurationError), expect.any(ConfigurationError)])
  })
})
