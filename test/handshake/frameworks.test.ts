/** Refusal in the handshake before applications of the other adapters, whose own check of the server has to accept it. */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { clientCert as expressClientCert } from '@clientcert/express'
import { clientCert as fastifyClientCert } from '@clientcert/fastify'
import { refuseInHandshake, tlsOptions } from '@clientcert/https'
import { createAuthority, mintCrl, serverCertificate, tlsRequest } from '@clientcert/testing'
import express from 'express'
import Fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'

// OpenSSL goes by the machine's clock.
const root = createAuthority({ at: new Date() })
const [alice, mallory, eve] = [root.issue('alice'), root.issue('mallory'), createAuthority('Unknown CA').issue('eve')]
const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(root)
const tls = { cert, key }
const options = {
  trust: { pem: root.certificate.pem },
  revocation: { crls: { pem: mintCrl(root, { entries: [mallory] }).pem } },
}

async function expectRefused(port: number): Promise<void> {
  expect(await tlsRequest({ port, leaf: alice })).toMatchObject({ statusCode: 200, body: 'CN=alice' })
  for (const leaf of [mallory, eve, null]) await expect(tlsRequest({ port, leaf })).rejects.toThrow()
}

describe('Fastify', () => {
  test.each(['before', 'after'])('%s it is ready, which checks the server', async (when) => {
    const app = Fastify({ https: tlsOptions(tls) })
    onTestFinished(() => app.close())
    await app.register(fastifyClientCert, options)
    app.get('/', (request) => request.clientCert?.subject)
    if (when === 'after') await app.ready()
    const { status } = refuseInHandshake(app.server, app.clientCertAuthenticator, tls)
    await app.listen({ host: '127.0.0.1', port: 0 })
    await expectRefused((app.server.address() as AddressInfo).port)
    expect(status().refused).toMatchObject({ CERT_REVOKED: 1, NO_CERTIFICATE: 1 })
  })

  test('with hosts: each by its own trust, under its own key and certificate', async () => {
    const other = createAuthority({ at: new Date(), subject: 'CA of b' })
    const bob = other.issue('bob')
    const shown = serverCertificate(root, { subject: 'b.example' })
    const hosts = {
      'a.example': { trust: options.trust },
      'b.example': { trust: { pem: other.certificate.pem }, key: shown.privateKeyPem, cert: shown.fullChainPem },
    }
    const app = Fastify({ https: tlsOptions({ ...tls, hosts }) })
    onTestFinished(() => app.close())
    await app.register(fastifyClientCert, { hosts })
    app.get('/', (request) => request.clientCert?.subject)
    refuseInHandshake(app.server, app.clientCertAuthenticator, tls, { crls: 'left-out' })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const at = (host: string, leaf: typeof alice) => tlsRequest({ port, leaf, servername: host, headers: { host } })
    expect(await at('b.example', bob)).toMatchObject({ statusCode: 200, body: 'CN=bob' })
    expect(await at('a.example', alice)).toMatchObject({ statusCode: 200, body: 'CN=alice' })
    await expect(at('b.example', alice)).rejects.toThrow()
    await expect(at('a.example', bob)).rejects.toThrow()
  })

  test('over HTTP/2', async () => {
    const app = Fastify({ http2: true, https: tlsOptions(tls) })
    onTestFinished(() => app.close())
    await app.register(fastifyClientCert, options)
    app.get('/', (request) => request.clientCert?.subject)
    refuseInHandshake(app.server, app.clientCertAuthenticator, tls)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    expect(await tlsRequest({ port, leaf: alice, protocol: 'h2' })).toMatchObject({ statusCode: 200 })
    await expect(tlsRequest({ port, leaf: mallory, protocol: 'h2' })).rejects.toThrow()
  })
})

test('Express, which checks the server at its first request', async () => {
  const guard = expressClientCert(options)
  const app = express()
  app.use(guard)
  app.get('/', (request, response) => void response.end(request.clientCert?.subject))
  const server = createServer(tlsOptions(tls), app)
  refuseInHandshake(server, guard.authenticator, tls)
  onTestFinished(() => {
    server.close()
    guard.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await expectRefused((server.address() as AddressInfo).port)
})
