/** Gateways made with other people's proxies: what a client writes never arrives, and what was decided always does. */
import { createServer, request as requestOverHttps, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import * as express from '@clientcert/express'
import { clientCert, forwardHeaders } from '@clientcert/fastify'
import { createAuthority, headersFor, type Leaf, serverCertificate } from '@clientcert/testing'
import httpProxy from '@fastify/http-proxy'
import expressApp from 'express'
import Fastify, { type FastifyRequest } from 'fastify'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import {
  type Application,
  alice,
  assertingNames,
  bob,
  clock,
  expired,
  spoofed,
  startApplication,
  trust,
} from './applications.ts'

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Gateway CA'))
/** Room for what every proxy's headers take together. */
const tls = { ...express.tlsOptions({ key, cert }), maxHeaderSize: 65_536 }
const options = { trust, clock, mode: 'accept-unverified' } as const

type Gateway = Readonly<{ port: number }>

async function fastifyGateway({ port }: Application): Promise<Gateway> {
  const app = Fastify({ https: tls })
  await app.register(clientCert, options)
  // Documented, and not in the types of the library.
  const forwarding = {
    headers: {},
    rewriteRequestHeaders: (headers: Record<string, string>, request: FastifyRequest) =>
      forwardHeaders(request.clientCertDecision, 'nginx', headers),
  }
  await app.register(httpProxy, {
    upstream: `http://127.0.0.1:${port}`,
    websocket: true,
    replyOptions: {
      rewriteRequestHeaders: (request, headers) => forwardHeaders(request.clientCertDecision, 'nginx', headers),
    },
    wsClientOptions: forwarding,
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  return { port: (app.server.address() as AddressInfo).port }
}

async function expressGateway({ port }: Application): Promise<Gateway> {
  const guard = express.clientCert(options)
  const proxy = createProxyMiddleware({ target: `http://127.0.0.1:${port}` })
  const app = expressApp()
  app.use(guard)
  app.use((request, _response, next) => {
    express.setForwardHeaders(request, request.clientCertDecision, 'nginx')
    next()
  })
  app.use(proxy)
  const server = createServer(tls, app)
  server.on('upgrade', (request, socket, head) => {
    void guard.authenticator.authenticate(request).then((decision) => {
      express.setForwardHeaders(request, decision, 'nginx')
      proxy.upgrade(request, socket as Socket, head)
    })
  })
  return listen(server, guard.close)
}

async function listen(server: Server, close: () => void): Promise<Gateway> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    close()
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port }
}

/** Asks the gateway, with a body. */
function ask({ port }: Gateway, leaf: Leaf | null, headers: readonly string[] = []): Promise<string> {
  const credentials = leaf === null ? {} : { cert: leaf.fullChainPem, key: leaf.privateKeyPem }
  return new Promise((resolve, reject) => {
    const lines = ['Host', 'localhost', 'Content-Length', '4', ...headers]
    const sent = requestOverHttps(
      {
        host: '127.0.0.1',
        port,
        agent: false,
        method: 'POST',
        headers: lines,
        rejectUnauthorized: false,
        ...credentials,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      },
    )
    sent.on('error', reject).end('body')
  })
}

/** Opens a WebSocket through the gateway; resolves with the greeting. */
function greet({ port }: Gateway, leaf: Leaf | null, headers: Readonly<Record<string, string>>): Promise<string> {
  const credentials = leaf === null ? {} : { cert: leaf.fullChainPem, key: leaf.privateKeyPem }
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false, headers, ...credentials })
    socket.on('error', reject)
    socket.on('message', (greeting: Buffer) => {
      resolve(greeting.toString())
      socket.terminate()
    })
  })
}

const nginxOf = (leaf: Leaf | null) => Object.keys(headersFor('nginx', leaf))

/** `@fastify/http-proxy` cannot forward such a request at all. */
const withExpect = (said: string): RegExp => new RegExp(`^${said}$|expect header not supported`)

