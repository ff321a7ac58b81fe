import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { pipeline as pipelined } from 'node:stream/promises'
import { ConfigurationError } from '@clientcert/core'
import { EventSource, errors, interceptors, pipeline, request, stream, fetch as undiciFetch, WebSocket } from 'undici'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { createDispatcher, type DispatcherOptions } from '../../src/clients/dispatcher.ts'
import { upstreamError } from '../../src/upstream-error.ts'
import { eventually, failureOf, start as startBoth } from './sending.ts'
import { createTestConnector } from './test-connector.ts'
import type { TestServerOptions } from './test-server.ts'

async function start(options?: DispatcherOptions, serverOptions?: TestServerOptions) {
  const { server, connector } = await startBoth(serverOptions)
  const dispatcher = createDispatcher(connector, options)
  onTestFinished(() => dispatcher.destroy())
  /** By this runtime's own fetch, whose types do not have the dispatcher. */
  const get = async (path = '/', init: object = {}) => {
    const options: object = { dispatcher, ...init }
    const text = await (await fetch(`${server.origin}${path}`, options)).text()
    // The connection is free when undici has looked at the response's end, too.
    await new Promise((resolve) => setImmediate(resolve))
    return text
  }
  return { server, connector, dispatcher, get }
}

describe("this runtime's own fetch", () => {
  test('sends a request, a body and a stream, over one connection', async () => {
    const { server, get } = await start()
    expect(await get()).toBe('client-1')
    expect(await get('/', { method: 'POST', body: 'text' })).toBe('client-1: text')
    const body = new Blob(['a ', 'stream']).stream()
    expect(await get('/', { method: 'POST', body, duplex: 'half' })).toBe('client-1: a stream')
    expect(server.connections).toHaveLength(1)
  })

  test('is aborted by its signal, and the connection with it', async () => {
    const { server, get } = await start()
    const controller = new AbortController()
    const sent = get('/slow', { signal: controller.signal })
    await server.arrived('/slow')
    controller.abort()
    expect(await failureOf(sent)).toMatchObject({ name: 'AbortError' })
    await eventually(() => expect(server.open.size).toBe(0))
  })

  test('is aborted while it connects, and nothing of it is sent', async () => {
    const { server, connector, dispatcher, get } = await start()
    const release = connector.hold()
    const controller = new AbortController()
    const sent = get('/', { signal: controller.signal })
    await eventually(() => expect(server.connections).toHaveLength(1))
    controller.abort()
    expect(await failureOf(sent)).toMatchObject({ name: 'AbortError' })
    release()
    await dispatcher.close()
    await eventually(() => expect(server.open.size).toBe(0))
    expect(server.requests).toEqual([])
  })

  test('has the refusal as its cause, and nothing was sent', async () => {
    const { server, get } = await start({}, { as: 'other' })
    const error = await failureOf(get('/', { method: 'POST', body: 'secret' }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.cause).toMatchObject({ name: 'UpstreamError', code: 'ERR_UPSTREAM_HOST' })
    expect(server.requests).toEqual([])
    await eventually(() => expect(server.open.size).toBe(0))
  })
})

describe("undici's functions", () => {
  test('request, stream, pipeline and fetch', async () => {
    const { server, dispatcher } = await start()
    const options = { dispatcher, method: 'POST' as const, body: 'x' }
    expect(await (await request(server.origin, options)).body.text()).toBe('client-1: x')
    const written = new PassThrough()
    await stream(server.origin, options, () => written)
    expect(String(written.read())).toBe('client-1: x')
    const piped = new PassThrough()
    await pipelined(
      Readable.from(['x']),
      pipeline(server.origin, { dispatcher, method: 'POST' }, ({ body }) => body),
      piped,
    )
    expect(String(piped.read())).toBe('client-1: x')
    expect(await (await undiciFetch(server.origin, options)).text()).toBe('client-1: x')
  })

  test('WebSocket', async () => {
    const { server, connector, dispatcher } = await start()
    const sockets = new WebSocketServer({ server: server.server as never })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data, { binary: false })))
    const socket = new WebSocket(server.origin.replace('https', 'wss'), { dispatcher })
    await once(socket, 'open')
    connector.rotate()
    socket.send('after a change of material')
    const [message] = (await once(socket, 'message')) as [MessageEvent]
    expect(message.data).toBe('after a change of material')
    socket.close()
    await once(socket, 'close')
  })

  test('EventSource', async () => {
    const { server, dispatcher } = await start()
    server.server.prependListener('request', (_request: unknown, response: { setHeader: (...of: string[]) => void }) =>
      response.setHeader('content-type', 'text/event-stream'),
    )
    const events = new EventSource(`${server.origin}/slow`, { node: { dispatcher } })
    const message = once(events, 'message')
    const { response } = await server.arrived('/slow')
    response.write('data: happened\n\n')
    expect(((await message)[0] as MessageEvent).data).toBe('happened')
    events.close()
  })

  test('compose: an interceptor stands before it', async () => {
    const { server, dispatcher } = await start()
    let failed = 0
    server.server.prependListener('request', (request: { url: string }) => {
      if (request.url === '/retried' && failed++ === 0) request.url = '/slow'
    })
    const composed = dispatcher.compose(interceptors.retry({ minTimeout: 1, maxRetries: 1 }))
    const sent = request(`${server.origin}/retried`, { dispatcher: composed })
    const { request: first } = await server.arrived('/slow')
    first.socket.destroy()
    expect(await (await sent).body.text()).toBe('client-1')
  })

  test('the dns interceptor names the server that it has looked up', async () => {
    const { server, connector, dispatcher } = await start()
    const composed = dispatcher.compose(interceptors.dns({ dualStack: false, affinity: 4 }))
    expect(await (await request(server.origin, { dispatcher: composed })).body.text()).toBe('client-1')
    expect(connector.targets[0]).toMatchObject({ host: '127.0.0.1', servername: 'localhost' })
  })
})

