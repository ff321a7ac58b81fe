import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { createTlsClient, headersFor, tlsRequest } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type AuthenticatorOptions, clientCertOf, createServer, guard, type Mode } from '../src/index.ts'
import { clients, identity, listen, options } from './serving.ts'

const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } as const
const outside = { proxy: 'nginx', onlyFrom: { addresses: ['10.9.9.9'] } } as const

const MODES: readonly Mode[] = ['required', 'optional', 'optional-no-ca', 'accept-unverified']

async function serve(given: Partial<AuthenticatorOptions>): Promise<{ url: string; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = guard(
    createHttpServer((request, response) => {
      seen.push(request)
      response.appendHeader('Vary', 'Accept')
      response.end(clientCertOf(request)?.subject ?? 'nobody')
    }),
    { ...options, ...given },
  )
  return { url: `http://127.0.0.1:${await listen(server)}`, seen }
}

const genuine = headersFor('nginx', clients.good)

describe('a certificate in a header', () => {
  test.each([
    ['good', genuine, 200, 'CN=alice'],
    ['none', headersFor('nginx', null), 401, '{"message":"No required TLS certificate was sent"}'],
    ['stranger', headersFor('nginx', clients.stranger), 401, '{"message":"TLS certificate failed verification"}'],
    ['expired', headersFor('nginx', clients.expired), 401, '{"message":"TLS certificate failed verification"}'],
  ])('of %s is verified here, whatever the proxy says', async (_, headers, statusCode, body) => {
    const response = await fetch((await serve({ from })).url, { headers })
    expect([response.status, await response.text()]).toEqual([statusCode, body])
  })

  test.each(MODES)('that is genuine is refused from outside onlyFrom, in mode %s', async (mode) => {
    const { url, seen } = await serve({ from: outside, mode })
    const response = await fetch(url, { headers: genuine })
    expect([response.status, await response.json()]).toEqual([401, { message: 'TLS certificate failed verification' }])
    expect(seen).toEqual([])
  })

  test('is not believed because of X-Forwarded-For, and not disbelieved either', async () => {
    const far = await serve({ from: outside })
    const near = await serve({ from })
    for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded']) {
      expect((await fetch(far.url, { headers: { ...genuine, [name]: '10.9.9.9' } })).status).toBe(401)
      expect((await fetch(near.url, { headers: { ...genuine, [name]: '10.9.9.9' } })).status).toBe(200)
    }
  })

  test.each<[string, Partial<AuthenticatorOptions>, Record<string, string>]>([
    ['that was believed', { from }, genuine],
    ['that nobody looked at', { from: outside, mode: 'off' }, { ...genuine, ssl_client_cert: 'spoofed' }],
  ])('%s is gone from every view of the request', async (_, given, headers) => {
    const { url, seen } = await serve(given)
    await fetch(url, { headers: { ...headers, other: 'kept' } })
    const [request] = seen
    const { headers: merged = {}, headersDistinct = {}, rawHeaders = [] } = request ?? {}
    for (const names of [Object.keys(merged), Object.keys(headersDistinct), rawHeaders]) {
      expect(names).toContain('other')
      expect(names.filter((name) => /^ssl.client/i.test(name))).toEqual([])
    }
  })

  test('does not count on a TLS connection of the client, where nobody asked for headers', async () => {
    const server = createServer({ ...identity, ...options }, (request, response) => {
      response.end(request.clientCert?.subject)
    })
    const response = await tlsRequest({ port: await listen(server), headers: genuine })
    expect(response.statusCode).toBe(401)
  })
})

describe('Vary (RFC 9440 section 3)', () => {
  test.each([
    ['an answer of the application, beside what it says itself', genuine, 'ssl-client-cert, Accept'],
    ['a refusal', {}, 'ssl-client-cert'],
  ])('names the header in %s', async (_, headers, vary) => {
    const response = await fetch((await serve({ from })).url, { headers })
    expect(response.headers.get('vary')).toBe(vary)
  })

  test('names the header in the refusal of an upgrade', async () => {
    const server = guard(createHttpServer(), { ...options, from })
    server.on('upgrade', (_request, socket) => socket.end())
    const socket = connect(await listen(server), '127.0.0.1')
    socket.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*\r\nvary: ssl-client-cert\r\n/)
    expect(text).toContain('\r\nconnection: close\r\n')
  })

  test('is not said where the certificate is of the connection', async () => {
    const server = createServer({ ...identity, ...options, mode: 'optional' }, (_, response) => void response.end())
    expect((await tlsRequest({ port: await listen(server) })).headers).not.toHaveProperty('vary')
  })
})

test('a refusal leaves the connection to the proxy, whose other clients are on it', async () => {
  const server = createServer({ ...identity, ...options, from }, (_, response) => void response.end('ok'))
  const client = await createTlsClient({ port: await listen(server) })
  const refused = await client.request({ method: 'POST', body: 'unread' })
  const accepted = await client.request({ headers: genuine })
  expect([refused.statusCode, accepted.statusCode]).toEqual([401, 200])
  expect(refused.headers).toMatchObject({ connection: 'keep-alive', 'cache-control': 'no-store' })
  await client.close()
})
