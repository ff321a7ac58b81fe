import { createServer } from 'node:net'
import { createAuthority } from '@clientcert/testing'
import { describe, expect, test, vi } from 'vitest'
import { crlAt, fetchFrom, fetchWith, LOOPBACK, resolving, serving } from './fetching.ts'

const CRL = Buffer.from('what would be a CRL')
const authority = createAuthority('Web CA')
const tls = { ca: authority.certificate.pem }

const unreachable = (detail: string) => ({
  ok: false,
  failure: { because: 'unreachable', detail: expect.stringContaining(detail) as string },
})

describe('a server of https is verified (RFC 9110 4.3.4)', () => {
  test('by the authorities that are given, and by its address or name', async () => {
    const server = await serving({ crls: { '/a.crl': CRL }, tls: authority })
    const lookup = resolving({ localhost: ['127.0.0.1'], 'crl.example': ['127.0.0.1'] })
    const fetch = fetchFrom(server, { hosts: ['127.0.0.1', 'localhost', 'crl.example'], lookup, tls })
    expect(await fetch(crlAt(server.url('/a.crl')))).toMatchObject({ ok: true })
    expect(await fetch(crlAt(server.url('/a.crl', 'localhost')))).toMatchObject({ ok: true })
    expect(await fetch(crlAt(server.url('/a.crl', 'crl.example')))).toEqual(unreachable('ERR_TLS_CERT_ALTNAME_INVALID'))
    expect(server.count('/a.crl')).toBe(2)
  })

  test('by Node\u2019s authorities, where none are given', async () => {
    const server = await serving({ crls: { '/a.crl': CRL }, tls: authority })
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl')))).toEqual(unreachable('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))
    expect(server.received).toEqual([])
  })

  test('whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    const server = await serving({ crls: { '/a.crl': CRL }, tls: authority })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl')))).toEqual(unreachable('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))
    vi.unstubAllEnvs()
  })

  test('and one that speaks no TLS gives no answer', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    const url = server.url('/a.crl').replace('http:', 'https:')
    expect(await fetchFrom(server, { tls })(crlAt(url))).toEqual(unreachable('ERR_SSL_'))
  })

  test('and one that hangs within the handshake is given up on', async () => {
    const silent = createServer((socket) => socket.resume().on('error', () => {}))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const fetch = fetchWith({ addresses: LOOPBACK, ports: [port], timeoutMs: 200, tls })
    expect(await fetch(crlAt(`https://127.0.0.1:${port}/`))).toMatchObject({ failure: { because: 'timeout' } })
    // Ends where nobody holds a connection to it any more.
    await new Promise<void>((resolve) => void silent.close(() => resolve()))
  })
})

test('a redirect from https to http is refused, from http to https followed', async () => {
  const secure = await serving({ crls: { '/a.crl': CRL }, tls: authority })
  const plain = await serving({ crls: { '/a.crl': CRL } })
  const fetch = fetchWith({ addresses: LOOPBACK, ports: [secure.port, plain.port], tls })
  plain.setFault({ kind: 'redirect', to: secure.url('/a.crl') })
  expect(await fetch(crlAt(plain.url('/a.crl')))).toMatchObject({ ok: true })
  plain.setFault(null)
  secure.setFault({ kind: 'redirect', to: plain.url('/a.crl') })
  expect(await fetch(crlAt(secure.url('/a.crl')))).toMatchObject({
    failure: { because: 'blocked', detail: expect.stringContaining('from https') as string },
  })
  expect(plain.count('/a.crl')).toBe(1)
})
