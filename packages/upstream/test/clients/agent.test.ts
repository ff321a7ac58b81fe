import { once } from 'node:events'
import { get, request } from 'node:https'
import type { Duplex } from 'node:stream'
import { ConfigurationError } from '@clientcert/core'
import { describe, expect, test, vi } from 'vitest'
import { createAgent } from '../../src/clients/agent.ts'
import { UpstreamError } from '../../src/upstream-error.ts'
import { eventually, failureOf, read, send, start } from './sending.ts'
import { createTestConnector, newPromise } from './test-connector.ts'

describe('within one generation', () => {
  test('a connection is used again (keepAlive is the default)', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    expect(await send(server, agent)).toBe('client-1')
    expect(await send(server, agent, { method: 'POST', body: 'x' })).toBe('client-1: x')
    expect(server.connections).toHaveLength(1)
  })

  test('keepAlive: false makes a connection for each request, and keeps none', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector, { keepAlive: false })
    await send(server, agent)
    await send(server, agent)
    expect(server.connections).toHaveLength(2)
    await eventually(() => expect(server.open.size).toBe(0))
  })

  test('one that the server ended while it was idle is not used again', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    await send(server, agent)
    for (const socket of server.open) socket.end()
    await eventually(() => expect(agent.freeSockets).toEqual({}))
    expect(await send(server, agent)).toBe('client-1')
    expect(server.connections).toHaveLength(2)
  })

  test('a request that the server cut off on a kept connection says so, and is not sent again (reusedSocket)', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    await send(server, agent)
    const sent = get(`${server.origin}/slow`, { agent })
    const { request } = await server.arrived('/slow')
    request.socket.destroy()
    expect(await failureOf(read(sent))).toMatchObject({ code: 'ECONNRESET' })
    expect(sent.reusedSocket).toBe(true)
    expect(server.requests).toEqual(['GET / by client-1', 'GET /slow by client-1'])
  })
})

describe('after a change of material', () => {
  test('what is idle is ended at once, and the next request is sent with the new certificate', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    await Promise.all([send(server, agent), send(server, agent)])
    connector.rotate()
    expect(agent.freeSockets).toEqual({})
    await eventually(() => expect(server.open.size).toBe(0))
    expect(await send(server, agent)).toBe('client-2')
    expect(await send(server, agent)).toBe('client-2')
    expect(server.connections.map(({ client }) => client)).toEqual(['client-1', 'client-1', 'client-2'])
  })

  test('what runs is finished, and its connection is not kept', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    const slow = send(server, agent, { path: '/slow' })
    const { response } = await server.arrived('/slow')
    response.write('first, ')
    connector.rotate()
    expect(await send(server, agent)).toBe('client-2')
    response.end('last')
    expect(await slow).toBe('first, last')
    await eventually(() => expect(server.open.size).toBe(1))
    expect(await send(server, agent)).toBe('client-2')
    expect(server.connections).toHaveLength(2)
  })

  test('a request whose connection was in the making is sent over it, and the next is not', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    const release = connector.hold()
    const sent = send(server, agent)
    await eventually(() => expect(server.connections).toHaveLength(1))
    connector.rotate()
    release()
    expect(await sent).toBe('client-1')
    expect(agent.freeSockets).toEqual({})
    expect(await send(server, agent)).toBe('client-2')
  })

  test.each([{ maxSockets: 1 }, { maxTotalSockets: 1 }])(
    'a request that waits behind %o goes to a new connection',
    async (limit) => {
      const { server, connector } = await start()
      const agent = createAgent(connector, limit)
      const slow = send(server, agent, { path: '/slow' })
      const waiting = [send(server, agent), send(server, agent, { method: 'POST', body: 'x' })]
      const { response } = await server.arrived('/slow')
      connector.rotate()
      response.end('done')
      expect(await slow).toBe('done')
      expect(await Promise.all(waiting)).toEqual(['client-2', 'client-2: x'])
      expect(server.connections.map(({ client }) => client)).toEqual(['client-1', 'client-2'])
    },
  )

  test('a connection that was upgraded lives on', async () => {
    const { server, connector } = await start()
    server.server.on('upgrade', (_request: unknown, socket: Duplex) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    const agent = createAgent(connector)
    const sent = request(server.origin, { agent, headers: { connection: 'upgrade', upgrade: 'echo' } }).end()
    const [, socket] = (await once(sent, 'upgrade')) as [unknown, NodeJS.ReadWriteStream]
    connector.rotate()
    socket.write('still here')
    expect(String((await once(socket, 'data'))[0])).toBe('still here')
    expect(agent.sockets).toEqual({})
  })
})

