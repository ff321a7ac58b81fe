import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  answerOcspRequest,
  broken,
  createAuthority,
  headersFor,
  injectWithCertificate,
  mintCrl,
  serverCertificate,
  startRevocationServer,
  tlsRequest,
} from '@clientcert/testing'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import * as express from './express/server.ts'
import * as fastify from './fastify/server.ts'
import * as forwarding from './forwarding/server.ts'
import { startMesh } from './gateway/mesh.ts'
import * as gateway from './gateway/server.ts'
import * as hono from './hono/server.ts'
import * as https from './https/server.ts'
import * as koa from './koa/server.ts'
import * as nest from './nest/server.ts'
import * as passport from './passport/server.ts'
import * as revocation from './revocation/server.ts'

// The examples go by the machine's clock, as programs do.
const at = new Date()
const root = createAuthority({ subject: 'Example Clients CA', at })
const alice = root.issue({ subject: 'alice', san: { email: 'alice@example.com' } })
const bob = root.issue({ subject: 'bob', san: { email: 'bob@example.com' } })
const expired = broken.expired(root, { subject: 'alice', san: { email: 'alice@example.com' } })
const forged = broken.otherAuthority(root).issue({ subject: 'alice', san: { email: 'alice@example.com' } })

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority({ subject: 'Server CA', at }))
const options = { cert, key, trust: { pem: root.certificate.pem }, port: 0 }

const started: Server[] = []
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function running(starting: Promise<Server>): Promise<Server> {
  const server = await starting
  started.push(server)
  return server
}

const logger = { info: () => {}, warn: () => {} }
const startRevocation = () =>
  revocation.start({
    ...options,
    crls: { pem: mintCrl(root).pem },
    responders: { hosts: ['ocsp.example.com'] },
    logger,
  })

const startFastify = async () => (await fastify.start(options)).server

describe.each([
  { name: 'fastify', start: startFastify, client: 'CN=alice' },
  { name: 'https', start: () => https.start(options), client: 'CN=alice' },
  { name: 'revocation', start: startRevocation, client: 'CN=alice' },
  { name: 'passport', start: () => passport.start(options), client: { name: 'Alice' } },
  { name: 'nest', start: () => nest.start(options), client: 'CN=alice' },
  { name: 'koa', start: () => koa.start(options), client: 'CN=alice' },
  { name: 'hono', start: () => hono.start(options), client: 'CN=alice' },
])('the $name example', ({ start, client }) => {
  test('lets a client with a good certificate in, and knows who it is', async () => {
    const response = await injectWithCertificate(await running(start()), alice, '/')
    expect(response.json()).toEqual({ client })
    expect(response.statusCode).toBe(200)
  })

  test.each([
    { whose: 'no certificate', leaf: null },
    { whose: 'an expired certificate', leaf: expired },
    { whose: 'a certificate of another authority with the same name', leaf: forged },
  ])('refuses a client with $whose, and keeps the reason to itself', async ({ leaf }) => {
    const response = await injectWithCertificate(await running(start()), leaf, '/')
    expect(response.statusCode).toBe(401)
    expect(response.body).not.toMatch(/alice|expire|signature|ERR_(?!CLIENT_CERT_)/i)
  })
})

describe('the fastify example', () => {
  test('has a route that asks nobody, and one for a single client', async () => {
    const app = await running(startFastify())
    const get = async (leaf: typeof alice | null, path: string) =>
      (await injectWithCertificate(app, leaf, path)).statusCode
    expect(await get(null, '/health')).toBe(200)
    expect(await get(alice, '/admin')).toBe(200)
    expect(await get(bob, '/admin')).toBe(403)
    expect(await get(null, '/admin')).toBe(401)
  })
})

