/** Several hosts on one server: what each shows, asks for and trusts. OpenSSL goes by the machine's clock, and so do the certificates here. */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:tls'
import { createTlsClient, type Leaf, serverCertificate, tlsRequest } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createServer, type HostOptions, type ServerOptions } from '../src/index.ts'
import { authorityOf, identity, listen } from './handshake/knocking.ts'

const [a, b] = [authorityOf('CA of a'), authorityOf('CA of b')]
const [alice, bob] = [a.issue('alice'), b.issue('bob')]
const [trustA, trustB] = [{ pem: a.certificate.pem }, { pem: b.certificate.pem }]
const servers = authorityOf('Server CA')

const identityOf = (name: string) => {
  const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(servers, { subject: name, san: { dns: name } })
  return { cert, key }
}

async function serve(hosts: Readonly<Record<string, HostOptions>>, more: object = {}): Promise<number> {
  const options: ServerOptions = { ...identity, ...more, hosts }
  return listen(createServer(options, ({ clientCert }, response) => void response.end(clientCert?.subject)))
}

/** The subject of the certificate that the server shows. */
function shownTo(servername: string, port: number): Promise<{ subject: unknown }> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { port, host: '127.0.0.1', rejectUnauthorized: false, ...(servername ? { servername } : {}) },
      () => {
        const { subject } = socket.getPeerCertificate()
        socket.destroy()
        resolve({ subject: subject.CN })
      },
    )
    socket.on('error', reject)
  })
}

const ask = (port: number, host: string, leaf: Leaf | null, more: object = {}) =>
  tlsRequest({ port, leaf, servername: host, headers: { host }, ...more })

const HOSTS = {
  'a.example': { trust: trustA, ...identityOf('a.example') },
  '*.b.example': { trust: trustB, ...identityOf('*.b.example') },
  'plain.example': { trust: trustB },
}

describe('the server shows', () => {
  test.each([
    ['a.example', 'a.example'],
    ['A.Example', 'a.example'],
    ['x.B.example', '*.b.example'],
    ['plain.example', 'localhost'],
    ['else.example', 'localhost'],
    ['b.example', 'localhost'],
    ['', 'localhost'],
  ])('to who asks for %j, the certificate of %s (CVE-2026-48928)', async (servername, subject) => {
    const port = await serve(HOSTS, identityOf('localhost'))
    expect(await shownTo(servername, port)).toEqual({ subject })
  })

  test('those of a PFX and of an encrypted key, with their passphrases', async () => {
    const { execFileSync } = await import('node:child_process')
    const { mkdtempSync, readFileSync, rmSync, writeFileSync } = await import('node:fs')
    const folder = mkdtempSync('/tmp/clientcert-pfx-')
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const own = identityOf('pfx.example')
    const of = (file: string) => `${folder}/${file}`
    writeFileSync(of('cert.pem'), own.cert)
    writeFileSync(of('key.pem'), own.key)
    const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' })
    openssl(
      'pkcs12',
      '-export',
      '-in',
      of('cert.pem'),
      '-inkey',
      of('key.pem'),
      '-out',
      of('own.pfx'),
      '-passout',
      'pass:secret',
    )
    openssl('pkcs8', '-topk8', '-in', of('key.pem'), '-out', of('key.enc'), '-passout', 'pass:other')
    const port = await serve({
      'pfx.example': { trust: trustA, pfx: readFileSync(of('own.pfx')), passphrase: 'secret' },
      'encrypted.example': { trust: trustA, cert: own.cert, key: readFileSync(of('key.enc')), passphrase: 'other' },
    })
    for (const host of ['pfx.example', 'encrypted.example']) {
      expect(await shownTo(host, port)).toEqual({ subject: 'pfx.example' })
      expect((await ask(port, host, alice)).statusCode).toBe(200)
    }
  })

  test('nothing to who asks for no host, where only hosts have certificates', async () => {
    const { 'plain.example': _, ...hosts } = HOSTS
    const server = createServer({ hosts })
    const port = await listen(server)
    expect(await shownTo('a.example', port)).toEqual({ subject: 'a.example' })
    await expect(shownTo('else.example', port)).rejects.toThrow()
    expect(() => createServer({ hosts: HOSTS })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_MISSING', option: 'key' }),
    )
  })
})