describe('the limits of the pool hold while connections are in the making', () => {
  test('maxSockets: 1 makes one connection for the requests of one tick', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector, { maxSockets: 1 })
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(server, agent)))
    expect(answers).toEqual(Array.from({ length: 5 }, () => 'client-1'))
    expect(server.connections).toHaveLength(1)
  })

  test('maxTotalSockets: 1 makes one at a time to two servers', async () => {
    const [{ server: first, connector }, { server: second }] = await Promise.all([start(), start()])
    const agent = createAgent(connector, { maxTotalSockets: 1, keepAlive: false })
    const answers = await Promise.all([first, second, first, second].map((server) => send(server, agent)))
    expect(answers).toEqual(['client-1', 'client-1', 'client-1', 'client-1'])
  })

  test('without limits each request of a tick has its own', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    await Promise.all([send(server, agent), send(server, agent)])
    expect(server.connections).toHaveLength(2)
  })
})

describe('a connection that is refused', () => {
  test('is the error of the request as it is, and nothing was sent', async () => {
    const { server, connector } = await start({ as: 'other' })
    const error = await failureOf(send(server, createAgent(connector), { method: 'POST', body: 'secret' }))
    expect(error).toBeInstanceOf(UpstreamError)
    expect(error.code).toBe('ERR_UPSTREAM_HOST')
    expect(server.requests).toEqual([])
    await eventually(() => expect(server.open.size).toBe(0))
  })

  test('is so for each request that waits for it, and none hangs', async () => {
    const { server, connector } = await start({ as: 'other' })
    const agent = createAgent(connector, { maxSockets: 1 })
    const errors = await Promise.all(Array.from({ length: 4 }, () => failureOf(send(server, agent))))
    expect(errors.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'ERR_UPSTREAM_HOST'))
    expect([agent.sockets, agent.requests]).toEqual([{}, {}])
  })

  test('is told once to a request for which two were made', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector, { maxSockets: 2 })
    const running = ['/slow/1', '/slow/2'].map((path) => failureOf(send(server, agent, { path })))
    const arrived = await Promise.all(['/slow/1', '/slow/2'].map((path) => server.arrived(path)))
    const waiting = ['/3', '/4'].map((path) => get(`${server.origin}${path}`, { agent }))
    const told: string[][] = [[], []]
    waiting.forEach((sent, index) => {
      sent.on('error', ({ message }) => told[index]?.push(message))
    })
    const { promise: decided, resolve: refuse } = newPromise()
    const connect = vi.spyOn(connector, 'connect').mockImplementation(async () => {
      await decided
      throw new Error('refused')
    })
    // Node makes one for each that ends, both for the first that waits.
    for (const { request } of arrived) request.socket.destroy()
    await Promise.all(running)
    await eventually(() => expect(connect).toHaveBeenCalledTimes(2))
    refuse()
    await eventually(() => expect(agent.sockets).toEqual({}))
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([['refused'], ['refused']])
  })

  test('leaves the others of another server their turn (maxTotalSockets)', async () => {
    const [{ server: wrong, connector }, { server: right }] = await Promise.all([start({ as: 'other' }), start()])
    const agent = createAgent(connector, { maxTotalSockets: 1 })
    const failing = [failureOf(send(wrong, agent)), failureOf(send(wrong, agent))]
    const answered = send(right, agent)
    expect((await Promise.all(failing)).map(({ code }) => code)).toEqual(['ERR_UPSTREAM_HOST', 'ERR_UPSTREAM_HOST'])
    expect(await answered).toBe('client-1')
  })

  test('after the context was closed is for idle connections as well', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    await send(server, agent)
    connector.close('untold')
    expect(await failureOf(send(server, agent))).toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' })
    expect(agent.freeSockets).toEqual({})
    expect(server.requests).toHaveLength(1)
  })
})

