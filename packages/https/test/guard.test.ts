import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { dangerouslyTrustAnyPeer, dns } from '@clientcert/core'
import { tlsRequest } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { ConfigurationError, clientCertOf, guard, tlsOptions } from '../src/index.ts'
import { clients, identity, listen, options, trust } from './serving.ts'

describe('a server that cannot be guarded is refused at once', () => {
  test.each([
    ['never asks for certificates', () => createHttpsServer({ ...identity }), /requestCert is not true/],
    [
      'refuses in the handshake',
      () => createHttpsServer({ ...identity, requestCert: true }),
      /rejectUnauthorized is not false/,
    ],
    ['is of node:http2', () => createSecureServer(tlsOptions(identity)), /withClientCert/],
    ['is of node:http2 without TLS', () => createHttp2Server(), /withClientCert/],
    ['is no server', () => ({}), /no server of HTTP\/1/],
  ])('that %s', (_, create, fix) => {
    const refused = () => guard(create() as never, options)
    expect(refused).toThrow(ConfigurationError)
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'ERR_CONFIG_SERVER',
        option: 'server',
        message: expect.stringMatching(fix) as unknown,
      }),
    )
  })

  test('that is guarded already', () => {
    const server = guard(createHttpsServer(tlsOptions(identity)), options)
    expect(() => guard(server, options)).toThrow(/guarded already/)
  })

  test('that has no TLS where the proxy is known by its certificate', () => {
    const certificate = { trust, allow: dns('proxy.example') }
    const from = { proxy: 'nginx', onlyFrom: { certificate } } as const
    expect(() => guard(createHttpServer(), { ...options, from })).toThrow(/plain HTTP/)
  })
})

test('returns the server that it was given, with listeners it had behind the guard', async () => {
  const server = createHttpsServer(tlsOptions(identity), (request, response) => {
    response.end(clientCertOf(request)?.subject)
  })
  expect(guard(server, options)).toBe(server)
  const port = await listen(server)
  expect((await tlsRequest({ port, leaf: clients.good })).body).toBe('CN=alice')
  expect((await tlsRequest({ port })).statusCode).toBe(401)
})

test('a refused server is left as it was, and can be guarded with other options', () => {
  const server = createHttpServer()
  const certificate = { trust, allow: dns('proxy.example') }
  const isGated = () => Object.hasOwn(server, 'emit')
  expect(() => guard(server, { ...options, from: { proxy: 'nginx', onlyFrom: { certificate } } })).toThrow()
  expect(isGated()).toBe(false)
  guard(server, { ...options, from: { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } })
  expect(isGated()).toBe(true)
})

test.each([
  ['required', 401],
  ['optional', 200],
] as const)('over plain HTTP nobody has a certificate: %s answers %i', async (mode, statusCode) => {
  const server = guard(
    createHttpServer((_, response) => void response.end('anonymous')),
    { ...options, mode },
  )
  const port = await listen(server)
  expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(statusCode)
})

test('a server behind any peer has to be asked for by its dangerous name', async () => {
  const from = { proxy: 'nginx', [dangerouslyTrustAnyPeer]: true } as const
  const server = guard(
    createHttpServer((_, response) => void response.end()),
    {
      ...options,
      from,
      logger: { info: () => {}, warn: () => {} },
    },
  )
  expect((await fetch(`http://127.0.0.1:${await listen(server)}`)).status).toBe(401)
})