describe('after a change of material', () => {
  test('what is idle is ended at once, and the next request is sent with the new certificate', async () => {
    const { server, connector, get } = await start()
    await Promise.all([get(), get()])
    connector.rotate()
    await eventually(() => expect(server.open.size).toBe(0))
    expect(await get()).toBe('client-2')
    expect(await get()).toBe('client-2')
    expect(server.connections.map(({ client }) => client)).toEqual(['client-1', 'client-1', 'client-2'])
  })

  test('what runs is finished, also where it sends, and its connection is not kept', async () => {
    const { server, connector, get } = await start()
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const upload = get('/upload', { method: 'POST', body: readable, duplex: 'half' })
    const slow = get('/slow')
    const { response } = await server.arrived('/slow')
    response.write('first, ')
    await writer.write(Buffer.from('one '))
    await eventually(() => expect(server.connections).toHaveLength(2))
    connector.rotate()
    connector.rotate()
    expect(await get()).toBe('client-3')
    response.end('last')
    await writer.write(Buffer.from('two'))
    await writer.close()
    expect(await slow).toBe('first, last')
    expect(await upload).toBe('client-1: one two')
    await eventually(() => expect(server.open.size).toBe(1))
  })

  test('what waits for a connection does not fail (connections: 1)', async () => {
    const { server, connector, get } = await start({ connections: 1 })
    const slow = get('/slow')
    const { response } = await server.arrived('/slow')
    const waiting = [get(), get('/', { method: 'POST', body: 'x' }), get()]
    connector.rotate()
    expect(await get()).toBe('client-2')
    response.end('done')
    expect(await slow).toBe('done')
    expect(await Promise.all(waiting)).toEqual(['client-1', 'client-1: x', 'client-1'])
    await eventually(() => expect(server.open.size).toBe(1))
  })

  test('what waits in a pool of two does not fail (connections: 2)', async () => {
    const { server, connector, get } = await start({ connections: 2 })
    const slow = [get('/slow/1'), get('/slow/2')]
    const arrived = await Promise.all(['/slow/1', '/slow/2'].map((path) => server.arrived(path)))
    const waiting = [get(), get(), get()]
    connector.rotate()
    for (const { response } of arrived) response.end('done')
    expect(await Promise.all(slow)).toEqual(['done', 'done'])
    expect(await Promise.all(waiting)).toEqual(['client-1', 'client-1', 'client-1'])
    expect(await get()).toBe('client-2')
    await eventually(() => expect(server.open.size).toBe(1))
  })

  test('what waits for a connection that is ended for its age gets a new one (connections: 1)', async () => {
    const { connector, server, get } = await start({ connections: 1 })
    const slow = failureOf(get('/slow'))
    await server.arrived('/slow')
    const waiting = [get(), get('/', { method: 'POST', body: 'x' })]
    connector.rotate()
    const retired = upstreamError('ERR_UPSTREAM_RETIRED', { server: 'test', gracePeriodMs: 0 })
    connector.sockets[0]?.destroy(retired)
    expect((await slow).cause).toBe(retired)
    expect(await Promise.all(waiting)).toEqual(['client-2', 'client-2: x'])
  })

  test('a request whose connection was in the making is sent over it', async () => {
    const { server, connector, get } = await start()
    const release = connector.hold()
    const sent = get()
    await eventually(() => expect(server.connections).toHaveLength(1))
    connector.rotate()
    release()
    expect(await sent).toBe('client-1')
    expect(await get()).toBe('client-2')
    await eventually(() => expect(server.open.size).toBe(1))
  })
})

describe('with allowH2', () => {
  test('h2 is offered first, and its streams finish after a change of material', async () => {
    const { server, connector, get } = await start({ allowH2: true }, { protocol: 'h2' })
    expect(await Promise.all([get(), get()])).toEqual(['client-1', 'client-1'])
    expect(connector.targets[0]?.alpnProtocols).toEqual(['h2', 'http/1.1'])
    const slow = get('/slow')
    const { response } = await server.arrived('/slow')
    response.write('first, ')
    connector.rotate()
    expect(await get()).toBe('client-2')
    response.end('last')
    expect(await slow).toBe('first, last')
    await eventually(() => expect(server.http2Sessions.size).toBe(1))
  })

  test('a server of HTTP/1.1 is spoken to as such', async () => {
    const { get } = await start({ allowH2: true })
    expect(await get()).toBe('client-1')
  })

  test('without it h2 is not offered', async () => {
    const { connector, get } = await start({}, { protocol: 'h2 and http1' })
    expect(await get()).toBe('client-1')
    expect(connector.targets[0]?.alpnProtocols).toEqual(['http/1.1'])
  })
})