describe.each([
  ['@fastify/http-proxy', fastifyGateway],
  ['http-proxy-middleware', expressGateway],
] as const)('behind %s', (_, start) => {
  test('the application reads what the gateway decided', async () => {
    const application = await startApplication()
    const gateway = await start(application)
    expect(await ask(gateway, alice)).toBe('accepted CN=alice')
    expect(await ask(gateway, expired)).toBe('unverified ERR_PATH_EXPIRED')
    expect(await ask(gateway, null)).toBe('anonymous')
  })

  test('nothing arrives that a client writes under the name of a header of any proxy, or a similar one', async () => {
    const application = await startApplication()
    const gateway = await start(application)
    const bobs = Object.entries(await spoofed()).flat()
    for (const [leaf, said] of [
      [alice, 'accepted CN=alice'],
      [null, 'anonymous'],
    ] as const) {
      expect(await ask(gateway, leaf, [...bobs, 'X-Kept', '1'])).toBe(said)
      expect(application.last().names).toContain('x-kept')
      expect(new Set(assertingNames(application.last().names))).toEqual(new Set(nginxOf(leaf)))
    }
  })

  test.each([
    [
      'twice',
      ['ssl-client-cert', 'a', 'ssl-client-cert', 'b', 'SSL-CLIENT-VERIFY', 'SUCCESS', 'ssl-client-verify', 'NONE'],
    ],
    ['named in Connection', ['Connection', 'close, ssl-client-cert, ssl-client-verify']],
    ['named in Connection as they are folded', ['Connection', 'ssl_client_cert', 'Connection', 'ssl.client.verify']],
  ])('the same headers are what was decided: %s', async (_title, lines) => {
    const application = await startApplication()
    const gateway = await start(application)
    const { 'ssl-client-cert': certificate = '' } = headersFor('nginx', bob)
    const spoofs = lines.map((text) => (text === 'a' || text === 'b' ? certificate : text))
    expect(await ask(gateway, alice, spoofs)).toBe('accepted CN=alice')
    expect(await ask(gateway, null, spoofs)).toBe('anonymous')
    expect(assertingNames(application.last().names)).toEqual(nginxOf(null))
  })

  test('a request with Expect, whose headers libraries send at once, is refused or of its own client', async () => {
    const application = await startApplication()
    const gateway = await start(application)
    const bobs = Object.entries(headersFor('nginx', bob)).flat()
    expect(await ask(gateway, alice, ['Expect', '100-continue', ...bobs])).toMatch(withExpect('accepted CN=alice'))
    expect(await ask(gateway, null, ['Expect', '100-continue', ...bobs])).toMatch(withExpect('anonymous'))
  })

  test('a WebSocket is of the client whose connection it is', async () => {
    const application = await startApplication()
    const gateway = await start(application)
    const bobs = headersFor('nginx', bob)
    expect(await greet(gateway, alice, bobs)).toBe('accepted CN=alice')
    expect(await greet(gateway, null, bobs)).toBe('anonymous')
    expect(await greet(gateway, null, { ...bobs, ssl_client_cert: 'x', 'client-cert': ':x:' })).toBe('anonymous')
    expect(assertingNames(application.last().names)).toEqual(nginxOf(null))
  })
})

describe('on.proxyReq of http-proxy-middleware', () => {
  test('is no place to replace headers: a request with Expect is sent without it', async () => {
    const application = await startApplication()
    const called: string[] = []
    const proxy = createProxyMiddleware({
      target: `http://127.0.0.1:${application.port}`,
      on: { proxyReq: (_sent, request) => void called.push(request.headers.expect ?? 'no Expect') },
    })
    const gateway = await listen(
      createServer(tls, (request, response) => void proxy(request, response)),
      () => {},
    )
    const bobs = Object.entries(headersFor('nginx', bob)).flat()
    await ask(gateway, null, bobs)
    expect(await ask(gateway, null, ['Expect', '100-continue', ...bobs])).toBe('accepted CN=bob')
    expect(called).toEqual(['no Expect'])
  })
})