describe('the server asks', () => {
  test('every client for a certificate, if any host wants one, and lets those without into the others', async () => {
    const port = await serve({ 'open.example': { trust: trustA, mode: 'off' }, 'closed.example': { trust: trustA } })
    expect((await ask(port, 'open.example', null)).statusCode).toBe(200)
    expect((await ask(port, 'closed.example', null)).statusCode).toBe(401)
    expect((await ask(port, 'closed.example', alice)).body).toBe('CN=alice')
  })

  test('by the names of the host, else of the server, and says 421 where it asked for others', async () => {
    const port = await serve(
      { 'a.example': { trust: trustA }, 'b.example': { trust: trustB, sendCaNames: b.certificate.pem } },
      { sendCaNames: a.certificate.pem },
    )
    const statuses = async (servername: string, host: string) =>
      (await tlsRequest({ port, servername, headers: { host } })).statusCode
    expect(await statuses('a.example', 'b.example')).toBe(421)
    expect(await statuses('b.example', 'a.example')).toBe(421)
    expect(await statuses('a.example', 'a.example')).toBe(401)
  })
})

describe('on one connection', () => {
  test('each request meets the trust of its own host', async () => {
    const port = await serve(HOSTS)
    const client = await createTlsClient({ port, leaf: alice, servername: 'a.example' })
    onTestFinished(() => client.close())
    const to = async (host: string) => (await client.request({ headers: { host } })).statusCode
    expect([await to('a.example'), await to('A.EXAMPLE.:443'), await to('x.b.example')]).toEqual([200, 200, 401])
  })

  test('a tunnel to another host than that of Host reaches no listener (RFC 9112 3.2)', async () => {
    const server = createServer({ ...identity, hosts: HOSTS })
    server.on('connect', (_request, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    const port = await listen(server)
    const { fullChainPem: cert, privateKeyPem: key } = alice
    const ask = async (target: string) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, cert, key })
      socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`)
      let answer = ''
      for await (const chunk of socket) answer += String(chunk)
      return answer.slice(0, 12)
    }
    expect(await ask('a.example:443')).toBe('HTTP/1.1 200')
    expect(await ask('x.b.example:443')).toBe('HTTP/1.1 401')
  })

  test('an upgrade meets it as well', async () => {
    const server = createServer({ ...identity, hosts: HOSTS })
    server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    )
    const port = await listen(server)
    for (const [host, status] of [
      ['a.example', 101],
      ['x.b.example', 401],
      ['else.example', 401],
    ] as const) {
      const client = await createTlsClient({ port, leaf: alice })
      expect((await client.upgrade({ headers: { host } })).statusCode).toBe(status)
      await client.close()
    }
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s', (version) => {
  test.each([{}, { ticketKeys: randomBytes(48) }])(
    'made at one host is judged by the trust of the other, where it is taken up there (CVE-2025-23419), %#',
    async (more) => {
      const port = await serve(HOSTS, { minVersion: version, maxVersion: version, ...more })
      const first = await ask(port, 'a.example', alice)
      expect(first.statusCode).toBe(200)
      const { session } = first.tls
      for (const servername of ['a.example', 'x.b.example', 'plain.example', '']) {
        const crossed = await tlsRequest({ port, session, servername, headers: { host: 'plain.example' } })
        expect(crossed.statusCode).toBe(401)
      }
      // Its own client comes in there, in a handshake of his own.
      expect((await ask(port, 'x.b.example', bob)).statusCode).toBe(200)
    },
  )
})
