/** Ways to a server that are not the connector's own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { request as undiciRequest } from 'undici'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createAgent } from '../../src/clients/agent.ts'
import { createDispatcher } from '../../src/clients/dispatcher.ts'
import { eventually, failureOf, read, send, start } from './sending.ts'

async function temporaryPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'clients-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'socket')
}

test('an agent connects over a Unix socket, verified like all others (socketPath)', async () => {
  const socketPath = await temporaryPath()
  const { server, connector } = await start({ path: socketPath })
  const agent = createAgent(connector)
  expect(await read(get({ agent, host: 'localhost', socketPath }))).toBe('client-1')
  expect(await failureOf(read(get({ agent, host: 'other.example', socketPath })))).toMatchObject({
    code: 'ERR_UPSTREAM_HOST',
  })
  expect(server.requests).toHaveLength(1)
})

test('a dispatcher connects over a Unix socket, verified like all others (socketPath)', async () => {
  const socketPath = await temporaryPath()
  const { connector } = await start({ path: socketPath })
  const dispatcher = createDispatcher(connector, { socketPath })
  onTestFinished(() => dispatcher.destroy())
  const { body } = await undiciRequest('https://localhost', { dispatcher })
  expect(await body.text()).toBe('client-1')
  expect(await failureOf(undiciRequest('https://other.example', { dispatcher }))).toMatchObject({
    code: 'ERR_UPSTREAM_HOST',
  })
})

test('a Unix socket that is not there is the error of the request', async () => {
  const socketPath = await temporaryPath()
  const { connector } = await start()
  const sent = get({ agent: createAgent(connector), host: 'localhost', socketPath })
  expect(await failureOf(read(sent))).toMatchObject({ code: 'ENOENT' })
})

test('a connection that was made for a refused one is ended with it', async () => {
  const { server, connector } = await start({ as: 'other' })
  const raw = vi.fn()
  server.server.on('connection', (socket: Socket) => {
    raw('open')
    socket.once('close', () => void raw('closed'))
  })
  const sent = send(server, createAgent(connector), { autoSelectFamily: false } as object)
  expect(await failureOf(sent)).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
  await eventually(() => expect(raw.mock.calls).toEqual([['open'], ['closed']]))
})

test('a connection that was made for a connector that does not look at it is ended', async () => {
  const { server, connector } = await start()
  connector.close('told')
  const sent = send(server, createAgent(connector), { autoSelectFamily: false } as object)
  expect(await failureOf(sent)).toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' })
  expect(connector.targets[0]?.socket?.destroyed).toBe(true)
})

test('an agent asks the lookup that a request brings, and checks the name that was asked for', async () => {
  const { server, connector } = await start()
  const asked: string[] = []
  const lookup: LookupFunction = (name, options, callback) => {
    asked.push(name)
    if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }
  const at = (host: string) => `https://${host}:${server.port}`
  const agent = createAgent(connector)
  expect(await read(get(at('localhost'), { agent, lookup }))).toBe('client-1')
  expect(await failureOf(read(get(at('service.test'), { agent, lookup })))).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
  const expecting = createAgent(connector, { lookup, expectedServer: { host: 'localhost' } })
  expect(await read(get(at('service.test'), { agent: expecting }))).toBe('client-1')
  expect(asked).toEqual(['localhost', 'service.test', 'service.test'])
  expect(server.connections.at(-1)).toMatchObject({ servername: 'service.test' })
})

test('localAddress and family are passed on', async () => {
  const { server, connector } = await start()
  const from: (string | undefined)[] = []
  server.server.on('secureConnection', (socket: TLSSocket) => from.push(socket.remoteAddress))
  await send(server, createAgent(connector), { localAddress: '127.0.0.2', family: 4 })
  const dispatcher = createDispatcher(connector, { localAddress: '127.0.0.3' })
  onTestFinished(() => dispatcher.destroy())
  await (await undiciRequest(`https://127.0.0.1:${server.port}`, { dispatcher })).body.dump()
  expect(from).toEqual(['127.0.0.2', '127.0.0.3'])
  expect(connector.targets[0]).toMatchObject({ family: 4 })
})

test('a dispatcher passes on how addresses are tried (autoSelectFamily)', async () => {
  const { server, connector } = await start()
  const dispatcher = createDispatcher(connector, { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 500 })
  onTestFinished(() => dispatcher.destroy())
  const { body } = await undiciRequest(server.origin, { dispatcher })
  expect(await body.text()).toBe('client-1')
  expect(connector.targets[0]?.socket).toBeDefined()
})
