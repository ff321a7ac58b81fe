import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createH2cServer, createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority, serverCertificate, tlsRequest } from '@clientcert/testing'
import { expect, onTestFinished, test } from 'vitest'
import { type ClientCertError, createAuthenticator, type NodeServer } from '../src/index.ts'

const root = createAuthority()
const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(root)
const tls = { cert, key, requestCert: true, rejectUnauthorized: false, allowHTTP1: true } as const
const authenticator = createAuthenticator({ trust: { pem: root.certificate.pem }, clock: () => root.at })

async function refusalOver(protocol: 'h2' | 'http/1.1'): Promise<ClientCertError | undefined> {
  let error: ClientCertError | undefined
  const server = createSecureServer(tls, (request, response) => {
    const decision = authenticator.remembered(request)
    if (decision?.outcome === 'rejected') error = authenticator.refusal(decision, undefined, request)
    response.end()
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await tlsRequest({ port: (server.address() as AddressInfo).port, protocol })
  return error
}

test('a refusal closes a connection of HTTP/1.1, where only a new handshake can change the answer', async () => {
  expect((await refusalOver('http/1.1'))?.headers).toEqual({ 'cache-control': 'no-store', connection: 'close' })
})

test('a refusal over HTTP/2 has no Connection header (RFC 9113 8.2.2)', async () => {
  expect((await refusalOver('h2'))?.headers).toEqual({ 'cache-control': 'no-store' })
})

test('takes any of the servers of Node to be checked', () => {
  const servers: NodeServer[] = [createServer(), createH2cServer(), createTlsServer(tls), createSecureServer(tls)]
  for (const server of servers) expect(() => authenticator.checkServer(server)).not.toThrow()
})
