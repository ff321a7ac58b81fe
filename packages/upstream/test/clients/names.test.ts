/** Whom do we ask for, and whom do we check? What a gateway passes on of its client must not say. */
import { once } from 'node:events'
import { get } from 'node:https'
import { fetch as undiciFetch, request as undiciRequest } from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createAgent } from '../../src/clients/agent.ts'
import { createDispatcher } from '../../src/clients/dispatcher.ts'
import { createHttp2Client } from '../../src/clients/http2-client.ts'
import type { Connector } from '../../src/connection/connector.ts'
import { eventually, failureOf, read, start } from './sending.ts'

/** What Node's types of fetch do not have: the dispatcher. */
const options = (dispatcher: unknown, headers: Record<string, string>): object => ({ dispatcher, headers })

function dispatcherFor(connector: Connector) {
  const dispatcher = createDispatcher(connector)
  onTestFinished(() => dispatcher.destroy())
  return dispatcher
}

/** Sends a request with the Host header (:authority) `other.example`, which the server does not answer for. */
const CLIENTS: Record<string, (connector: Connector, url: string) => Promise<string>> = {
  'https.request': (connector, url) =>
    read(get(url, { agent: createAgent(connector), headers: { host: 'other.example' } })),
  fetch: async (connector, url) =>
    (await fetch(url, options(dispatcherFor(connector), { host: 'other.example' }))).text(),
  'fetch of undici': async (connector, url) =>
    (await undiciFetch(url, options(dispatcherFor(connector), { host: 'other.example' }))).text(),
  'undici.request': async (connector, url) =>
    (await undiciRequest(url, options(dispatcherFor(connector), { host: 'other.example' }))).body.text(),
  ws: async (connector, url) => {
    const socket = new WebSocket(url, { agent: createAgent(connector), headers: { host: 'other.example' } })
    onTestFinished(() => socket.terminate())
    return String((await once(socket, 'message'))[0])
  },
  http2: async (connector, url) => {
    const client = createHttp2Client(connector, url)
    onTestFinished(() => client.close())
    const stream = await client.request({ ':authority': 'other.example' })
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    return text
  },
}

async function startFor(name: string, as: 'localhost' | 'other') {
  const started = await start({ protocol: name === 'http2' ? 'h2' : 'http1', as })
  if (name === 'ws') {
    const sockets = new WebSocketServer({ server: started.server.server as never })
    sockets.on('connection', (socket) => socket.send('client-1'))
  }
  return started
}

describe.each(Object.entries(CLIENTS))('a Host header that names another server, by %s', (name, send) => {
  test.each(['localhost', '127.0.0.1'])(
    'changes neither the name that is sent nor the one that is checked (%s)',
    async (host) => {
      const { server, connector } = await startFor(name, 'localhost')
      expect(await send(connector, `https://${host}:${server.port}`)).toBe('client-1')
      expect(server.connections).toEqual([{ client: 'client-1', servername: host === 'localhost' && host }])
      // It was not even said: what is sent by default is for the context to know (`sni`).
      expect(connector.targets).toHaveLength(1)
      expect(connector.targets[0]).not.toHaveProperty('servername')
    },
  )

  test('admits no server that only has that name', async () => {
    const { server, connector } = await startFor(name, 'other')
    const error = await failureOf(send(connector, server.origin))
    expect(error.code ?? (error.cause as typeof error).code).toBe('ERR_UPSTREAM_HOST')
    expect(server.requests).toEqual([])
  })
})

describe('a servername that the caller gives is sent and checked', () => {
  test('by https.request', async () => {
    const { server, connector } = await start({ as: 'other' })
    const agent = createAgent(connector)
    expect(await read(get(server.origin, { agent, servername: 'other.example' }))).toBe('client-1')
    expect(server.connections[0]?.servername).toBe('other.example')
    // And is not that of the next, who did not give it: a connection is for its name.
    expect(await failureOf(read(get(server.origin, { agent })))).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
  })

  test('by https.request through an agent that was given it', async () => {
    const { server, connector } = await start({ as: 'other' })
    const agent = createAgent(connector, { servername: 'other.example' })
    expect(await read(get(server.origin, { agent }))).toBe('client-1')
  })

  test('by undici.request', async () => {
    const { server, connector } = await start({ as: 'other' })
    const dispatcher = dispatcherFor(connector)
    const named = { dispatcher, servername: 'other.example' }
    const { body } = await undiciRequest(server.origin, named)
    expect(await body.text()).toBe('client-1')
    expect(server.connections[0]?.servername).toBe('other.example')
    expect(await failureOf(undiciRequest(server.origin, { dispatcher }))).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
  })

  test('by http2', async () => {
    const { server, connector } = await start({ as: 'other', protocol: 'h2' })
    const client = createHttp2Client(connector, server.origin, { servername: 'other.example' })
    onTestFinished(() => client.close())
    await client.session()
    await eventually(() => expect(server.connections[0]?.servername).toBe('other.example'))
  })
})

test('one connection serves all Host headers', async () => {
  const { server, connector } = await start()
  const agent = createAgent(connector)
  const dispatcher = dispatcherFor(connector)
  for (const host of ['a.example', 'b.example']) {
    const sent = get(server.origin, { agent, headers: { host } })
    await read(sent)
    await (await undiciRequest(server.origin, { dispatcher, headers: { host } })).body.text()
  }
  expect(server.connections).toHaveLength(2)
})

test('expectedServer is passed to the connector by each client', async () => {
  const expectedServer = { trustDomain: 'cluster.local' }
  const { server, connector } = await start({ protocol: 'h2 and http1' })
  await read(get(server.origin, { agent: createAgent(connector, { expectedServer }) }))
  const dispatcher = createDispatcher(connector, { expectedServer })
  onTestFinished(() => dispatcher.destroy())
  await (await undiciRequest(server.origin, { dispatcher })).body.text()
  const client = createHttp2Client(connector, server.origin, { expectedServer })
  await client.session()
  await client.close()
  expect(connector.targets.map((target) => target.expectedServer)).toEqual([
    expectedServer,
    expectedServer,
    expectedServer,
  ])
})
