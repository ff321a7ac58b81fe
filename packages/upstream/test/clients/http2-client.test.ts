import { once } from 'node:events'
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { ConfigurationError } from '@clientcert/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createHttp2Client } from '../../src/clients/http2-client.ts'
import { upstreamError } from '../../src/upstream-error.ts'
import { eventually, failureOf, start as startBoth } from './sending.ts'

async function start() {
  const { server, connector } = await startBoth({ protocol: 'h2' })
  const client = createHttp2Client(connector, server.origin)
  onTestFinished(() => client.close())
  const get = async (path = '/') => read(await client.request({ ':path': path }))
  return { server, connector, client, get }
}

async function read(stream: ClientHttp2Stream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

describe('one session', () => {
  test('serves all requests, and is made once for those that ask at the same time', async () => {
    const { server, connector, client, get } = await start()
    const [one, other, ...answers] = await Promise.all([client.session(), client.session(), get(), get()])
    expect(one).toBe(other)
    expect(answers).toEqual(['client-1', 'client-1'])
    expect(await client.session()).toBe(one)
    expect(connector.targets).toHaveLength(1)
    expect(connector.targets[0]).toMatchObject({ host: 'localhost', port: server.port, alpnProtocols: ['h2'] })
  })

  test('carries bodies', async () => {
    const { client } = await start()
    const stream = await client.request({ ':method': 'POST' })
    stream.end('x')
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
    expect([headers[':status'], await read(stream)]).toEqual([200, 'client-1: x'])
  })

  test('is to an address as well', async () => {
    const { server, connector } = await start()
    const client = createHttp2Client(connector, new URL(`https://127.0.0.1:${server.port}`))
    expect(await read(await client.request())).toBe('client-1')
    await client.close()
    const nobody = createHttp2Client(connector, 'https://[::1]')
    await failureOf(nobody.session())
    expect(connector.targets.at(-1)).toMatchObject({ host: '::1', port: 443 })
  })
})

describe('after a change of material', () => {
  test('an idle session is closed at once, and the next request is sent with the new certificate', async () => {
    const { server, connector, get } = await start()
    expect(await get()).toBe('client-1')
    connector.rotate()
    await eventually(() => expect(server.http2Sessions.size).toBe(0))
    expect(await get()).toBe('client-2')
  })

  test('streams that run are finished in their session, which then closes', async () => {
    const { server, connector, get } = await start()
    const slow = get('/slow')
    const { response } = await server.arrived('/slow')
    response.write('first, ')
    connector.rotate()
    expect(await get()).toBe('client-2')
    expect(server.http2Sessions.size).toBe(2)
    response.end('last')
    expect(await slow).toBe('first, last')
    await eventually(() => expect(server.http2Sessions.size).toBe(1))
  })

  test('a request that was sent in the same turn is answered: no GOAWAY goes before it (RFC 9113 6.8)', async () => {
    const { connector, client, get } = await start()
    expect(await get()).toBe('client-1')
    const stream = await client.request()
    connector.rotate()
    expect(await read(stream)).toBe('client-1')
    expect(await get()).toBe('client-2')
  })

  test('whoever waits for a session gets the one in the making, and who asks afterwards a new one', async () => {
    const { server, connector, get } = await start()
    const release = connector.hold()
    const before = get()
    await eventually(() => expect(server.connections).toHaveLength(1))
    connector.rotate()
    const after = get()
    release()
    expect(await Promise.all([before, after])).toEqual(['client-1', 'client-2'])
    await eventually(() => expect(server.http2Sessions.size).toBe(1))
    expect(await get()).toBe('client-2')
    expect(server.connections).toHaveLength(2)
  })

  test('a session whose grace period is over fails its streams with that, and nobody else', async () => {
    const { server, connector, get } = await start()
    const slow = failureOf(get('/slow'))
    await server.arrived('/slow')
    connector.rotate()
    const retired = upstreamError('ERR_UPSTREAM_RETIRED', { server: 'test', gracePeriodMs: 0 })
    connector.sockets[0]?.destroy(retired)
    expect(await slow).toBe(retired)
    expect(await get()).toBe('client-2')
  })
})

describe('a session that the server ends', () => {
  test.each<[string, (session: import('node:http2').ServerHttp2Session) => void]>([
    ['by GOAWAY', (session) => session.goaway()],
    ['by GOAWAY with an error', (session) => session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)],
    ['by closing', (session) => session.close()],
    ['by cutting the connection', (session) => session.destroy()],
  ])('%s is replaced for the next request', async (_, end) => {
    const { server, client, get } = await start()
    const session = await client.session()
    await get()
    for (const session of server.http2Sessions) end(session)
    await eventually(() => expect(session.closed || session.destroyed).toBe(true))
    expect(await get()).toBe('client-1')
    expect(server.connections).toHaveLength(2)
  })

  test('between session() and request() fails there (RFC 9113 6.8)', async () => {
    const { server, connector, client } = await start()
    const session = await client.session()
    await eventually(() => expect(server.http2Sessions.size).toBe(1))
    connector.rotate()
    // Thrown on Node 20 and 22.
    const failed = failureOf((async () => read(session.request()))())
    expect((await failed).code).toMatch(/^ERR_HTTP2_(GOAWAY|INVALID)_SESSION$/)
    expect(await read(await client.request())).toBe('client-2')
  })
})

