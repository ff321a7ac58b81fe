import { describe, expect, test } from 'vitest'
import { contextOf, errorOf, localhost, startUpstream, VERSIONS } from '../serving.ts'

describe.each(VERSIONS)('over %s', (version) => {
  const only = { minVersion: version, maxVersion: version } as const

  test('loses nothing of what a server says before it is asked', async () => {
    const greeting = 'x'.repeat(100_000)
    const upstream = await startUpstream(localhost, { ...only, onConnection: (socket) => void socket.end(greeting) })
    const socket = await contextOf().connect(upstream.target)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toHaveLength(greeting.length)
  })

  test('has read nothing for whoever gets it, and nobody but its own listens to errors', async () => {
    const upstream = await startUpstream(localhost, only)
    const socket = await contextOf().connect(upstream.target)
    expect(socket.readableFlowing).toBe(null)
    expect(socket.bytesWritten).toBe(0)
    expect(socket.listenerCount('data') + socket.listenerCount('readable')).toBe(0)
  })

  test('says `authorized` by its own verdict, and shows the certificate of the server', async () => {
    const upstream = await startUpstream(localhost, only)
    const socket = await contextOf().connect(upstream.target)
    expect(socket.authorized).toBe(true)
    expect(socket.authorizationError).toBeNull()
    expect(socket.getPeerCertificate().fingerprint256).toBe(localhost.certificate.x509.fingerprint256)
  })

  test('sends the name of the host, and none for an address (RFC 6066 3)', async () => {
    const upstream = await startUpstream(localhost, only)
    const named = upstream.next()
    await contextOf().connect(upstream.target)
    expect((await named).servername).toBe('localhost')
    const bare = upstream.next()
    await contextOf().connect({ host: '127.0.0.1', port: upstream.port })
    expect((await bare).servername).toBe(false)
  })

  test('sends and expects `sni` in the place of the host, and `servername` in the place of both', async () => {
    const upstream = await startUpstream(localhost, only)
    const context = contextOf({ sni: 'LOCALHOST.' })
    const first = upstream.next()
    await context.connect({ host: '127.0.0.1', port: upstream.port })
    expect((await first).servername).toBe('localhost')
    const refused = context.connect({ host: '127.0.0.1', port: upstream.port, servername: 'other.example' })
    expect(await errorOf(refused)).toMatchObject({ code: 'ERR_UPSTREAM_HOST', failure: { expected: 'other.example' } })
  })

  test('presents our certificate', async () => {
    const upstream = await startUpstream(localhost, only)
    const next = upstream.next()
    await contextOf().connect(upstream.target)
    expect((await next).getPeerCertificate().subject.CN).toBe('gateway')
  })

  test('offers the protocols of the context, or of the connection (RFC 7301)', async () => {
    const upstream = await startUpstream(localhost, { ...only, ALPNProtocols: ['http/1.1', 'h2'] })
    const context = contextOf({ alpnProtocols: 'h2' })
    expect((await context.connect(upstream.target)).alpnProtocol).toBe('h2')
    const alpnProtocols = ['http/1.1']
    expect((await context.connect({ ...upstream.target, alpnProtocols })).alpnProtocol).toBe('http/1.1')
  })
})

test('ends the process of nobody where a connection ends by an error and nobody listens', async () => {
  const upstream = await startUpstream(localhost)
  const socket = await contextOf().connect(upstream.target)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.destroy(new Error('of the test'))
  await closed
  expect(socket.destroyed).toBe(true)
})
