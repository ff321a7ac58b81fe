/** The clients of a whole context, whose material rotates. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TlsMaterialSource } from '@clientcert/core'
import { createAuthority } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ContextOptions, ProtocolOptions, ServerOptions, TlsContext } from '../../src/index.ts'
import { contextOf } from '../serving.ts'
import { eventually, failureOf, read } from './sending.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './test-server.ts'

const clients = createAuthority('Clients CA')

/** Material that goes on to the next certificate when the test says so: `client-2` after `client-1`. */
function createRotatingSource(caCertChain: string) {
  let number = 1
  let changed = () => {}
  const source: TlsMaterialSource = {
    name: 'rotating',
    load: () => {
      const { fullChainPem: certChain, privateKeyPem: privateKey } = clients.issue(`client-${number}`)
      return { certChain, privateKey, caCertChain }
    },
    watch: (listener) => {
      changed = listener
      return () => {}
    },
  }
  return {
    source,
    number: () => number,
    next: () => {
      number += 1
      changed()
    },
  }
}

async function start(
  serverOptions: TestServerOptions = {},
  options: ContextOptions & ServerOptions & ProtocolOptions = {},
) {
  const server = await startTestServer(serverOptions)
  const rotating = createRotatingSource(server.authorityPem)
  const context = contextOf({ source: rotating.source, gracePeriodMs: 60_000, ...options })
  await context.ready()
  /** Resolves when the next certificate is in use. */
  const rotate = async () => {
    const rotated = new Promise<void>((resolve) => {
      const stop = context.onRotation(() => {
        stop()
        resolve()
      })
    })
    rotating.next()
    await rotated
  }
  return { server, context, rotate, newest: () => `client-${rotating.number()}` }
}

type Send = (path: string, body?: string) => Promise<string>

/** Each client that a context has, as what sends a request by it. */
const CLIENTS: Record<string, (context: TlsContext, server: TestServer) => Send> = {
  'https.request': (context, server) => {
    const agent = context.agent()
    return byAgent(agent, server)
  },
  'https.request, two connections at most': (context, server) => byAgent(context.agent({ maxSockets: 2 }), server),
  fetch: (context, server) => byFetch(context.dispatcher(), server),
  'fetch, two connections at most': (context, server) => byFetch(context.dispatcher({ connections: 2 }), server),
  'fetch over HTTP/2': (context, server) => byFetch(context.dispatcher({ allowH2: true }), server),
  http2: (context, server) => {
    const client = context.http2(server.origin)
    onTestFinished(() => client.close())
    return async (path, body) => {
      const stream = await client.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST' })
      if (body !== undefined) stream.end(body)
      let text = ''
      for await (const chunk of stream) text += String(chunk)
      return text
    }
  },
}

function byAgent(agent: ReturnType<TlsContext['agent']>, server: TestServer): Send {
  return (path, body) => {
    const sent = request(server.origin, { agent, path, method: body === undefined ? 'GET' : 'POST' })
    sent.end(body)
    return read(sent)
  }
}

function byFetch(dispatcher: ReturnType<TlsContext['dispatcher']>, server: TestServer): Send {
  onTestFinished(() => dispatcher.destroy())
  return async (path, body) => {
    const init: object = { dispatcher, ...(body === undefined ? {} : { method: 'POST', body }) }
    const response = await fetch(`${server.origin}${path}`, init)
    return response.text()
  }
}

/** fetch has it as the cause. */
const reasonOf = async (sent: Promise<unknown>): Promise<unknown> => {
  const error = await failureOf(sent)
  return error instanceof TypeError ? error.cause : error
}

