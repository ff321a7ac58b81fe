import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { type Authenticator, createAuthenticator, type NodeRequest } from '@clientcert/core'
import { createTlsClient, tlsRequest } from '@clientcert/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createDecide } from '../src/decide.ts'
import { gateEvents } from '../src/gate.ts'
import { clientCertOf, createServer, guard, tlsOptions } from '../src/index.ts'
import { clients, dial, echo, identity, listen, options, readUntil } from './serving.ts'

const refused = ['none', 'stranger', 'expired'] as const

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
const UPGRADE = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
const CONNECT = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'

/** Gates a server by an authenticator that takes as long as `meanwhile` does, and then lets the client in. */
function gateBehind(server: Server, meanwhile: (request: NodeRequest) => Promise<unknown>): void {
  const known = createAuthenticator({ ...options, mode: 'optional' })
  const slow: Authenticator = {
    ...known,
    remembered: () => undefined,
    authenticate: async (request) => {
      const decision = await known.authenticate(request)
      await meanwhile(request)
      return decision
    },
  }
  const decide = createDecide(slow, known.route({}), () => {})
  gateEvents(server, { ofRequest: decide, ofSocket: decide }, null)
}

describe('upgrade', () => {
  test('lets a WebSocketServer that knows nothing of certificates see verified clients only', async () => {
    const server = createServer({ ...identity, ...options }, echo)
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket, request) => socket.send(clientCertOf(request)?.subject ?? 'nobody'))
    const port = await listen(server)
    const { fullChainPem: cert, privateKeyPem: key } = clients.good
    const socket = new WebSocket(`wss://127.0.0.1:${port}`, { cert, key, rejectUnauthorized: false })
    const [message] = (await once(socket, 'message')) as [Buffer]
    expect(message.toString()).toBe('CN=alice')
    socket.terminate()
  })

  test.each(refused)('answers 401 to %s and ends the connection', async (name) => {
    const server = createServer({ ...identity, ...options }, echo)
    const upgraded = vi.fn()
    new WebSocketServer({ server }).on('connection', upgraded)
    const client = await createTlsClient({ port: await listen(server), leaf: clients[name] })
    const { statusCode, headers, json, socket } = await client.upgrade()
    expect(statusCode).toBe(401)
    expect(json()).toEqual({ message: expect.stringContaining('TLS certificate') as unknown })
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      connection: 'close',
      'content-type': 'application/json',
      'content-length': expect.any(String) as unknown,
      date: expect.any(String) as unknown,
    })
    expect(socket).toBeNull()
    expect(upgraded).not.toHaveBeenCalled()
  })

  test('guards listeners that were added before the guard, and those added later, even in front', async () => {
    const seen: string[] = []
    const see = (request: IncomingMessage) => seen.push(clientCertOf(request)?.subject ?? 'nobody')
    const server = createHttpsServer(tlsOptions(identity))
    server.on('upgrade', see)
    guard(server, options)
    server.prependListener('upgrade', see)
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    const port = await listen(server)
    await (await createTlsClient({ port, leaf: clients.good })).upgrade()
    await (await createTlsClient({ port })).upgrade()
    expect(seen).toEqual(['CN=alice', 'CN=alice'])
  })

  test('hands over what the client sent behind the request', async () => {
    const server = createServer({ ...identity, ...options }, echo)
    server.on('upgrade', (_request, socket: Duplex, head: Buffer) => socket.end(`head:${head.toString()};`))
    const socket = await dial(await listen(server), clients.good)
    socket.write(`${UPGRADE}early`)
    expect(await readUntil(socket)).toBe('head:early;')
  })

  test('is a plain request where nobody listens for it, as Node has it', async () => {
    const port = await listen(createServer({ ...identity, ...options }, echo))
    const good = await (await createTlsClient({ port, leaf: clients.good })).upgrade()
    const nobody = await (await createTlsClient({ port })).upgrade()
    expect([good.statusCode, nobody.statusCode]).toEqual([200, 401])
  })

  test('closes the connection where the last listener went while the client was verified', async () => {
    const server = createHttpsServer(tlsOptions(identity))
    server.on('upgrade', () => {})
    gateBehind(server, async () => server.removeAllListeners('upgrade'))
    const socket = await dial(await listen(server), clients.good)
    socket.write(UPGRADE)
    expect(await readUntil(socket)).toBe('')
  })
})

describe('connect', () => {
  test('opens a tunnel for a verified client', async () => {
    const server = createServer({ ...identity, ...options }, echo)
    server.on('connect', (request: IncomingMessage, socket: Duplex) =>
      socket.end(`tunnel for ${clientCertOf(request)?.subject}`),
    )
    const socket = await dial(await listen(server), clients.good)
    socket.write(CONNECT)
    expect(await readUntil(socket)).toBe('tunnel for CN=alice')
  })

  test.each(refused)('answers 401 to %s', async (name) => {
    const server = createServer({ ...identity, ...options }, echo)
    const tunnel = vi.fn()
    server.on('connect', tunnel)
    const socket = await dial(await listen(server), clients[name])
    socket.write(CONNECT)
    expect(await readUntil(socket)).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*\r\n\r\n\{"message":"[^"]+"\}$/)
    expect(tunnel).not.toHaveBeenCalled()
  })

  test('closes the connection where nobody listens, as Node does', async () => {
    const socket = await dial(await listen(createServer({ ...identity, ...options }, echo)), clients.good)
    socket.write(CONNECT)
    expect(await readUntil(socket)).toBe('')
  })
})

