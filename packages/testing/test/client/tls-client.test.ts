import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer as createNetServer, type Server as NetServer } from 'node:net'
import type { TLSSocket } from 'node:tls'
import {
  createAuthority,
  createTlsClient,
  type Leaf,
  serverCertificate,
  type TlsClientOptions,
  tlsRequest,
} from '@clientcert/testing'
import { afterEach, describe, expect, test } from 'vitest'

const root = createAuthority()
const identity = serverCertificate(root)
const serverOptions: ServerOptions = {
  cert: identity.fullChainPem,
  key: identity.privateKeyPem,
  ca: root.certificate.pem,
  requestCert: true,
  rejectUnauthorized: false,
}

const servers: NetServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) (server as Server).closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function listen(server: NetServer): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Says who came, in the server's words. */
const whoami: RequestListener = (request, response) => {
  const socket = request.socket as TLSSocket
  const { subject } = socket.getPeerX509Certificate() ?? {}
  response.end(JSON.stringify({ subject: subject ?? null, servername: socket.servername, url: request.url }))
}

describe('a TLS client', () => {
  const leaf = root.intermediate().issue('alice')

  test('presents the certificate and its chain', async () => {
    const port = await listen(
      createServer(serverOptions, (request, response) => {
        const socket = request.socket as TLSSocket
        const { raw, issuerCertificate } = socket.getPeerCertificate(true)
        response.end(JSON.stringify([raw, issuerCertificate.raw].map((der) => der.toString('base64'))))
      }),
    )
    const { json } = await tlsRequest({ port, leaf })
    expect(json()).toEqual(leaf.chain.map(({ der }) => Buffer.from(der).toString('base64')))
  })

  test('presents nothing unless it is given something', async () => {
    const port = await listen(createServer(serverOptions, whoami))
    expect((await tlsRequest({ port })).json()).toMatchObject({ subject: null, servername: 'localhost' })
    expect((await tlsRequest({ port, leaf: null })).json()).toMatchObject({ subject: null })
    expect((await tlsRequest({ port, leaf })).json()).toMatchObject({ subject: 'CN=alice' })
  })

  test.each<Leaf>([
    root,
    ...(['p384', 'p521', 'ed25519', 'ed448', 'rsa2048', 'rsa-pss2048'] as const).map((key) => root.issue({ key })),
  ])('can present every kind of key that TLS has: %#', async (holder) => {
    const port = await listen(createServer(serverOptions, whoami))
    expect((await tlsRequest({ port, leaf: holder })).json()).toMatchObject({
      subject: holder.certificate.x509.subject,
    })
  })

  test('asks for the server name it is told, or for none', async () => {
    const port = await listen(createServer(serverOptions, whoami))
    expect((await tlsRequest({ port, servername: 'a.example' })).json()).toMatchObject({ servername: 'a.example' })
    expect((await tlsRequest({ port, servername: '' })).json()).toMatchObject({ servername: false })
  })

  test('believes any server, or with ca only those it issued', async () => {
    const port = await listen(createServer(serverOptions, whoami))
    expect((await tlsRequest({ port })).tls.authorized).toBe(false)
    expect((await tlsRequest({ port, ca: root.certificate.pem })).tls.authorized).toBe(true)
    const other = createAuthority('Other').certificate.pem
    // The server sends its root as well, having it in `ca`.
    await expect(tlsRequest({ port, ca: other })).rejects.toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' })
    await expect(tlsRequest({ port, ca: root.certificate.pem, servername: 'other' })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('resumes a session of %s by its ticket', async (maxVersion) => {
    const port = await listen(createServer(serverOptions, whoami))
    const first = await tlsRequest({ port, leaf, maxVersion })
    expect(first.tls).toMatchObject({ protocol: maxVersion, reused: false })
    const resumed = await tlsRequest({ port, maxVersion, session: first.tls.session })
    expect(resumed.tls).toMatchObject({ protocol: maxVersion, reused: true })
  })

  test('stays on one connection for several requests, and says so when it is gone', async () => {
    const ports: Array<number | undefined> = []
    const port = await listen(
      createServer(serverOptions, (request, response) => {
        ports.push(request.socket.remotePort)
        if (request.url === '/last') response.setHeader('Connection', 'close')
        response.end(request.url)
      }),
    )
    const client = await createTlsClient({ port, leaf })
    const bodies = [await client.request('/a'), await client.request({ path: '/b' }), await client.request('/last')]
    expect(bodies.map(({ body }) => body)).toEqual(['/a', '/b', '/last'])
    expect(new Set(ports).size).toBe(1)
    await expect(client.request('/more')).rejects.toThrow('the connection is closed')
    await client.close()
  })

  test('sends header lines as they are, and reads them as they came', async () => {
    const port = await listen(
      createServer(serverOptions, (request, response) => {
        response.setHeader('Set-Cookie', ['a=1', 'b=2'])
        response.end(JSON.stringify(request.rawHeaders))
      }),
    )
    const { json, rawHeaders } = await tlsRequest({
      port,
      headers: [
        ['ssl-client-cert', 'one'],
        ['SSL-Client-Cert', 'two'],
        ['ssl_client_cert', 'three'],
      ],
    })
    expect(json()).toEqual([
      ...['Host', `localhost:${port}`],
      ...['ssl-client-cert', 'one', 'SSL-Client-Cert', 'two', 'ssl_client_cert', 'three'],
      ...['Connection', 'keep-alive'],
    ])
    expect(rawHeaders.filter((name) => name === 'Set-Cookie')).toHaveLength(2)
  })

  test('sends a body with its length', async () => {
    const port = await listen(
      createServer(serverOptions, (request, response) => {
        response.statusCode = 201
        response.setHeader('X-Length', request.headers['content-length'] ?? '')
        request.pipe(response)
      }),
    )
    const response = await tlsRequest({ port, method: 'POST', body: 'Zoë', headers: { 'Content-Type': 'text/plain' } })
    expect(response).toMatchObject({ statusCode: 201, body: 'Zoë', headers: { 'x-length': '4' } })
    expect(() => response.json()).toThrow(SyntaxError)
  })

  test('is rejected by a server that insists on a certificate', async () => {
    // Such a server goes by the clock of the machine.
    const now = createAuthority({ at: new Date() })
    const strict = { ...serverOptions, ca: now.certificate.pem, rejectUnauthorized: true }
    const port = await listen(createServer(strict, whoami))
    await expect(tlsRequest({ port })).rejects.toThrow()
    await expect(tlsRequest({ port, leaf })).rejects.toThrow()
    await expect(tlsRequest({ port, leaf: now.issue() })).resolves.toMatchObject({ statusCode: 200 })
  })

  test('is rejected where nobody listens, and where nobody answers', async () => {
    const silent = createNetServer((socket) => socket.resume())
    const port = await listen(silent)
    await expect(tlsRequest({ port, timeoutMs: 50 })).rejects.toThrow(
      `no TLS handshake with 127.0.0.1:${port} within 50 ms`,
    )
    const mute = await listen(createServer(serverOptions, () => {}))
    await expect(tlsRequest({ port: mute, timeoutMs: 200 })).rejects.toThrow(
      `no answer from 127.0.0.1:${mute} within 200 ms`,
    )
    const closed = createNetServer()
    const free = await listen(closed)
    servers.pop()
    await new Promise((resolve) => closed.close(resolve))
    await expect(tlsRequest({ port: free })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('an upgrade', () => {
  const options = (port: number): TlsClientOptions => ({ port, leaf: root.issue('alice') })

  test('gives the socket to the caller once the server agrees', async () => {
    const server = createServer(serverOptions, whoami)
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      socket.pipe(socket)
    })
    const client = await createTlsClient(options(await listen(server)))
    const { statusCode, socket } = await client.upgrade('/ws')
    expect(statusCode).toBe(101)
    socket?.write('echo')
    const [echoed] = (await once(socket ?? server, 'data')) as [Buffer]
    expect(echoed.toString()).toBe('echo')
    await client.close()
  })

  test('is a response like any other when the server does not', async () => {
    const server = createServer(serverOptions, whoami)
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
    })
    const client = await createTlsClient(options(await listen(server)))
    await expect(client.upgrade()).resolves.toMatchObject({ statusCode: 401, body: 'no', socket: null })
    await client.close()
  })
})

describe('over HTTP/2', () => {
  const http2Server = () =>
    createSecureServer({ ...serverOptions, allowHTTP1: true }, (request, response) => {
      const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket
      response.setHeader('x-version', request.httpVersion)
      response.end(
        JSON.stringify([
          socket.getPeerX509Certificate()?.subject,
          request.headers['x-twice'],
          request.method,
          request.url,
        ]),
      )
    })

  test('a client presents its certificate and shares the connection', async () => {
    const port = await listen(http2Server())
    const client = await createTlsClient({ port, leaf: root.issue('alice'), protocol: 'h2' })
    const headers = { 'X-Twice': ['a', 'b'] }
    for (const path of ['/one', '/two']) {
      const response = await client.request({ path, method: 'POST', body: 'ignored', headers })
      expect(response).toMatchObject({ statusCode: 200, headers: { 'x-version': '2.0' } })
      expect(response.json()).toEqual(['CN=alice', 'a, b', 'POST', path])
      expect(response.tls.alpn).toBe('h2')
    }
    await expect(client.upgrade()).rejects.toThrow(/no Upgrade/)
    await client.close()
    await expect(client.request()).rejects.toThrow()
  })

  test('is negotiated when both are offered, and not when one is', async () => {
    const port = await listen(http2Server())
    expect((await tlsRequest({ port, protocol: 'negotiate' })).headers['x-version']).toBe('2.0')
    expect((await tlsRequest({ port })).headers['x-version']).toBe('1.1')
    const http1 = await listen(createServer(serverOptions, whoami))
    expect((await tlsRequest({ port: http1, protocol: 'negotiate' })).tls.alpn).toBe('http/1.1')
  })
})