describe('the https example', () => {
  test('has a path for a single client', async () => {
    const server = await running(https.start(options))
    expect((await injectWithCertificate(server, alice, '/admin')).json()).toEqual({ welcome: 'Alice' })
    expect((await injectWithCertificate(server, bob, '/admin')).statusCode).toBe(403)
  })

  test('guards its WebSockets as well', async () => {
    const { port } = (await running(https.start(options))).address() as AddressInfo
    const connect = (credentials: { cert?: string; key?: string }) =>
      new WebSocket(`wss://localhost:${port}`, { ...credentials, rejectUnauthorized: false })

    const known = connect({ cert: alice.fullChainPem, key: alice.privateKeyPem })
    const [greeting] = (await once(known, 'message')) as unknown[]
    expect(String(greeting)).toBe('Hello CN=alice')
    known.terminate()

    const [error] = (await once(connect({}), 'error')) as unknown[]
    expect(String(error)).toContain('401')
  })
})

describe('the revocation example', () => {
  test('refuses whom the CRL in its file revokes, and ends the WebSocket of who is revoked while connected', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clientcert-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'clients.crl')
    const publish = (number: number, entries: readonly (typeof alice)[]) => {
      writeFileSync(join(folder, 'new'), mintCrl(root, { number, entries }).pem)
      renameSync(join(folder, 'new'), file)
    }
    publish(1, [bob])
    const responders = { hosts: ['ocsp.example.com'] }
    const server = await running(revocation.start({ ...options, crls: { file }, responders, logger }))
    expect((await injectWithCertificate(server, bob, '/')).statusCode).toBe(401)

    const { port } = server.address() as AddressInfo
    const { fullChainPem, privateKeyPem } = alice
    const credentials = { cert: fullChainPem, key: privateKeyPem, rejectUnauthorized: false }
    const socket = new WebSocket(`wss://localhost:${port}`, credentials)
    const [greeting] = (await once(socket, 'message')) as unknown[]
    expect(String(greeting)).toBe('Hello CN=alice')
    publish(2, [bob, alice])
    await once(socket, 'close')
    expect((await injectWithCertificate(server, alice, '/')).statusCode).toBe(401)
  })

  test('asks the responder that a certificate names, and says who came in because it is down', async () => {
    const publisher = await startRevocationServer({
      ocsp: {
        '/ocsp': (request) =>
          answerOcspRequest(request, { issuer: online, statusOf: () => ({ reason: 'superseded' }) }),
      },
    })
    onTestFinished(() => publisher.close())
    const online = root.intermediate('Example Online CA')
    const withResponder = (path: string) =>
      online.issue({ subject: 'carol', authorityInfoAccess: { ocsp: [publisher.url(path)] } })
    const warned: string[] = []
    const server = await running(
      revocation.start({
        ...options,
        crls: { pem: mintCrl(root).pem },
        responders: { hosts: ['127.0.0.1'], addresses: ['127.0.0.1'], ports: [publisher.port] },
        logger: { ...logger, warn: (_details, message) => void warned.push(message) },
      }),
    )
    expect((await injectWithCertificate(server, withResponder('/ocsp'), '/')).statusCode).toBe(401)
    expect((await injectWithCertificate(server, withResponder('/none'), '/')).statusCode).toBe(200)
    expect(warned.at(-1)).toContain('revocation unanswered: [CN=carol]')
  })
})

describe('the passport example', () => {
  test('refuses a verified client to whom no user belongs', async () => {
    const response = await injectWithCertificate(await running(passport.start(options)), bob, '/')
    expect(response.statusCode).toBe(403)
  })
})

