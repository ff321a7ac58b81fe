import type { TLSSocket } from 'node:tls'
import '@clientcert/testing/vitest'
import { broken, createAuthority, createTlsClient, injectWithCertificate, tlsRequest } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import type { Decision } from '../../src/index.ts'
import { alice, authenticatorFor, root } from '../behind-nginx.ts'
import { requestOverH2c, requestPlainly, serve } from '../serving.ts'

describe.each(['http/1.1', 'h2'] as const)('over %s', (protocol) => {
  test('takes the certificate of the connection', async () => {
    const { port, last } = await serve('http2', authenticatorFor())
    await tlsRequest({ port, leaf: alice, protocol })
    expect(last().decision).toMatchObject({ outcome: 'accepted', identity: { commonName: 'alice' } })
    await tlsRequest({ port, leaf: createAuthority().issue(), protocol })
    expect(last().decision).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    await tlsRequest({ port, protocol })
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_NO_CERTIFICATE')
  })

  test('takes the issuers that were sent along, in whatever order', async () => {
    const intermediate = root.intermediate('One')
    const leaf = intermediate.intermediate('Two').issue('bob')
    const { port, last } = await serve('http2', authenticatorFor())
    await tlsRequest({ port, leaf, protocol })
    expect(last().decision).toBeAccepted()
    const [end, ...issuers] = leaf.chain.map(({ pem }) => pem)
    const shuffled = { ...leaf, fullChainPem: [end, ...issuers.reverse()].join('') }
    await tlsRequest({ port, leaf: shuffled, protocol })
    expect(last().decision).toBeAccepted()
    const another = intermediate.issue('carol')
    await tlsRequest({ port, leaf: { ...another, fullChainPem: another.certificate.pem }, protocol })
    expect(last().decision).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
  })

  test('asks the connection once, whoever asks and however often', async () => {
    const [one, other] = [authenticatorFor(), authenticatorFor({ trust: { pem: createAuthority().certificate.pem } })]
    let calls = 0
    const { server, port, seen } = await serve('http2', async (request) => {
      await other.authenticate(request)
      return one.authenticate(request)
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      const ask = socket.getPeerX509Certificate.bind(socket)
      socket.getPeerX509Certificate = () => {
        calls += 1
        return ask()
      }
    })
    const leaf = root.intermediate().issue('bob')
    const client = await createTlsClient({ port, leaf, protocol })
    for (let index = 0; index < 3; index++) await client.request()
    await client.close()
    expect(calls).toBe(1)
    // The issuers are handed out on the first call only: the second authenticator had them all the same.
    expect(seen.map(({ decision }) => decision.outcome)).toEqual(['accepted', 'accepted', 'accepted'])
  })

  test('refuses what cannot be asked any more, as a closed connection', async () => {
    const authenticator = authenticatorFor({ mode: 'optional' })
    const decisions: Decision[] = []
    const { port } = await serve('http2', async (request) => {
      if ('stream' in request) request.stream.session?.destroy()
      else request.socket.destroy()
      decisions.push(await authenticator.authenticate(request))
      await new Promise(setImmediate)
      decisions.push(await authenticator.authenticate(request))
      return { outcome: 'skipped' }
    })
    await expect(tlsRequest({ port, leaf: alice, protocol })).rejects.toThrow()
    await expect.poll(() => decisions.length).toBe(2)
    for (const decision of decisions) expect(decision).toBeRejectedWith('ERR_EVIDENCE_SOCKET_CLOSED')
  })
})

test('an http2 session that does not know yet that its socket is gone is a closed connection, not one without a client', async () => {
  const authenticator = authenticatorFor({ mode: 'optional' })
  const sockets: TLSSocket[] = []
  const { server, port, seen } = await serve('http2', (request) => {
    sockets[0]?.destroy()
    expect('stream' in request && request.stream.session?.destroyed).toBe(false)
    return authenticator.authenticate(request)
  })
  server.on('secureConnection', (socket: TLSSocket) => sockets.push(socket))
  await expect(tlsRequest({ port, leaf: alice, protocol: 'h2' })).rejects.toThrow()
  await expect.poll(() => seen).toHaveLength(1)
  expect(seen[0]?.decision).toBeRejectedWith('ERR_EVIDENCE_SOCKET_CLOSED')
})

test('a connection that was read before it closed is known still', async () => {
  const authenticator = authenticatorFor()
  const { port, seen } = await serve('https', async (request) => {
    expect(await authenticator.authenticate(request)).toBeAccepted()
    request.socket.destroy()
    return authenticator.authenticate(request)
  })
  await expect(tlsRequest({ port, leaf: alice })).rejects.toThrow()
  await expect.poll(() => seen.map(({ decision }) => decision.outcome)).toEqual(['accepted'])
})

describe('a connection without TLS', () => {
  test('presents no certificate', async () => {
    const [http, h2c] = [await serve('http', authenticatorFor()), await serve('h2c', authenticatorFor())]
    await requestPlainly({ port: http.port })
    await requestOverH2c({ port: h2c.port })
    expect(http.last().decision).toBeRejectedWith('ERR_EVIDENCE_NO_CERTIFICATE')
    expect(h2c.last().decision).toBeRejectedWith('ERR_EVIDENCE_NO_CERTIFICATE')
  })

  test('has no certificate by way of a header', async () => {
    const { port, last } = await serve('http', authenticatorFor({ mode: 'optional' }))
    await requestPlainly({ port }, [['ssl-client-cert', encodeURIComponent(alice.certificate.pem)]])
    expect(last().decision).toBeAnonymous()
  })
})

describe('many certificates in one handshake', () => {
  test('are counted, and refused past the limit (10 beside the end entity)', async () => {
    const { server, last } = await serve('https', authenticatorFor({ maxIntermediates: 10 }))
    for (const [length, outcome] of [
      [10, 'accepted'],
      [11, 'ERR_PATH_TOO_MANY_CERTIFICATES'],
    ] as const) {
      let authority = root
      for (let index = 0; index < length; index++) authority = authority.intermediate(`CA ${index}`)
      await injectWithCertificate(server, authority.issue(), '/')
      const { decision } = last()
      expect('failure' in decision ? decision.failure.code : decision.outcome).toBe(outcome)
    }
  })

  test('that sign each other end', async () => {
    const { server, last } = await serve('https', authenticatorFor())
    await injectWithCertificate(server, broken.cycle().leaf, '/')
    expect(last().decision.outcome).toBe('rejected')
  })
})
