/** Clients that were let in, and are revoked while they are connected. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, IncomingMessage } from 'node:http'
import { connect, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Authenticator, createAuthenticator } from '@clientcert/core'
import { createAuthority, DEFAULT_CLOCK, headersFor, mintCrl } from '@clientcert/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createServer, type GuardOptions, guard } from '../src/index.ts'
import { createOpenConnections, LOOK_MS } from '../src/open-connections.ts'
import { dial, echo, identity, listen, readUntil } from './serving.ts'

const authority = createAuthority('Clients CA')
const alice = authority.issue('alice')
const bob = authority.issue('bob')

/** A file that holds the authority's CRL, and what replaces it. */
function crlFile() {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'clients.crl')
  const revoke = (...revoked: readonly (typeof alice)[]) => {
    const thisUpdate = new Date(DEFAULT_CLOCK.getTime() - 1_000 * (10 - revoked.length))
    writeFileSync(file, mintCrl(authority, { thisUpdate, number: 1 + revoked.length, entries: revoked }).der)
  }
  revoke()
  return { file, revoke }
}

const optionsFor = (file: string, others: Partial<GuardOptions> = {}): GuardOptions => ({
  trust: { pem: authority.certificate.pem },
  revocation: { crls: { file, reload: 'never' } },
  clock: () => DEFAULT_CLOCK,
  ...others,
})

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

test('a client that is revoked while its connection is open is refused on its next request', async () => {
  const { file, revoke } = crlFile()
  const server = createServer({ ...identity, ...optionsFor(file) }, echo)
  const socket = await dial(await listen(server), alice)
  socket.write(GET)
  expect(await readUntil(socket, '}')).toMatch(/^HTTP\/1\.1 200 OK/)
  revoke(alice)
  await server.clientCertAuthenticator.reload()
  socket.write(GET)
  expect(await readUntil(socket)).toMatch(/^HTTP\/1\.1 401 Unauthorized/)
})

async function openWebSocket(port: number, { fullChainPem: cert, privateKeyPem: key }: typeof alice) {
  const socket = new WebSocket(`wss://127.0.0.1:${port}`, { cert, key, rejectUnauthorized: false })
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

const closed = (socket: WebSocket): Promise<'closed'> => once(socket, 'close').then(() => 'closed')

/** Whether a WebSocket carries a message there and back. */
async function echoes(socket: WebSocket): Promise<'open'> {
  socket.send('still here?')
  await once(socket, 'message')
  return 'open'
}

function webSockets(server: ReturnType<typeof createServer>): void {
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data))
    socket.on('error', () => {})
  })
}

test("openConnections 'close' ends the WebSocket of whoever is revoked, and of nobody else", async () => {
  const { file, revoke } = crlFile()
  const server = createServer({ ...identity, ...optionsFor(file, { openConnections: 'close' }) })
  webSockets(server)
  const port = await listen(server)
  const [hers, his] = [await openWebSocket(port, alice), await openWebSocket(port, bob)]
  revoke(alice)
  const isClosed = closed(hers)
  await server.clientCertAuthenticator.reload()
  expect(await isClosed).toBe('closed')
  expect(await echoes(his)).toBe('open')
})

test("the default, 'refuse-next-request', leaves a WebSocket open", async () => {
  const { file, revoke } = crlFile()
  const server = createServer({ ...identity, ...optionsFor(file) })
  webSockets(server)
  const socket = await openWebSocket(await listen(server), alice)
  revoke(alice)
  await server.clientCertAuthenticator.reload()
  expect(await echoes(socket)).toBe('open')
})

test("'close' ends an idle keep-alive connection as well", async () => {
  const { file, revoke } = crlFile()
  const server = createServer({ ...identity, ...optionsFor(file, { openConnections: 'close' }) }, echo)
  const socket = await dial(await listen(server), alice)
  socket.write(GET)
  await readUntil(socket, '}')
  revoke(alice)
  await server.clientCertAuthenticator.reload()
  expect(await readUntil(socket)).toBe('')
})