describe('a request', () => {
  test('goes to another session where the one of the moment closes as it asks', async () => {
    const { server, client, get } = await start()
    await get()
    const session = await client.session()
    const sent = client.request()
    session.close()
    expect(await read(await sent)).toBe('client-1')
    expect(server.connections).toHaveLength(2)
  })

  test('goes to another session where this one has no numbers left (RFC 9113 5.1.1)', async () => {
    const { server, client, get } = await start()
    const session = await client.session()
    Reflect.apply(Reflect.get(session, 'setNextStreamID') as (id: number) => void, session, [2 ** 31 - 1])
    expect(await get()).toBe('client-1')
    expect(await get()).toBe('client-1')
    expect(server.connections).toHaveLength(2)
  })

  test('that the server refused is not sent again, and says so (RFC 9113 8.7)', async () => {
    const { server, client } = await start()
    const stream = await client.request({ ':path': '/slow' })
    const { request } = await server.arrived('/slow')
    if ('stream' in request) request.stream.close(constants.NGHTTP2_REFUSED_STREAM)
    await failureOf(read(stream))
    expect(stream.rstCode).toBe(constants.NGHTTP2_REFUSED_STREAM)
    expect(server.requests).toHaveLength(1)
  })

  test('with headers that HTTP/2 does not have throws, and the session goes on', async () => {
    const { server, client, get } = await start()
    await get()
    expect(await failureOf(client.request({ ':nonsense': 'x' }))).toBeInstanceOf(TypeError)
    expect(await get()).toBe('client-1')
    expect(server.connections).toHaveLength(1)
  })

  test('whose signal was aborted before is aborted, by one session', async () => {
    const { connector, client } = await start()
    const stream = await client.request({}, { signal: AbortSignal.abort() })
    expect(await failureOf(read(stream))).toMatchObject({ name: 'AbortError' })
    expect(connector.targets).toHaveLength(1)
  })
})

describe('a server that does not speak h2 is refused (ERR_UPSTREAM_PROTOCOL)', () => {
  test('by its alert, where it has other protocols', async () => {
    const { server, connector } = await startBoth()
    const client = createHttp2Client(connector, server.origin)
    const error = await failureOf(client.request())
    expect(error).toMatchObject({ code: 'ERR_UPSTREAM_PROTOCOL', failure: { expected: 'h2', present: null } })
    expect(error.message).toContain(`localhost:${server.port} should speak h2`)
    await eventually(() => expect(server.open.size).toBe(0))
  })

  test('by its silence, where it has none, and nothing was sent', async () => {
    const { server, connector } = await startBoth({ protocol: 'no ALPN' })
    const client = createHttp2Client(connector, server.origin)
    expect(await failureOf(client.request())).toMatchObject({ code: 'ERR_UPSTREAM_PROTOCOL' })
    await eventually(() => expect(server.open.size).toBe(0))
    expect(server.requests).toEqual([])
  })
})

describe('its end', () => {
  test('close() waits for streams, and refuses the next', async () => {
    const { server, client, get } = await start()
    const slow = get('/slow')
    const { response } = await server.arrived('/slow')
    const ended = vi.fn()
    const closing = client.close().then(ended)
    expect(await failureOf(client.session())).toBeInstanceOf(ConfigurationError)
    expect(await failureOf(client.request())).toMatchObject({ code: 'ERR_CONFIG_CLOSED' })
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(ended).not.toHaveBeenCalled()
    response.end('done')
    expect(await slow).toBe('done')
    await closing
    await client.close()
  })

  test('close() resolves where a session breaks meanwhile', async () => {
    const { server, client, get } = await start()
    const failed = failureOf(get('/slow'))
    await server.arrived('/slow')
    const session = await client.session()
    const closing = client.close()
    session.destroy(new Error('broken'))
    expect(await failed).toMatchObject({ message: 'broken' })
    await expect(closing).resolves.toBeUndefined()
  })

  test('close() breaks off a session in the making', async () => {
    const { server, connector, client } = await start()
    connector.hold()
    const failed = failureOf(client.session())
    await eventually(() => expect(server.connections).toHaveLength(1))
    await client.close()
    expect(await failed).toMatchObject({ code: 'ERR_CONFIG_CLOSED' })
    await eventually(() => expect(server.open.size).toBe(0))
  })

  test.each(['told', 'untold'] as const)('comes with that of the context (%s)', async (how) => {
    const { server, connector, client, get } = await start()
    await get()
    connector.close(how)
    expect(await failureOf(client.request())).toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' })
    await eventually(() => expect(server.http2Sessions.size).toBe(0))
  })
})

test('a failed attempt is not kept: the next request tries again', async () => {
  const { server, connector } = await startBoth({ protocol: 'h2' })
  const client = createHttp2Client(connector, server.origin)
  onTestFinished(() => client.close())
  const refused = vi.spyOn(connector, 'connect').mockRejectedValueOnce(new Error('first'))
  expect(await Promise.all([failureOf(client.session()), failureOf(client.session())])).toMatchObject([
    { message: 'first' },
    { message: 'first' },
  ])
  expect(refused).toHaveBeenCalledOnce()
  expect(await read(await client.request())).toBe('client-1')
})