describe('Expect (RFC 9110 10.1.1)', () => {
  const POST = (expectation: string) =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 4\r\nExpect: ${expectation}\r\n\r\n`

  test('a client is not asked for its body before it is verified', async () => {
    const port = await listen(createServer({ ...identity, ...options }, echo))
    const socket = await dial(port, null)
    socket.write(POST('100-continue'))
    expect(await readUntil(socket)).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('a verified client is asked for its body, and answered', async () => {
    const port = await listen(
      createServer({ ...identity, ...options }, (request, response) => {
        request.pipe(response)
      }),
    )
    const socket = await dial(port, clients.good)
    socket.write(POST('100-continue'))
    expect(await readUntil(socket, '\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    socket.write('body')
    expect(await readUntil(socket)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*body/)
  })

  test('a listener for checkContinue sees verified clients only, and alone decides whether to go on', async () => {
    const server = createServer({ ...identity, ...options }, echo)
    server.on('checkContinue', (_request, response) => {
      response.statusCode = 413
      response.end('too much')
    })
    const port = await listen(server)
    const good = await dial(port, clients.good)
    good.write(POST('100-continue'))
    expect(await readUntil(good)).toMatch(/^HTTP\/1\.1 413 /)
    const nobody = await dial(port, null)
    nobody.write(POST('100-continue'))
    expect(await readUntil(nobody)).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('a listener for checkExpectation sees verified clients only', async () => {
    const server = createServer({ ...identity, ...options }, echo)
    server.on('checkExpectation', (_request, response) => response.end('expected'))
    const port = await listen(server)
    const good = await dial(port, clients.good)
    good.write(POST('miracles'))
    expect(await readUntil(good)).toMatch(/^HTTP\/1\.1 200 /)
    const nobody = await dial(port, null)
    nobody.write(POST('miracles'))
    expect(await readUntil(nobody)).toMatch(/^HTTP\/1\.1 401 /)
  })
})

describe('events are as on a server without a guard', () => {
  test('once is once, and what is removed is not called', async () => {
    const calls: string[] = []
    const server = createServer({ ...identity, ...options }, echo)
    const removed = () => calls.push('removed')
    server.once('request', () => calls.push('once'))
    server.on('request', removed)
    server.on('request', () => calls.push('on'))
    server.off('request', removed)
    const client = await createTlsClient({ port: await listen(server), leaf: clients.good })
    await client.request()
    await client.request()
    expect(calls).toEqual(['once', 'on', 'on'])
    expect(server.listenerCount('request')).toBe(2)
    await client.close()
  })

  test('an event that is emitted by hand is guarded, too', async () => {
    const server = createServer({ ...identity, ...options }, echo)
    const plain = createHttpsServer(tlsOptions(identity), (request, response) => {
      expect(server.emit('request', request, response)).toBe(true)
    })
    const port = await listen(plain)
    expect((await tlsRequest({ port, leaf: clients.good })).statusCode).toBe(200)
    expect((await tlsRequest({ port })).statusCode).toBe(401)
  })

  test('other events pass as they are', () => {
    const server = createServer({ ...identity, ...options })
    const heard = vi.fn()
    expect(server.emit('made-up', 1, 2)).toBe(false)
    server.on('made-up', heard)
    expect(server.emit('made-up', 1, 2)).toBe(true)
    expect(heard).toHaveBeenCalledWith(1, 2)
  })

  test('what a listener throws is an uncaught exception, not a rejected promise', async () => {
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    onTestFinished(() => {
      for (const listener of others) process.on('uncaughtException', listener)
    })
    const caught = once(process, 'uncaughtException')
    const server = createServer({ ...identity, ...options }, () => {
      throw new Error('of the application')
    })
    const socket = await dial(await listen(server), clients.good)
    socket.write(GET)
    const [error, origin] = (await caught) as [Error, string]
    expect([error.message, origin]).toEqual(['of the application', 'uncaughtException'])
  })
})

describe.each([
  ['https', () => createHttpsServer(tlsOptions(identity))],
  ['http', () => createHttpServer()],
])('a connection over %s that is reset while the client is verified', (kind, create) => {
  test.each([
    ['request', GET],
    ['upgrade', UPGRADE],
    ['connect', CONNECT],
  ])('ends no process and reaches no listener: %s', async (event, text) => {
    const server = create()
    const listener = vi.fn()
    server.on(event, listener)
    const raw = connect(await listen(server), '127.0.0.1')
    const settled = new Promise<void>((resolve) => {
      gateBehind(server, async ({ socket }) => {
        const closed = new Promise((done) => socket.once('close', done))
        raw.resetAndDestroy()
        await closed
        setImmediate(resolve)
      })
    })
    raw.write(kind === 'http' ? text : '')
    if (kind === 'https') {
      const { fullChainPem: cert, privateKeyPem: key } = clients.good
      const socket = connectTls({ socket: raw, cert, key, rejectUnauthorized: false }).on('error', () => {})
      await once(socket, 'secureConnect')
      socket.write(text)
    }
    await settled
    expect(listener).not.toHaveBeenCalled()
  })
})
