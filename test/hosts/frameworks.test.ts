/** Several hosts under the frameworks: one table for the server's side and for the decision, and a certificate that is followed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { clientCert as expressClientCert } from '@clientcert/express'
import { clientCert as fastifyClientCert } from '@clientcert/fastify'
import { followServerCertificate, type HostOptions, tlsOptions } from '@clientcert/https'
import {
  createAuthority,
  createTlsClient,
  DEFAULT_CLOCK,
  type Leaf,
  serverCertificate,
  tlsRequest,
} from '@clientcert/testing'
import express from 'express'
import Fastify, { type FastifyRequest } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'

const [a, b] = [createAuthority('CA of a'), createAuthority('CA of b')]
const [alice, bob] = [a.issue('alice'), b.issue('bob')]
const servers = createAuthority({ subject: 'Server CA', at: new Date() })
const identityOf = (name: string) => {
  const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(servers, { subject: name, san: { dns: name } })
  return { cert, key }
}
const clock = () => DEFAULT_CLOCK
const hosts: Record<string, HostOptions> = {
  'a.example': { trust: { pem: a.certificate.pem }, sendCaNames: a.certificate.pem },
  '*.b.example': { trust: { pem: b.certificate.pem }, sendCaNames: b.certificate.pem, ...identityOf('*.b.example') },
}
const tls = tlsOptions({ ...identityOf('a.example'), hosts })

type Start = () => Promise<number>

const startFastify: Start = async () => {
  const app = Fastify({ https: tls })
  onTestFinished(() => app.close())
  await app.register(fastifyClientCert, { hosts, clock })
  app.get('/', (request) => request.clientCert?.subject ?? null)
  app.get('/health', { config: { clientCert: 'off' } }, () => 'up')
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
}

const startExpress: Start = async () => {
  const guard = expressClientCert({ hosts, clock, mode: 'off' })
  const app = express()
  app.get('/', guard.route('required'), (request, response) => void response.end(request.clientCert?.subject))
  app.get('/health', (_, response) => void response.end('up'))
  const server = createServer(tls, app)
  onTestFinished(() => {
    server.close()
    guard.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe.each([
  ['Fastify', startFastify],
  ['Express', startExpress],
] as const)('%s', (_, start) => {
  test('lets a client in at its own host, and nowhere else', async () => {
    const port = await start()
    const status = async (servername: string, host: string, leaf: Leaf | null, path = '/') =>
      (await tlsRequest({ port, servername, leaf, headers: { host }, path })).statusCode
    expect(await status('a.example', 'a.example', alice)).toBe(200)
    expect(await status('x.b.example', 'X.B.Example:443', bob)).toBe(200)
    expect(await status('a.example', 'a.example', bob)).toBe(401)
    // It was asked for what a issues, and needs what b issues (RFC 9110 15.5.20).
    expect(await status('a.example', 'x.b.example', alice)).toBe(421)
    expect(await status('a.example', 'c.example', alice)).toBe(401)
    expect(await status('a.example', 'c.example', null, '/health')).toBe(200)
  })

  test('shows each host its certificate', async () => {
    const port = await start()
    for (const [servername, ca] of [
      ['a.example', servers.certificate.pem],
      ['x.b.example', servers.certificate.pem],
    ] as const) {
      const client = await createTlsClient({ port, servername, ca })
      expect(client.info().authorized).toBe(true)
      await client.close()
    }
  })
})

test("Fastify's server shows what its files hold, when they change, too", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-fastify-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') }
  const write = ({ cert, key }: { cert: string; key: string }) => {
    writeFileSync(files.certFile, cert)
    writeFileSync(files.keyFile, key)
  }
  write(identityOf('first.example'))
  const app = Fastify({ http2: true, https: tls })
  onTestFinished(() => app.close())
  await app.register(fastifyClientCert, { hosts, clock })
  app.get('/', (request) => request.clientCert?.subject ?? null)
  const { reload } = followServerCertificate(app.server, { ...files, tls })
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  const ca = servers.certificate.pem
  const isShown = (servername: string) =>
    createTlsClient({ port, servername, ca, leaf: alice, protocol: 'h2' }).then(
      (client) => client.close().then(() => true),
      () => false,
    )
  expect(await isShown('first.example')).toBe(true)
  write(identityOf('second.example'))
  await reload()
  expect([await isShown('first.example'), await isShown('second.example')]).toEqual([false, true])
})

describe('an application of Fastify that constrains routes by host, which compares text,', () => {
  /** Each answers with the application that serves the request. */
  async function serve(dispatch: (request: FastifyRequest, constrained: string) => string): Promise<number> {
    const app = Fastify({ https: tls, trustProxy: true })
    onTestFinished(() => app.close())
    await app.register(fastifyClientCert, { hosts, clock })
    app.get('/', { constraints: { host: 'a.example' } }, (request) => dispatch(request, 'a'))
    app.get('/', (request) => dispatch(request, 'b'))
    return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  }

  const byEntry = (request: FastifyRequest) => request.clientCertDecision?.host?.entry ?? 'none'

  test.each(['A.example', 'a.example.', 'a.example:8443'])(
    'is right where it dispatches by the decided host, and serves a client of a by the routes of b where it does not: %s',
    async (host) => {
      const ask = async (port: number) => (await tlsRequest({ port, leaf: alice, headers: { host } })).body
      expect(await ask(await serve(byEntry))).toBe('a.example')
      // What Fastify does. If that ever changes, docs/hosts.md has to.
      expect(await ask(await serve((_, constrained) => constrained))).toBe('b')
    },
  )

  test('answers 404 to another spelling where every route is constrained', async () => {
    const app = Fastify({ https: tls })
    onTestFinished(() => app.close())
    await app.register(fastifyClientCert, { hosts, clock })
    app.get('/', { constraints: { host: 'a.example' } }, () => 'a')
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
    const status = async (host: string) => (await tlsRequest({ port, leaf: alice, headers: { host } })).statusCode
    expect([await status('a.example'), await status('A.example'), await status('a.example.')]).toEqual([200, 404, 404])
  })

  test('is right where trustProxy has it read another host from a header that a client wrote', async () => {
    const headers = { host: 'a.example', 'x-forwarded-host': 'x.b.example' }
    const ask = async (port: number) => (await tlsRequest({ port, leaf: alice, headers })).body
    expect(await ask(await serve(byEntry))).toBe('a.example')
    expect(await ask(await serve(({ host }) => host))).toBe('x.b.example')
  })

  test('never sees a target without Host, which is of no host to Fastify (RFC 9112 3.2.2)', async () => {
    const socket = connect({ port: await serve(byEntry), host: '127.0.0.1', rejectUnauthorized: false, ...own(alice) })
    socket.end('GET http://a.example/ HTTP/1.0\r\n\r\n')
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
  })
})

const own = ({ fullChainPem: cert, privateKeyPem: key }: Leaf) => ({ cert, key })