describe('a request that is destroyed while it connects', () => {
  const mine = new Error('mine')

  test.each<[string, Error | undefined, object]>([
    ['without a reason hangs up, as with a connection of Node', undefined, { code: 'ECONNRESET' }],
    ['with a reason has that', mine, mine],
  ])('%s', async (_, reason, expected) => {
    const { server, connector } = await start()
    connector.hold()
    const sent = get(server.origin, { agent: createAgent(connector) })
    await eventually(() => expect(server.connections).toHaveLength(1))
    sent.destroy(reason)
    expect((await once(sent, 'error'))[0]).toMatchObject(expected)
    // Its connection goes with it, and is not waited for.
    await eventually(() => expect(server.open.size).toBe(0))
    expect(server.requests).toEqual([])
  })

  test('by its signal is aborted', async () => {
    const { server, connector } = await start()
    connector.hold()
    const controller = new AbortController()
    const sent = get(server.origin, { agent: createAgent(connector), signal: controller.signal })
    await eventually(() => expect(server.connections).toHaveLength(1))
    controller.abort()
    expect((await once(sent, 'error'))[0]).toMatchObject({ name: 'AbortError' })
    await eventually(() => expect(server.open.size).toBe(0))
  })

  test('leaves its place to the next that waits', async () => {
    const { server, connector } = await start()
    const release = connector.hold()
    const agent = createAgent(connector, { maxSockets: 1 })
    const first = get(server.origin, { agent })
    const gone = get(server.origin, { agent }).on('error', () => {})
    const last = send(server, agent)
    await eventually(() => expect(server.connections).toHaveLength(1))
    gone.destroy()
    first.destroy()
    await once(first, 'error')
    release()
    expect(await last).toBe('client-1')
    expect(server.requests).toHaveLength(1)
    expect(agent.requests).toEqual({})
  })

  test('before its turn came is never sent', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector, { maxSockets: 1 })
    const slow = send(server, agent, { path: '/slow' })
    const { response } = await server.arrived('/slow')
    const gone = get(`${server.origin}/gone`, { agent })
    const next = send(server, agent)
    gone.destroy()
    const failed = once(gone, 'error')
    response.end()
    await Promise.all([slow, next, failed])
    expect(server.requests.map((line) => line.split(' ')[1])).toEqual(['/slow', '/'])
  })

  test('with its agent hangs up', async () => {
    const { server, connector } = await start()
    connector.hold()
    const agent = createAgent(connector)
    const sent = get(server.origin, { agent })
    await eventually(() => expect(server.connections).toHaveLength(1))
    agent.destroy()
    expect((await once(sent, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' })
    await eventually(() => expect(server.open.size).toBe(0))
  })
})

test('timeout counts from the start of the connection, and ends nothing by itself, as with a connection of Node', async () => {
  const { server, connector } = await start()
  for (const agent of [createAgent(connector), createAgent(connector, { timeout: 50 })]) {
    const release = connector.hold()
    const sent = get(server.origin, agent.options.timeout ? { agent } : { agent, timeout: 50 })
    await once(sent, 'timeout')
    release()
    expect(await read(sent)).toBe('client-1')
  }
})

test('agent.destroy() ends what is idle, and the agent makes new connections', async () => {
  const { server, connector } = await start()
  const agent = createAgent(connector)
  await send(server, agent)
  agent.destroy()
  await eventually(() => expect(server.open.size).toBe(0))
  expect(await send(server, agent)).toBe('client-1')
})

test('an http: URL is refused as with Node (ERR_INVALID_PROTOCOL)', () => {
  const agent = createAgent(createTestConnector())
  expect(() => get('http://localhost', { agent })).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PROTOCOL' }))
})

test('createConnection gives a verified connection to its callback, and has to have one', async () => {
  const { server, connector } = await start()
  const agent = createAgent(connector)
  const options = { host: 'localhost', port: server.port }
  const socket = await new Promise((resolve) => agent.createConnection(options, (_, socket) => resolve(socket)))
  expect(socket).toBe(connector.sockets[0])
  expect(() => agent.createConnection(options)).toThrow(ConfigurationError)
})