describe('the express example', () => {
  const ingressRoot = createAuthority({ subject: 'Ingress CA', at })
  const ingress = ingressRoot.issue({ subject: 'ingress', san: { dns: 'ingress.internal' } })
  const neighbour = ingressRoot.issue({ subject: 'neighbour', san: { dns: 'neighbour.internal' } })
  const start = () => running(express.start({ ...options, ingressTrust: { pem: ingressRoot.certificate.pem } }))

  const forwarded = async (leaf: typeof alice | null, path = '/', certificate = ingress) =>
    injectWithCertificate(await start(), leaf, { path, behind: { proxy: 'nginx', certificate } })

  test('takes the certificate that its proxy forwards, and verifies it', async () => {
    expect((await forwarded(alice)).json()).toEqual({ client: 'CN=alice' })
    expect((await forwarded(null)).json()).toEqual({ client: 'nobody' })
    expect((await forwarded(forged)).statusCode).toBe(401)
    expect((await forwarded(expired)).statusCode).toBe(401)
  })

  test('refuses a genuine certificate that somebody else pastes into the header', async () => {
    const response = await forwarded(alice, '/', neighbour)
    expect(response.statusCode).toBe(401)
    expect(response.json()).toEqual({ message: 'TLS certificate failed verification' })
  })

  test('asks for more on a route than before all of them', async () => {
    expect((await forwarded(alice, '/admin')).json()).toEqual({ welcome: 'Alice' })
    expect((await forwarded(bob, '/admin')).statusCode).toBe(403)
    expect((await forwarded(null, '/admin')).statusCode).toBe(401)
  })
})

describe('the forwarding example', () => {
  const starting = async () => {
    const { gateway, application } = await forwarding.start(options)
    await running(Promise.resolve(gateway.server))
    onTestFinished(() => application.closeAllConnections())
    return { gateway: gateway.server, application }
  }
  const pasted = headersFor('nginx', bob)

  test('tells the application behind who the client is, whatever the client says of itself', async () => {
    const { gateway } = await starting()
    const ask = async (leaf: typeof alice | null) =>
      (await injectWithCertificate(gateway, leaf, { path: '/', headers: { ...pasted, 'client-cert': 'x' } })).json()
    expect(await ask(alice)).toEqual({ client: 'CN=alice' })
    expect(await ask(null)).toEqual({ client: 'nobody' })
  })

  test('lets nobody through whose certificate is bad', async () => {
    const { gateway } = await starting()
    for (const leaf of [expired, forged]) {
      expect((await injectWithCertificate(gateway, leaf, '/')).statusCode).toBe(401)
    }
  })

  test('is not believed to be there by who comes past it', async () => {
    const { application } = await starting()
    expect((await injectWithCertificate(application, bob, { path: '/', behind: 'nginx' })).statusCode).toBe(401)
  })
})

describe('the gateway example', () => {
  const starting = async () => {
    const mesh = await startMesh(options.trust)
    onTestFinished(mesh.close)
    const { gateway: app, istio } = await gateway.start({ ...options, ...mesh, logger })
    onTestFinished(() => app.close())
    const ask = (leaf: typeof alice | null, path = '/productpage/?u=1', headers = {}) =>
      injectWithCertificate(app.server, leaf, { path, headers })
    return { mesh, istio, ask }
  }

  test('calls the service for a client, and says who that is, whatever the client says of itself', async () => {
    const { ask } = await starting()
    const expected = { client: 'CN=alice', path: '/productpage?u=1' }
    expect((await ask(alice)).json()).toEqual(expected)
    expect((await ask(alice, '/productpage/?u=1', headersFor('envoy', bob))).json()).toEqual(expected)
  })

  test('lets nobody through without a certificate or with a bad one', async () => {
    const { mesh, ask } = await starting()
    for (const leaf of [null, expired, forged]) expect((await ask(leaf)).statusCode).toBe(401)
    expect(mesh.seen.size).toBe(0)
  })

  test('has no mapping for the path without its last slash', async () => {
    const { ask } = await starting()
    expect((await ask(alice, '/productpage')).statusCode).toBe(404)
  })

  test('calls with another certificate once Istio has written one', async () => {
    const { mesh, istio, ask } = await starting()
    await ask(alice)
    const rotated = new Promise<void>((resolve) => istio.onRotation(resolve))
    mesh.rotate()
    await rotated
    expect((await ask(alice)).statusCode).toBe(200)
    expect(mesh.seen.size).toBe(2)
  })

  test('is the only one whom the service lets in', async () => {
    const { mesh } = await starting()
    const { port } = new URL(mesh.productpage)
    for (const leaf of [null, bob]) {
      const response = await tlsRequest({ port: Number(port), leaf, headers: Object.entries(headersFor('envoy', bob)) })
      expect(response.statusCode).toBe(401)
    }
  })
})