describe('an origin that is not https:', () => {
  test('is refused, and nobody is connected to', async () => {
    const { connector, dispatcher } = await start()
    const error = await failureOf(request('http://localhost:8080', { dispatcher }))
    expect(error).toBeInstanceOf(ConfigurationError)
    const options: object = { dispatcher }
    expect((await failureOf(fetch('http://localhost:8080', options))).cause).toBeInstanceOf(ConfigurationError)
    expect(connector.targets).toEqual([])
  })
})

describe('its end', () => {
  test('close() waits for what runs, in agents that were replaced as well, and refuses the next', async () => {
    const { server, connector, dispatcher, get } = await start()
    const slow = get('/slow')
    const { response } = await server.arrived('/slow')
    connector.rotate()
    const ended = vi.fn()
    const closing = dispatcher.close().then(ended)
    expect(await failureOf(request(server.origin, { dispatcher }))).toBeInstanceOf(errors.ClientClosedError)
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(ended).not.toHaveBeenCalled()
    response.end('done')
    expect(await slow).toBe('done')
    await closing
    await eventually(() => expect(server.open.size).toBe(0))
  })

  test('destroy() ends what runs, in agents that were replaced as well, with the given error', async () => {
    const { server, connector, dispatcher } = await start()
    const slow = request(`${server.origin}/slow`, { dispatcher })
    const failed = failureOf(slow)
    await server.arrived('/slow')
    connector.rotate()
    const reason = new Error('over')
    await dispatcher.destroy(reason)
    expect(await failed).toBe(reason)
    expect(await failureOf(request(server.origin, { dispatcher }))).toBeInstanceOf(errors.ClientDestroyedError)
  })

  test('after either, a change of material is none of its business', async () => {
    const { server, connector, dispatcher, get } = await start()
    await get()
    const other = createDispatcher(connector)
    await Promise.all([dispatcher.destroy(), other.close()])
    // A promise that is rejected with nobody to hear it ends the process, and so fails this test.
    connector.rotate()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await failureOf(request(server.origin, { dispatcher }))).toBeInstanceOf(errors.ClientDestroyedError)
    expect(await failureOf(request(server.origin, { dispatcher: other }))).toBeInstanceOf(errors.ClientDestroyedError)
  })

  test('both take a callback as well', async () => {
    const { dispatcher } = await start()
    await new Promise<void>((resolve) => dispatcher.close(resolve))
    await new Promise<void>((resolve) => dispatcher.destroy(resolve))
    await new Promise<void>((resolve) => dispatcher.destroy(null, resolve))
    expect(() => dispatcher.close('soon' as never)).toThrow(errors.InvalidArgumentError)
    expect(await failureOf(dispatcher.close())).toBeInstanceOf(errors.ClientDestroyedError)
  })

  test.each(['told', 'untold'] as const)('comes with that of the context (%s)', async (how) => {
    const { server, connector, get } = await start()
    await get()
    connector.close(how)
    expect((await failureOf(get())).cause).toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' })
    expect((await failureOf(get())).cause).toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' })
    await eventually(() => expect(server.open.size).toBe(0))
    expect(server.requests).toHaveLength(1)
  })
})

test('it tells of connections as an agent of undici does', async () => {
  const { connector, dispatcher, get } = await start()
  const told: string[] = []
  dispatcher.on('connect', (origin, [first]) => told.push(`connect ${origin.hostname} ${first === dispatcher}`))
  dispatcher.on('disconnect', (origin) => told.push(`disconnect ${origin.hostname}`))
  await get()
  connector.rotate()
  await eventually(() => expect(told).toEqual(['connect localhost true', 'disconnect localhost']))
})

test.each<[string, object]>([
  ['connect', { connect: { rejectUnauthorized: false } }],
  ['connectTimeout', { connectTimeout: 1 }],
  ['factory', { factory: () => null }],
  ['maxCachedSessions', { maxCachedSessions: 1 }],
  ['tls', { tls: {} }],
  ['useH2c', { useH2c: true }],
  ['connection', { connection: 1 }],
  ['pipelining', { pipelining: undefined }],
])('an option about connecting, an unknown one and undefined are refused at construction: %s', (option, options) => {
  expect(() => createDispatcher(createTestConnector(), options)).toThrow(expect.objectContaining({ option }))
})

test.each<[string, object]>([
  ['connections', { connections: -1 }],
  ['bodyTimeout', { bodyTimeout: 'x' }],
  ['maxOrigins', { maxOrigins: 0 }],
])('a value that undici does not take is refused at construction, and not with the first request: %s', (_, options) => {
  expect(() => createDispatcher(createTestConnector(), options)).toThrow(errors.InvalidArgumentError)
})
