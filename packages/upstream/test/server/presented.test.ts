/** What Node tells a client of a server's certificates, in real handshakes. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type ConnectionOptions, connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { presentedBy } from '../../src/server/presented.ts'
import { isSessionOf } from '../../src/server/session-certificate.ts'

const root = createAuthority('Upstream Root')
const lower = root.intermediate('Upper CA').intermediate('Lower CA')
const upper = lower.issuer
const server = serverCertificate(lower)
const stranger = createAuthority('Elsewhere').intermediate('Stranger CA')

const certificates = {
  server: server.certificate,
  lower: lower.certificate,
  upper: upper.certificate,
  root: root.certificate,
  stranger: stranger.certificate,
}
type Name = keyof typeof certificates

const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3']

/** Serves these certificates, in this order. */
async function serve(version: SecureVersion, names: readonly Name[]) {
  const cert = names.map((name) => certificates[name].pem).join('')
  const listener = createServer(
    { cert, key: server.privateKeyPem, minVersion: version, maxVersion: version },
    (socket) => socket.on('error', () => {}),
  )
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => void listener.close())
  const { port } = listener.address() as AddressInfo
  return async (options: ConnectionOptions = {}) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false, ...options })
    onTestFinished(() => void socket.destroy())
    const session = new Promise<Buffer>((resolve) => socket.once('session', resolve))
    await once(socket, 'secureConnect')
    socket.resume()
    return { socket, session }
  }
}

const namesOf = (socket: TLSSocket): readonly (string | undefined)[] | null =>
  presentedBy(socket)?.map(
    (der) => Object.entries(certificates).find(([, each]) => Buffer.compare(each.der, der) === 0)?.[0],
  ) ?? null

describe.each(VERSIONS)('over %s', (version) => {
  test.each<readonly [string, readonly Name[]]>([
    ['a chain', ['server', 'lower', 'upper']],
    ['a chain with its root', ['server', 'lower', 'upper', 'root']],
    ['the end entity alone', ['server']],
    ['another order (RFC 8446 4.4.2)', ['server', 'upper', 'lower']],
    ['a stranger among them', ['server', 'stranger', 'lower', 'upper']],
    ['a stranger behind them', ['server', 'lower', 'upper', 'stranger']],
  ])('what was presented is read as it was sent, with %s', async (_, names) => {
    const dial = await serve(version, names)
    for (const ca of [undefined, root.certificate.pem]) {
      const { socket } = await dial(ca === undefined ? {} : { ca })
      expect(namesOf(socket)).toEqual(names)
    }
  })

  test('it is read again as it was, and is there for the application too', async () => {
    const dial = await serve(version, ['server', 'upper', 'lower'])
    const { socket } = await dial()
    expect(namesOf(socket)).toEqual(['server', 'upper', 'lower'])
    expect(namesOf(socket)).toEqual(['server', 'upper', 'lower'])
    expect(socket.getPeerX509Certificate()?.raw).toEqual(Buffer.from(server.certificate.der))
    expect(socket.getPeerCertificate()).toMatchObject({
      subject: { CN: 'localhost' },
      fingerprint256: server.certificate.x509.fingerprint256,
    })
    expect(socket.getPeerCertificate()).not.toHaveProperty('issuerCertificate')
    expect(socket.getPeerCertificate(true).raw).toEqual(Buffer.from(server.certificate.der))
  })

  test('of a resumed session there is none, and the session holds the certificate that it was made with', async () => {
    const dial = await serve(version, ['server', 'lower', 'upper'])
    const first = await dial()
    const presented = presentedBy(first.socket)
    const session = await first.session
    if (presented === null) throw new Error('nothing presented')
    expect(isSessionOf(session, presented)).toBe(true)

    const { socket } = await dial({ session })
    expect(socket.isSessionReused()).toBe(true)
    expect(presentedBy(socket)).toBeNull()
    expect(isSessionOf(socket.getSession(), presented)).toBe(true)
    expect(isSessionOf(socket.getSession(), [lower.certificate.der, ...presented])).toBe(false)
    expect(isSessionOf(socket.getSession(), [stranger.certificate.der])).toBe(false)
  })
})

test('CVE-2026-48934: a session is not that of a certificate which the server put into its ticket', async () => {
  const dial = await serve('TLSv1.3', ['server'])
  const session = await (await dial()).session
  const wrapped = Buffer.from(stranger.certificate.der)
  const header = (tag: number, length: number) => Buffer.from([tag, 0x82, length >> 8, length & 0xff])
  // `[10]` is the ticket, behind everything else that OpenSSL writes here.
  const ticket = Buffer.concat([header(0xaa, wrapped.length + 4), header(0xa3, wrapped.length), wrapped])
  const start = session.indexOf(Buffer.of(0x30, 0x82))
  const content = Buffer.concat([session.subarray(start + 4), ticket])
  const forged = Buffer.concat([session.subarray(0, start), header(0x30, content.length), content])
  expect(forged.includes(wrapped)).toBe(true)
  expect(isSessionOf(forged, [server.certificate.der])).toBe(true)
  expect(isSessionOf(forged, [stranger.certificate.der])).toBe(false)
})

test('what is no session is that of nobody, wherever it is cut', async () => {
  const dial = await serve('TLSv1.3', ['server'])
  const session = await (await dial()).session
  const presented = [server.certificate.der] as const
  for (let length = 0; length < session.length; length++) {
    expect(isSessionOf(session.subarray(0, length), presented), `${length} octets`).toBe(false)
  }
  expect(isSessionOf(undefined, presented)).toBe(false)
  expect(isSessionOf(Buffer.alloc(4096, 0x30), presented)).toBe(false)
  expect(isSessionOf(Buffer.alloc(4096, 0xff), presented)).toBe(false)
  expect(isSessionOf(Buffer.concat([Buffer.of(0x30, 0x81, 0x80), Buffer.alloc(128)]), presented)).toBe(false)
})
