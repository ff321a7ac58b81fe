import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { injectWithCertificate, tlsRequest } from '@clientcert/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { clientCert, clientCertErrors, dns, tlsOptions } from '../src/index.ts'
import {
  clients,
  createLog,
  echo,
  everValid,
  identity,
  listen,
  listenPlain,
  options,
  trust,
  VERSIONS,
} from './serving.ts'

afterEach(() => void vi.restoreAllMocks())

describe.each(VERSIONS)('%s', (_, createApp) => {
  test.each([
    ['never asks for certificates', {}, 'requestCert is not true'],
    [
      'refuses in the handshake',
      { requestCert: true, rejectUnauthorized: true, ca: trust.pem },
      'rejectUnauthorized is not false',
    ],
  ])('a server that %s answers every request 500, and says why in the log, once', async (_name, tls, reason) => {
    const log = createLog()
    const app = createApp()
    app.use(clientCert({ ...options, mode: 'optional', logger: log }))
    app.get('/', echo)
    app.use(clientCertErrors())
    const create = () => createHttpsServer({ ...identity, ...tls }, app)
    const port = await listen(create())
    for (let request = 0; request < 2; request++) {
      expect((await tlsRequest({ port, leaf: everValid })).statusCode).toBe(500)
    }
    expect(log.lines).toEqual([expect.stringContaining(reason)])
    expect(() => clientCert(options).checkServer(create())).toThrow(reason)
  })

  test('is a warning of the process where there is no logger', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const app = createApp()
    app.use(clientCert(options))
    expect((await tlsRequest({ port: await listen(createHttpsServer(identity, app)) })).statusCode).toBe(500)
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('requestCert is not true'), 'ClientCertWarning')
  })

  test('does not keep a route that is off from answering', async () => {
    const app = createApp()
    app.get('/health', clientCert(options).route('off'), echo)
    const port = await listen(createHttpsServer(identity, app))
    expect((await tlsRequest({ port, path: '/health' })).statusCode).toBe(200)
  })

  test('over plain HTTP nobody has a certificate, which is an answer', async () => {
    const guard = clientCert({ ...options, mode: 'optional' })
    const app = createApp()
    app.get('/', guard, echo)
    app.get('/required', guard.route('required'), echo)
    const url = await listenPlain(app)
    expect(await (await fetch(url)).json()).toEqual({ subject: null, outcome: 'anonymous' })
    expect((await fetch(`${url}/required`)).status).toBe(401)
  })

  test('plain HTTP is a mistake where the proxy is known by its certificate', async () => {
    const certificate = { trust, allow: dns('proxy.example') }
    const app = createApp()
    const guard = clientCert({ ...options, from: { proxy: 'nginx', onlyFrom: { certificate } }, logger: createLog() })
    app.use(guard)
    expect((await fetch(await listenPlain(app))).status).toBe(500)
    expect(() => guard.checkServer(createServer(app))).toThrow(/plain HTTP/)
  })

  test('one application on two servers is checked on each', async () => {
    const app = createApp()
    app.use(clientCert({ ...options, logger: createLog() }))
    app.get('/', echo)
    const sound = await listen(createHttpsServer(tlsOptions(identity), app))
    const unsound = await listen(createHttpsServer(identity, app))
    expect((await tlsRequest({ port: sound, leaf: clients.good })).statusCode).toBe(200)
    expect((await tlsRequest({ port: unsound, leaf: clients.good })).statusCode).toBe(500)
    expect((await tlsRequest({ port: sound, leaf: clients.good })).statusCode).toBe(200)
  })

  test('a request that was made up has no server to check, and no certificate', async () => {
    const app = createApp()
    app.use((request, _response, next) => {
      Reflect.deleteProperty(request.socket, 'server')
      next()
    })
    app.use(clientCert(options))
    expect((await fetch(await listenPlain(app))).status).toBe(401)
  })

  test('an application is tested by its users as it is here', async () => {
    const app = createApp()
    app.use(clientCert(options))
    app.get('/', echo)
    const response = await injectWithCertificate(app, clients.good, '/')
    expect(response.json()).toEqual({ subject: 'CN=alice', outcome: 'accepted' })
  })
})