describe.each(Object.entries(CLIENTS))('%s', (name, createSend) => {
  const isHttp2 = name.includes('2') && !name.includes('two')

  test('loses no request while the certificate rotates ten times, and presents the newest on every new connection', async () => {
    const { server, context, rotate, newest } = await start({ protocol: isHttp2 ? 'h2' : 'http1' })
    const send = createSend(context, server)
    let answered = 0
    let running = true
    const load = Array.from({ length: 4 }, async (_, worker) => {
      while (running) {
        const body = worker % 2 === 0 ? undefined : `of ${worker}`
        expect(await send('/', body)).toMatch(body === undefined ? /^client-\d+$/ : /^client-\d+: of \d$/)
        answered += 1
      }
    })
    for (let rotation = 1; rotation <= 10; rotation++) {
      const before = answered
      await eventually(() => expect(answered).toBeGreaterThan(before + 8))
      await rotate()
      expect(await createSend(context, server)('/')).toBe(newest())
    }
    running = false
    await Promise.all(load)
    expect(await send('/')).toBe('client-11')
    expect(new Set(server.connections.map(({ client }) => client)).size).toBe(11)
    await eventually(() => expect(context.status().connections.retiring).toBe(0))
    expect(context.status().rotations).toBe(10)
  })

  test('finishes what runs while the certificate rotates, and ends it after the grace period with ERR_UPSTREAM_RETIRED', async () => {
    const { server, context, rotate } = await start({ protocol: isHttp2 ? 'h2' : 'http1' })
    const send = createSend(context, server)
    const slow = send('/slow')
    const { response } = await server.arrived('/slow')
    await rotate()
    expect(await send('/')).toBe('client-2')
    response.end('done')
    expect(await slow).toBe('done')

    const impatient = await start({ protocol: isHttp2 ? 'h2' : 'http1' }, { gracePeriodMs: 1 })
    const retired = reasonOf(createSend(impatient.context, impatient.server)('/slow'))
    await impatient.server.arrived('/slow')
    await impatient.rotate()
    expect(await retired).toMatchObject({ name: 'UpstreamError', code: 'ERR_UPSTREAM_RETIRED' })
  })

  test('refuses another server by its typed reason, and sends it nothing', async () => {
    const { server, context } = await start({ protocol: isHttp2 ? 'h2' : 'http1', as: 'other' })
    const error = await reasonOf(createSend(context, server)('/', 'secret'))
    expect(error).toMatchObject({ name: 'UpstreamError', code: 'ERR_UPSTREAM_HOST' })
    expect(server.requests).toEqual([])
  })

  test('ends with its context: what runs is finished, and nothing is sent any more', async () => {
    const { server, context } = await start({ protocol: isHttp2 ? 'h2' : 'http1' })
    const send = createSend(context, server)
    expect(await send('/')).toBe('client-1')
    const slow = send('/slow')
    const { response } = await server.arrived('/slow')
    const closing = context.close()
    expect(await reasonOf(send('/'))).toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' })
    response.end('done')
    expect(await slow).toBe('done')
    await closing
    await eventually(() => expect(server.open.size).toBe(0))
  })
})

test('http2 refuses a server that does not speak h2, with ERR_UPSTREAM_PROTOCOL', async () => {
  const { server, context } = await start()
  expect(await reasonOf(context.http2(server.origin).session())).toMatchObject({ code: 'ERR_UPSTREAM_PROTOCOL' })
})

test('an agent connects over a Unix socket, and tells where there is none', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'clients-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const socketPath = join(directory, 'socket')
  const { context } = await start({ path: socketPath })
  const agent = context.agent()
  expect(await read(get({ agent, host: 'localhost', socketPath }))).toBe('client-1')
  const missing = get({ agent, host: 'localhost', socketPath: join(directory, 'missing') })
  expect(await failureOf(read(missing))).toMatchObject({ code: 'ENOENT' })
})

test('a request that is destroyed while it connects takes its connection with it', async () => {
  const { server, context } = await start()
  const sent = get(server.origin, { agent: context.agent() })
  await eventually(() => expect(context.status().connections.open).toBe(1))
  sent.destroy()
  expect((await once(sent, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' })
  await eventually(() => expect(context.status().connections.open).toBe(0))
  expect(server.requests).toEqual([])
})
