import { createAuthority } from '@clientcert/testing'
import { describe, expect, test, vi } from 'vitest'
import { crlAt, fetchWith, LOOPBACK, resolving, serving } from './fetching.ts'
import { startProxy } from './proxy-server.ts'

const CRL = Buffer.from('what would be a CRL')
const hosts = ['localhost', 'crl.example']

/** Whoever asks it loses: with a proxy nobody resolves a name here. */
const lookup = () => Promise.reject(new Error('was asked'))

const unreachable = (detail: string) => ({
  ok: false,
  failure: { because: 'unreachable', detail: expect.stringContaining(detail) as string },
})

describe('with a proxy', () => {
  test('http URLs are sent to it whole (RFC 9112 3.2.2), and names are its business', async () => {
    const server = await serving({ crls: { '/a.crl?b': CRL } })
    const proxy = await startProxy(server.port)
    const fetch = fetchWith({ hosts, lookup, proxy: { http: proxy.url } })
    expect(await fetch(crlAt('http://crl.example/a.crl?b'))).toMatchObject({
      ok: true,
      value: { octets: new Uint8Array(CRL) },
    })
    expect(proxy.asked).toEqual(['GET http://crl.example/a.crl?b'])
  })

  test('https URLs go through a tunnel (RFC 9110 9.3.6), and the server is verified at its end', async () => {
    const authority = createAuthority('Web CA')
    const server = await serving({ crls: { '/a.crl': CRL }, tls: authority })
    const proxy = await startProxy(server.port)
    const given = { hosts, lookup, proxy: { https: proxy.url } }
    const fetch = fetchWith({ ...given, tls: { ca: authority.certificate.pem } })
    expect(await fetch(crlAt('https://localhost/a.crl'))).toMatchObject({ ok: true })
    expect(proxy.asked).toEqual(['CONNECT localhost:443'])
    expect(await fetch(crlAt('https://crl.example/a.crl'))).toEqual(unreachable('ERR_TLS_CERT_ALTNAME_INVALID'))
    expect(await fetchWith(given)(crlAt('https://localhost/a.crl'))).toEqual(
      unreachable('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    )
    expect(server.count('/a.crl')).toBe(1)
  })

  test('hosts, ports and addresses in URLs are checked as without', async () => {
    const server = await serving({ crls: { '/': CRL } })
    const proxy = await startProxy(server.port)
    const fetch = fetchWith({
      hosts: [...hosts, '169.254.169.254'],
      lookup,
      proxy: { http: proxy.url, https: proxy.url },
    })
    for (const url of ['http://evil.example/', 'http://crl.example:8080/', 'http://169.254.169.254/']) {
      expect(await fetch(crlAt(url))).toMatchObject({ failure: { because: 'blocked' } })
    }
    expect(proxy.asked).toEqual([])
    expect(await fetch(crlAt('http://crl.example/'))).toMatchObject({ ok: true })
  })

  test('a proxy for one scheme carries that scheme, and the other goes directly', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    const proxy = await startProxy(server.port)
    const fetch = fetchWith({
      hosts,
      addresses: LOOPBACK,
      ports: [server.port],
      lookup: resolving({ 'crl.example': ['127.0.0.1'] }),
      proxy: { https: proxy.url },
    })
    expect(await fetch(crlAt(server.url('/a.crl', 'crl.example')))).toMatchObject({ ok: true })
    expect(proxy.asked).toEqual([])
  })

  test('that refuses a tunnel, or speaks before it was asked, there is no answer', async () => {
    const authority = createAuthority('Web CA')
    const server = await serving({ crls: { '/a.crl': CRL }, tls: authority })
    const proxy = await startProxy(server.port)
    const fetch = fetchWith({ hosts, lookup, proxy: { https: proxy.url }, tls: { ca: authority.certificate.pem } })
    proxy.setFault({ status: 407 })
    expect(await fetch(crlAt('https://localhost/a.crl'))).toEqual(unreachable('the proxy answered 407'))
    proxy.setFault({ early: '\x16\x03\x03' })
    expect(await fetch(crlAt('https://localhost/a.crl'))).toMatchObject({ failure: { because: 'malformed' } })
    proxy.setFault(null)
    expect(await fetch(crlAt('https://localhost/a.crl'))).toMatchObject({ ok: true })
  })

  test('that is not there, there is no answer: nobody goes around it', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    const gone = await serving()
    await gone.close()
    const fetch = fetchWith({
      hosts,
      addresses: LOOPBACK,
      ports: [server.port],
      lookup: resolving({ 'crl.example': ['127.0.0.1'] }),
      proxy: { http: `http://127.0.0.1:${gone.port}` },
    })
    expect(await fetch(crlAt(server.url('/a.crl', 'crl.example')))).toEqual(unreachable('ECONNREFUSED'))
    expect(server.received).toEqual([])
  })
})

test('the proxies of the environment are never asked', async () => {
  const server = await serving({ crls: { '/a.crl': CRL } })
  const proxy = await startProxy(server.port)
  for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'ALL_PROXY']) vi.stubEnv(name, proxy.url)
  vi.stubEnv('NODE_USE_ENV_PROXY', '1')
  const fetch = fetchWith({ addresses: LOOPBACK, ports: [server.port] })
  expect(await fetch(crlAt(server.url('/a.crl')))).toMatchObject({ ok: true })
  vi.unstubAllEnvs()
  expect(proxy.asked).toEqual([])
})
