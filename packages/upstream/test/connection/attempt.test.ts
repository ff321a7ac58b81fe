import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { serverCertificate } from '@clientcert/testing'
import { describe, expect, test, vi } from 'vitest'
import { contextOf, errorOf, localhost, servers, startTcp, startUpstream } from '../serving.ts'

const at = (port: number) => ({ host: 'localhost', port, family: 4 })

test('ends in time where the server takes the connection and never speaks', async () => {
  const port = await startTcp(() => {})
  const context = contextOf({ connectTimeoutMs: 50 })
  const error = await errorOf(context.connect(at(port)))
  expect(error).toMatchObject({ code: 'ERR_UPSTREAM_TIMEOUT', failure: { timeoutMs: 50 } })
  expect(context.status().connections.open).toBe(0)
})

test('ends in time where the verification never does: its time is part of it', async () => {
  const responder = await startTcp(() => {})
  const authorityInfoAccess = { ocsp: [`http://localhost:${responder}/`] }
  const upstream = await startUpstream(serverCertificate(servers, { authorityInfoAccess }))
  const fetch = { hosts: ['localhost'], addresses: ['127.0.0.1', '::1'], ports: [responder] }
  const context = contextOf({ connectTimeoutMs: 300, revocation: { mode: 'strict', follow: ['ocsp'], fetch } })
  const error = await errorOf(context.connect(upstream.target))
  await upstream.ended()
  expect(error.code).toBe('ERR_UPSTREAM_TIMEOUT')
  expect(upstream.received()).toBe(0)
})

test('rejects once where the server closes instead of speaking TLS', async () => {
  const port = await startTcp((socket) => socket.end())
  expect(await errorOf(contextOf().connect(at(port)))).toMatchObject({ code: 'ECONNRESET' })
})

test('rejects where the server speaks something else', async () => {
  const port = await startTcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const error = await errorOf(contextOf().connect(at(port)))
  expect(error.code).toMatch(/^ERR_SSL_|^EPROTO/)
})

test("says what the system says of a port where nobody listens, under the system's code", async () => {
  const upstream = await startUpstream(localhost)
  upstream.server.close()
  await once(upstream.server, 'close')
  expect(await errorOf(contextOf().connect(upstream.target))).toMatchObject({ code: 'ECONNREFUSED' })
})

test('rejects for a port that is none, and does not throw', async () => {
  expect(await errorOf(contextOf().connect(at(70_000)))).toMatchObject({
    code: 'ERR_CONFIG_RANGE',
    option: 'target.port',
  })
})

describe('signal', () => {
  test('breaks off before it begins', async () => {
    const upstream = await startUpstream(localhost)
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    expect(await errorOf(contextOf().connect({ ...upstream.target, signal }))).toBe(reason)
    expect(upstream.sockets).toHaveLength(0)
  })

  test('breaks off under way, with its own reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const port = await startTcp(() => controller.abort(reason))
    const context = contextOf()
    expect(await errorOf(context.connect({ ...at(port), signal: controller.signal }))).toBe(reason)
    expect(context.status().connections.open).toBe(0)
  })

  test('does nothing to a connection that was handed over', async () => {
    const upstream = await startUpstream(localhost)
    const controller = new AbortController()
    const socket = await contextOf().connect({ ...upstream.target, signal: controller.signal })
    controller.abort()
    expect(socket.destroyed).toBe(false)
  })
})

describe('a socket of the caller', () => {
  test('is used, such as one through a tunnel', async () => {
    const upstream = await startUpstream(localhost)
    const raw = connectTcp(upstream.port, '127.0.0.1')
    const socket = await contextOf().connect({ ...upstream.target, socket: raw })
    expect(socket.localPort).toBe(raw.localPort)
  })

  test('is ended where the server is refused', async () => {
    const upstream = await startUpstream(localhost)
    const raw = connectTcp(upstream.port, '127.0.0.1')
    const refused = contextOf().connect({ ...upstream.target, socket: raw, expectedServer: { host: 'other.example' } })
    expect(await errorOf(refused)).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
    expect(raw.destroyed).toBe(true)
  })

  test('that has ended already is refused at once', async () => {
    const upstream = await startUpstream(localhost)
    const raw = connectTcp(upstream.port, '127.0.0.1').destroy()
    expect(await errorOf(contextOf().connect({ ...upstream.target, socket: raw }))).toMatchObject({
      code: 'ECONNRESET',
    })
  })

  test('is ended where the context has no certificate', async () => {
    const upstream = await startUpstream(localhost)
    const raw = connectTcp(upstream.port, '127.0.0.1')
    const context = contextOf({
      directory: '/nowhere',
      layout: 'istio',
      whenMissing: 'wait',
      logger: { info: vi.fn(), warn: vi.fn() },
    })
    expect(await errorOf(context.connect({ ...upstream.target, socket: raw }))).toMatchObject({
      code: 'ERR_UPSTREAM_NOT_READY',
    })
    expect(raw.destroyed).toBe(true)
  })
})