describe('a connection that serves two hosts', () => {
  /** A download of a, and whatever is asked for at b. */
  async function serveTwo() {
    const [ofA, ofB] = [crlFile(), crlFile()]
    const entry = (file: string) => ({ revocation: { crls: { file, reload: 'never' } } }) as const
    const hosts = { 'a.example': entry(ofA.file), 'b.example': entry(ofB.file) }
    const around = { trust: { pem: authority.certificate.pem }, clock: () => DEFAULT_CLOCK }
    const server = createServer({ ...identity, ...around, hosts, openConnections: 'close' }, (request, response) => {
      const { entry } = request.clientCertDecision.host ?? {}
      if (entry === 'a.example') response.write('of a')
      else response.end('{}')
    })
    const socket = await dial(await listen(server), alice)
    return { ofA, ofB, socket, reload: server.clientCertAuthenticator.reload }
  }
  const ask = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`

  test("is closed for what is still sent by the first, which refuses its client now (openConnections 'close')", async () => {
    const { ofA, socket, reload } = await serveTwo()
    // Pipelined: the answers wait for the download of a to end.
    socket.write(ask('a.example') + ask('b.example'))
    expect(await readUntil(socket, 'of a')).toMatch(/^HTTP\/1\.1 200 OK/)
    ofA.revoke(alice)
    await reload()
    expect(await readUntil(socket)).not.toContain('HTTP/1.1')
  })

  test('is closed for one that answered before as well', async () => {
    const { ofB, socket, reload } = await serveTwo()
    socket.write(ask('b.example') + ask('a.example'))
    await readUntil(socket, 'of a')
    ofB.revoke(alice)
    await reload()
    expect(await readUntil(socket)).toBe('')
  })
})

test('a connection of a proxy is not closed for one of the clients behind it', async () => {
  const { file, revoke } = crlFile()
  const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } as const
  const server = guard(createHttpServer(), optionsFor(file, { from, openConnections: 'close' }))
  server.on('request', (_request, response) => response.end('ok'))
  const port = await listen(server)
  const socket = connect({ port, host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  const ask = async (leaf: typeof alice): Promise<string> => {
    const lines = Object.entries(headersFor('nginx', leaf)).map(([name, value]) => `${name}: ${String(value)}\r\n`)
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`)
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    return chunk.toString('latin1').slice(0, 12)
  }
  expect(await ask(alice)).toBe('HTTP/1.1 200')
  revoke(alice)
  await server.clientCertAuthenticator.reload()
  expect(await ask(bob)).toBe('HTTP/1.1 200')
  expect(await ask(alice)).toBe('HTTP/1.1 401')
})

test("'close' ends the connection of a client whose certificate expires, though nothing is loaded or asked", async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  let now = DEFAULT_CLOCK
  const { file } = crlFile()
  const options = optionsFor(file, { openConnections: 'close', clock: () => now })
  const server = createServer({ ...identity, ...options })
  webSockets(server)
  const socket = await openWebSocket(await listen(server), alice)
  vi.advanceTimersByTime(LOOK_MS)
  expect(await echoes(socket)).toBe('open')
  now = new Date(DEFAULT_CLOCK.getTime() + 3_650 * 86_400_000)
  const isClosed = closed(socket)
  vi.advanceTimersByTime(LOOK_MS)
  expect(await isClosed).toBe('closed')
})

test('a word that is none is refused', () => {
  const { file } = crlFile()
  const options = { ...optionsFor(file), openConnections: 'drop' } as never
  expect(() => guard(createHttpServer(), options)).toThrow(/openConnections: is "drop"/)
})

test('the event loop gets a turn between any two decisions of a sweep: each may cost what a client may cost', async () => {
  const { file } = crlFile()
  const real = createAuthenticator(optionsFor(file))
  onTestFinished(() => real.close())
  const accepted = await real.verify({ pem: alice.fullChainPem })
  let turns = 0
  const seen: number[] = []
  const tell: (() => void)[] = []
  const authenticator: Authenticator = {
    ...real,
    onChange: (listener) => {
      tell.push(() => listener({ kind: 'trust' }))
      return () => {}
    },
    authenticate: () => {
      seen.push(turns)
      return Promise.resolve(accepted)
    },
  }
  const fail = (error: unknown) => expect.unreachable(String(error))
  const open = createOpenConnections(authenticator, real.route({}), () => DEFAULT_CLOCK, fail)
  onTestFinished(open.close)
  for (let each = 0; each < 50; each++) open.watch(new IncomingMessage(new Socket()), accepted)
  const count = () => {
    turns++
    if (seen.length < 50) setImmediate(count)
  }
  setImmediate(count)
  for (const listener of tell) listener()
  await vi.waitFor(() => expect(seen).toHaveLength(50))
  expect(new Set(seen).size).toBe(50)
})
