import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { request } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '@clientcert/testing'
import { fetch } from 'undici'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { TlsContext } from '../../src/index.ts'
import { clients, contextOf, errorOf, listen, localhost, pemOf, servers, startUpstream, VERSIONS } from '../serving.ts'

const stranger = createAuthority('Strangers CA').issue({ subject: 'stranger' })

/** OpenSSL's own server, which answers a bad certificate with an alert; Node's closes without a word. */
async function startOpenssl(version: (typeof VERSIONS)[number]) {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-refusal-'))
  const files = { cert: localhost.fullChainPem, key: localhost.privateKeyPem, ca: clients.certificate.pem }
  for (const [name, pem] of Object.entries(files)) writeFileSync(join(folder, name), pem)
  const free = createTcpServer()
  const port = await listen(free)
  free.close()
  await once(free, 'close')
  const protocol = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3'
  const args = ['-accept', `127.0.0.1:${port}`, '-cert', 'cert', '-key', 'key', '-CAfile', 'ca', '-www', protocol]
  const server = spawn('openssl', ['s_server', ...args, '-Verify', '3', '-verify_return_error'], { cwd: folder })
  onTestFinished(() => void server.kill())
  await new Promise<void>((resolve) => {
    server.stdout.on('data', (text: Buffer) => text.includes('ACCEPT') && resolve())
  })
  return { host: 'localhost', port, family: 4 }
}

const refused = { code: 'ERR_UPSTREAM_REFUSED', failure: { own: { subject: 'CN=stranger' } } }

describe.each(VERSIONS)('over %s, a server that refuses our certificate by an alert', (version) => {
  test('is told of as ERR_UPSTREAM_REFUSED, with Node’s error as its cause (RFC 8446 6.2)', async () => {
    const target = await startOpenssl(version)
    const warn = vi.fn()
    const context = contextOf({ pem: pemOf(stranger), logger: { info: () => {}, warn } })
    const connecting = context.connect(target).then(async (socket) => {
      await once(socket, 'close') // Rejects with the error.
    })
    const error = await errorOf(connecting)
    expect(error).toMatchObject(refused)
    expect(error.cause).toMatchObject({ message: expect.stringContaining('alert') as string })
    expect(warn).toHaveBeenCalledTimes(1)
    const [details, message] = warn.mock.lastCall as [object, string]
    const { serial, fingerprint } = Object(
      Reflect.get(Object(Reflect.get(details, 'clientCertUpstream')), 'own'),
    ) as never
    expect({ serial, fingerprint }).not.toContain(undefined)
    expect(details).toMatchObject({
      clientCertUpstream: { server: `localhost:${target.port}`, notAfter: expect.any(String) as string },
    })
    expect(message).toContain('CN=stranger')
  })

  test('is told of so by https.request and fetch', async () => {
    const target = await startOpenssl(version)
    const context = contextOf({ pem: pemOf(stranger) })
    const url = `https://localhost:${target.port}/`
    const outgoing = request(url, { agent: context.agent({ family: 4 }) }).end()
    const [byRequest] = (await once(outgoing, 'error')) as [Error]
    expect(byRequest).toMatchObject(refused)
    const { cause } = await errorOf(fetch(url, { dispatcher: context.dispatcher() }))
    expect(cause).toMatchObject(refused)
  })
})

/** A context without a certificate, which trusts the servers' authority. */
function without(): TlsContext {
  const caCertChainFile = join(mkdtempSync(join(tmpdir(), 'clientcert-none-')), 'ca.pem')
  writeFileSync(caCertChainFile, servers.certificate.pem)
  return contextOf({ certificate: 'none', caCertChainFile })
}

test('a missing certificate is told of so to streams of http2 (RFC 8446 6.2, certificate_required)', async () => {
  const { fullChainPem: cert, privateKeyPem: key } = localhost
  const ca = clients.certificate.pem
  const server = createSecureServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true })
  const client = without().http2(`https://localhost:${await listen(server)}`)
  const asked = async () => {
    const session = await client.session()
    const stream = session.request({ ':path': '/' }).end()
    await once(stream, 'response')
  }
  const error = await errorOf(asked())
  expect([error, error.cause]).toContainEqual(
    expect.objectContaining({
      code: 'ERR_UPSTREAM_REFUSED',
      message: expect.stringContaining('certificate_required') as string,
    }),
  )
})

test('over TLS 1.2, a missing certificate is told of as a refusal too (RFC 5246 7.4.6)', async () => {
  const upstream = await startUpstream(localhost, { maxVersion: 'TLSv1.2', rejectUnauthorized: true })
  const error = await errorOf(without().connect(upstream.target))
  expect(error).toMatchObject({ code: 'ERR_UPSTREAM_REFUSED', failure: { own: null, alert: 'handshake_failure' } })
})

test('other alerts stay as Node says them: a version that is not spoken is no refusal of a certificate', async () => {
  const upstream = await startUpstream(localhost, { maxVersion: 'TLSv1.2' })
  const error = await errorOf(contextOf({ minTlsVersion: 'v1.3' }).connect(upstream.target))
  expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
})
