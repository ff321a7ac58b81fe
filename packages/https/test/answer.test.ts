/** Refusals on connections that are in no state to be told. */
import { once } from 'node:events'
import { createServer, IncomingMessage } from 'node:http'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { connect, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { tlsRequest } from '@clientcert/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { INTERNAL_ERROR, writeAnswerRaw } from '../src/answer.ts'
import { guard, tlsOptions, withClientCert } from '../src/index.ts'
import { echo, identity, listen, options } from './serving.ts'

afterEach(() => void vi.restoreAllMocks())

const UPGRADE = (method: string, lines = '') =>
  `${method} / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n${lines}\r\n`

async function refusedUpgrade(method: string, lines = '') {
  const server = guard(createServer(), options)
  server.on('upgrade', () => {})
  const socket = connect({ port: await listen(server), host: '127.0.0.1', allowHalfOpen: true })
  socket.write(UPGRADE(method, lines))
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) text += String(chunk)
  return { server, socket, text }
}

test('a refused upgrade by HEAD has no body (RFC 9110 9.3.2)', async () => {
  const { text } = await refusedUpgrade('HEAD')
  expect(text).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*content-length: 50\r\n\r\n$/)
})

test('an upgrade is refused before its body has come', async () => {
  const { server, text } = await refusedUpgrade('POST', 'Content-Length: 5\r\n')
  expect(text).toMatch(/^HTTP\/1\.1 401 [\s\S]*\r\n\r\n\{"message":"No required TLS certificate was sent"\}$/)
  server.close()
  await once(server, 'close')
})

test('a refused upgrade is over for the server, though the client keeps its side open', async () => {
  const { server, socket } = await refusedUpgrade('GET')
  expect(socket.writable).toBe(true)
  server.close()
  await once(server, 'close')
})

test('a socket that breaks while it is told ends no process', async () => {
  const socket = new Duplex({
    read: () => {},
    write: (_chunk, _encoding, done) => done(new Error('EPIPE')),
  })
  writeAnswerRaw(new IncomingMessage(new Socket()), socket, INTERNAL_ERROR, null)
  await new Promise((resolve) => socket.once('close', resolve))
  expect(socket.destroyed).toBe(true)
})

test.each(['socket', { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } }] as const)(
  'a client whom another listener has begun to answer is told nothing more: from %j',
  async (from) => {
    const listener = vi.fn()
    const server = createServer((_request, response) => {
      response.write('begun')
    })
    server.on('request', withClientCert({ ...options, from }, listener))
    await expect(fetch(`http://127.0.0.1:${await listen(server)}`)).rejects.toThrow('fetch failed')
    expect(listener).not.toHaveBeenCalled()
  },
)

test('a refusal over HTTP/2 names no header that HTTP/2 forbids, of which Node would warn (RFC 9113 8.2.2)', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const listener = withClientCert<Http2ServerRequest, Http2ServerResponse>(options, echo)
  const port = await listen(createSecureServer(tlsOptions(identity), listener))
  expect((await tlsRequest({ port, protocol: 'h2' })).statusCode).toBe(401)
  expect(warned).not.toHaveBeenCalled()
})
