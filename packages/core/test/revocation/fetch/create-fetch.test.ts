import { createServer } from 'node:net'
import { createChangingResolver, type Fault } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { FetchProblem } from '../../../src/revocation/fetch/fetched.ts'
import { crlAt, fetchFrom, fetchWith, LOOPBACK, NOW, resolving, serving } from './fetching.ts'

const CRL = Buffer.from('3082 what would be a CRL')

const failure = (because: FetchProblem['because'], detail = '') => ({
  ok: false,
  failure: { because, detail: expect.stringContaining(detail) as string },
})

describe('what is there is fetched', () => {
  test('by GET, without cookies, credentials or compression, and told when it was asked for', async () => {
    const server = await serving({ crls: { '/a.crl': CRL }, headers: { 'cache-control': 'max-age=60' } })
    const fetched = await fetchFrom(server)(crlAt(server.url('/a.crl?b#c').replace('?b#c', '#c')))
    expect(fetched).toEqual({
      ok: true,
      value: { octets: new Uint8Array(CRL), fetchedAt: NOW.getTime(), freshForMs: 60_000 },
    })
    expect(server.received).toMatchObject([{ method: 'GET', path: '/a.crl' }])
    expect(server.received[0]?.headers).toEqual({
      host: `127.0.0.1:${server.port}`,
      accept: 'application/pkix-crl',
      'accept-encoding': 'identity',
      'user-agent': 'clientcert',
      connection: 'close',
    })
  })

  test('by POST, where there is a body (RFC 6960 A.1)', async () => {
    const server = await serving({ ocsp: { '/ocsp': (request) => Buffer.concat([request, Buffer.from('!')]) } })
    const octets = Uint8Array.of(0x30, 0, 255)
    const body = { type: 'application/ocsp-request', octets }
    const fetched = await fetchFrom(server)({
      ...crlAt(server.url('/ocsp')),
      accept: 'application/ocsp-response',
      body,
    })
    expect(fetched).toMatchObject({ ok: true, value: { octets: Uint8Array.of(0x30, 0, 255, 0x21), freshForMs: null } })
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/ocsp-request', 'content-length': '3' },
      body: Buffer.from(octets),
    })
  })

  test('over a connection of its own each time', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    const resolver = createChangingResolver(['127.0.0.1'])
    const fetch = fetchFrom(server, { hosts: ['crl.example'], lookup: resolver.lookup })
    for (let i = 0; i < 3; i++)
      expect(await fetch(crlAt(server.url('/a.crl', 'crl.example')))).toMatchObject({ ok: true })
    expect(resolver.asked).toEqual(['crl.example', 'crl.example', 'crl.example'])
  })
})

describe('a URL of a certificate is no way in (Lemur issue 5485: SSRF through a distribution point)', () => {
  test('a server on the loopback is reached where its address and port are listed, and not otherwise', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    const request = crlAt(server.url('/a.crl'))
    const ports = [server.port]
    expect(await fetchWith({ ports })(request)).toEqual(failure('blocked', '`addresses`'))
    expect(await fetchWith({ addresses: LOOPBACK })(request)).toEqual(failure('blocked', '`ports`'))
    expect(await fetchWith({ hosts: 'any-public', ports })(request)).toEqual(failure('blocked', 'not public'))
    expect(server.received).toEqual([])
    expect(await fetchWith({ addresses: LOOPBACK, ports })(request)).toMatchObject({ ok: true })
  })

  test('a public-looking name at a private address is refused, and reached where the address is listed', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    const request = crlAt(server.url('/a.crl', 'crl.example'))
    const lookup = resolving({ 'crl.example': ['127.0.0.1'] })
    const given = { hosts: 'any-public', ports: [server.port], lookup } as const
    expect(await fetchWith(given)(request)).toEqual(
      failure('blocked', 'crl.example is at an address that is not public'),
    )
    expect(server.received).toEqual([])
    expect(await fetchWith({ ...given, addresses: LOOPBACK })(request)).toMatchObject({ ok: true })
  })

  test('one private address among public ones refuses the name', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    const lookup = resolving({ 'crl.example': ['203.0.114.1', '127.0.0.1'] })
    const fetch = fetchWith({ hosts: 'any-public', ports: [server.port], lookup })
    expect(await fetch(crlAt(server.url('/a.crl', 'crl.example')))).toEqual(failure('blocked'))
    expect(server.received).toEqual([])
  })

  test('DNS rebinding: an answer that changes after it was checked is never asked for', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    // The first answer is allowed and nobody is there; the second one would be the server.
    const rebinding = createChangingResolver(['127.0.0.2'], ['127.0.0.1'])
    const given = { hosts: ['crl.example'], ports: [server.port], lookup: rebinding.lookup }
    const request = crlAt(server.url('/a.crl', 'crl.example'))
    expect(await fetchWith({ ...given, addresses: ['127.0.0.2'] })(request)).toEqual(
      failure('unreachable', 'ECONNREFUSED'),
    )
    expect(rebinding.asked).toEqual(['crl.example'])
    expect(server.received).toEqual([])
    // The second time it is, and is refused.
    expect(await fetchWith({ ...given, addresses: ['127.0.0.2'] })(request)).toEqual(failure('blocked'))
    expect(server.received).toEqual([])
  })

  test('of several addresses that are allowed the next one is tried', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    const lookup = resolving({ 'crl.example': ['127.0.0.2', '127.0.0.1'] })
    const fetch = fetchFrom(server, { hosts: ['crl.example'], lookup })
    expect(await fetch(crlAt(server.url('/a.crl', 'crl.example')))).toMatchObject({ ok: true })
  })

  test.each([
    ['that fails', () => Promise.reject(new Error('\u001b[31m'))],
    [
      'that throws',
      () => {
        throw new Error('at once')
      },
    ],
    ['that knows nothing', () => Promise.resolve([])],
    ['that gives names', () => Promise.resolve(['localhost'])],
    ['that gives no list', () => Promise.resolve('1.1.1.1')],
    ['that gives 33 addresses', () => Promise.resolve(new Array(33).fill('1.1.1.1'))],
  ])('a resolver %s gives no answer', async (_what, lookup) => {
    const fetch = fetchWith({ hosts: 'any-public', lookup: lookup as () => Promise<string[]> })
    expect(await fetch(crlAt('http://crl.example/'))).toEqual(failure('unreachable', 'crl.example'))
  })

  test('a name that does not exist is unreachable, by the system\u2019s resolver', async () => {
    const fetch = fetchWith({ hosts: 'any-public' })
    expect(await fetch(crlAt('http://does-not-exist.invalid/'))).toEqual(
      failure('unreachable', 'could not be resolved'),
    )
  })
})

describe('a redirect is a URL like the first (RFC 9110 15.4)', () => {
  test.each([
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/iam/'],
    ['the metadata service, in decimal', 'http://2852039166/'],
    ['the loopback, mapped', 'http://[::ffff:127.0.0.1]/'],
    ['a host that is not listed', 'http://evil.example/'],
    ['a file', 'file:///etc/passwd'],
    ['a port that is not listed', 'http://127.0.0.1:6379/'],
    ['userinfo', 'http://a@127.0.0.1/'],
    ['a host behind backslashes', '\\\\evil.example\\a'],
    ['a host without a scheme', '//evil.example/a'],
  ])('to %s it is refused', async (_what, to) => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    server.setFault({ kind: 'redirect', to }, '/a.crl')
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl')))).toEqual(failure('blocked', 'redirected'))
  })

  test.each([301, 302, 303, 307, 308])('%i is followed on the same host', async (status) => {
    const server = await serving({ crls: { '/a.crl': CRL, '/b.crl': CRL } })
    server.setFault({ kind: 'redirect', to: '/b.crl', status }, '/a.crl')
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl')))).toMatchObject({ ok: true })
    expect(server.received.map(({ path }) => path)).toEqual(['/a.crl', '/b.crl'])
  })

  test('two are followed, and a third is not', async () => {
    const server = await serving({ crls: { '/a': CRL, '/b': CRL, '/c': CRL, '/d': CRL } })
    for (const [from, to] of [
      ['/a', '/b'],
      ['/b', '/c'],
      ['/c', '/d'],
    ] as const) {
      server.setFault({ kind: 'redirect', to }, from)
    }
    expect(await fetchFrom(server)(crlAt(server.url('/b')))).toMatchObject({ ok: true })
    expect(await fetchFrom(server)(crlAt(server.url('/a')))).toEqual(failure('blocked', 'more than 2'))
  })

  test('another host is followed where it is listed, and never with any-public', async () => {
    const [server, other] = [await serving({ crls: { '/a.crl': CRL } }), await serving({ crls: { '/b.crl': CRL } })]
    server.setFault({ kind: 'redirect', to: other.url('/b.crl', 'b.example') })
    const lookup = resolving({ 'a.example': ['127.0.0.1'], 'b.example': ['127.0.0.1'] })
    const given = { addresses: LOOPBACK, ports: [server.port, other.port], lookup }
    const request = crlAt(server.url('/a.crl', 'a.example'))
    expect(await fetchWith({ ...given, hosts: ['a.example', 'b.example'] })(request)).toMatchObject({ ok: true })
    expect(await fetchWith({ ...given, hosts: ['a.example'] })(request)).toEqual(failure('blocked', '`hosts`'))
    expect(await fetchWith({ ...given, hosts: 'any-public' })(request)).toEqual(failure('blocked', 'another host'))
    expect(other.count('/b.crl')).toBe(1)
  })

  test('its host is resolved and checked again', async () => {
    const server = await serving({ crls: { '/a.crl': CRL, '/b.crl': CRL } })
    server.setFault({ kind: 'redirect', to: '/b.crl' }, '/a.crl')
    const rebinding = createChangingResolver(['127.0.0.1'], ['169.254.169.254'])
    const fetch = fetchFrom(server, { hosts: ['crl.example'], lookup: rebinding.lookup })
    expect(await fetch(crlAt(server.url('/a.crl', 'crl.example')))).toEqual(failure('blocked', 'not public'))
    expect(rebinding.asked).toEqual(['crl.example', 'crl.example'])
    expect(server.count('/b.crl')).toBe(0)
  })

  test('a POST is sent again as a POST by 307 and 308, and never turned into a GET', async () => {
    const server = await serving({ ocsp: { '/a': () => CRL, '/b': () => CRL } })
    const body = { type: 'application/ocsp-request', octets: Uint8Array.of(1, 2) }
    for (const status of [307, 308]) {
      server.setFault({ kind: 'redirect', to: '/b', status }, '/a')
      expect(await fetchFrom(server)({ ...crlAt(server.url('/a')), body })).toMatchObject({ ok: true })
      expect(server.received.at(-1)).toMatchObject({ method: 'POST', path: '/b', body: Buffer.of(1, 2) })
    }
    for (const status of [301, 302, 303]) {
      server.setFault({ kind: 'redirect', to: '/b', status }, '/a')
      expect(await fetchFrom(server)({ ...crlAt(server.url('/a')), body })).toEqual(failure('http-status', `${status}`))
    }
    expect(server.count('/b')).toBe(2)
  })

  test('without a Location that could be followed it is an answer that does not count', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    server.setFault({ kind: 'status', status: 302 })
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl')))).toEqual(failure('http-status', 'Location'))
    server.setFault({ kind: 'redirect', to: `/${'a'.repeat(2_048)}` })
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl')))).toEqual(failure('http-status', 'Location'))
  })
})

describe('a server that does everything wrong gives no answer, and ends nothing here', () => {
  const faulty: ReadonlyArray<readonly [string, Fault, FetchProblem['because'], string]> = [
    ['status 500', { kind: 'status', status: 500 }, 'http-status', 'answered 500'],
    ['status 204', { kind: 'status', status: 204 }, 'http-status', 'answered 204'],
    ['status 206', { kind: 'status', status: 206 }, 'http-status', 'answered 206'],
    ['status 404', { kind: 'status', status: 404 }, 'http-status', 'answered 404'],
    ['a body without end', { kind: 'huge' }, 'too-large', 'more than 1000 bytes'],
    ['a head without end', { kind: 'huge-head' }, 'too-large', 'HPE_HEADER_OVERFLOW'],
    ['what is no HTTP', { kind: 'not-http' }, 'malformed', 'HPE_'],
    ['gzip, which may be a bomb', { kind: 'compressed' }, 'malformed', 'gzip'],
    ['a coding nobody knows', { kind: 'compressed', coding: 'identity, br' }, 'malformed', 'identity, br'],
    ['half of the body', { kind: 'truncated' }, 'unreachable', 'ECONNRESET'],
    ['less than it announced', { kind: 'wrong-length', by: 1 }, 'unreachable', 'ECONNRESET'],
    ['a body announced as larger than the limit', { kind: 'wrong-length', by: 1_000 }, 'too-large', '1000'],
    ['a reset', { kind: 'reset' }, 'unreachable', 'ECONNRESET'],
  ]
  test.each(faulty)('%s', async (_what, fault, because, detail) => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    server.setFault(fault)
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl'), 1_000))).toEqual(failure(because, detail))
    server.setFault(null)
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl'), 1_000))).toMatchObject({ ok: true })
  })

  test.each([
    ['never answers', { kind: 'hanging' }],
    ['answers too late', { kind: 'slow', delayMs: 60_000 }],
    ['sends an octet now and then', { kind: 'trickle', everyMs: 50 }],
  ] as const)('one that %s is given up on', async (_what, fault) => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    server.setFault(fault)
    expect(await fetchFrom(server, { timeoutMs: 200 })(crlAt(server.url('/a.crl')))).toEqual(
      failure('timeout', '200 ms'),
    )
  })

  test('redirects share the time there is', async () => {
    const server = await serving({ crls: { '/a.crl': CRL, '/b.crl': CRL } })
    server.setFault({ kind: 'redirect', to: '/b.crl' }, '/a.crl')
    server.setFault({ kind: 'hanging' }, '/b.crl')
    expect(await fetchFrom(server, { timeoutMs: 300 })(crlAt(server.url('/a.crl')))).toEqual(failure('timeout'))
    expect(server.count('/b.crl')).toBe(1)
  })

  test('a resolver that never answers is given up on, and what it says later goes nowhere', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    let answer = (_addresses: readonly string[]): void => {}
    const late = new Promise<readonly string[]>((resolve) => {
      answer = resolve
    })
    const fetch = fetchFrom(server, { hosts: ['crl.example'], timeoutMs: 100, lookup: () => late })
    expect(await fetch(crlAt(server.url('/a.crl', 'crl.example')))).toEqual(failure('timeout'))
    answer(['127.0.0.1'])
    await late
    await new Promise(setImmediate)
    expect(server.received).toEqual([])
  })

  test('nobody there', async () => {
    const server = await serving()
    await server.close()
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl')))).toEqual(failure('unreachable', 'ECONNREFUSED'))
  })

  test('a body at the limit is read, and one octet more is not', async () => {
    const body = Buffer.alloc(100_000, 7)
    const server = await serving({ crls: { '/a.crl': body } })
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl'), 100_000))).toMatchObject({
      value: { octets: new Uint8Array(body) },
    })
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl'), 99_999))).toEqual(failure('too-large', '99999'))
    server.setFault({ kind: 'trickle', everyMs: 1 })
    server.publish('/a.crl', Buffer.alloc(20, 7))
    expect(await fetchFrom(server)(crlAt(server.url('/a.crl'), 20))).toMatchObject({ ok: true })
  })

  test('of a body that announces less than it sends no more is taken, if anything', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    server.setFault({ kind: 'wrong-length', by: -4 })
    const fetched = await fetchFrom(server)(crlAt(server.url('/a.crl')))
    if (fetched.ok) expect(fetched.value.octets).toEqual(new Uint8Array(CRL.subarray(0, -4)))
    else expect(['malformed', 'unreachable']).toContain(fetched.failure.because)
  })

  test('nothing that a server writes into its answer is repeated unescaped', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    server.setFault({ kind: 'compressed', coding: '\u009b31m' })
    const fetched = await fetchFrom(server)(crlAt(server.url('/a.crl')))
    expect(fetched).toEqual(failure('malformed', '\\u{9b}31m'))
  })
})

describe('when it is closed', () => {
  test('what is under way ends, and nothing begins', async () => {
    const server = await serving({ crls: { '/a.crl': CRL } })
    server.setFault({ kind: 'hanging' })
    const closing = new AbortController()
    const fetch = fetchWith({ addresses: LOOPBACK, ports: [server.port] }, closing.signal)
    const underWay = fetch(crlAt(server.url('/a.crl')))
    closing.abort()
    expect(await underWay).toEqual(failure('unreachable', 'closed'))
    expect(await fetch(crlAt(server.url('/a.crl')))).toEqual(failure('unreachable', 'closed'))
  })
})

describe('there are few connections at once', () => {
  test('six to one host; the others wait, and all are answered', async () => {
    let [open, most] = [0, 0]
    const server = createServer((socket) => {
      most = Math.max(most, ++open)
      socket.on('error', () => {})
      socket.once('data', () =>
        setTimeout(() => {
          open-- // Before the answer: the next one may be here before the end of this one is.
          socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na')
        }, 20),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const fetch = fetchWith({ addresses: LOOPBACK, ports: [port] })
    const all = await Promise.all(Array.from({ length: 30 }, () => fetch(crlAt(`http://127.0.0.1:${port}/`))))
    expect(all.every(({ ok }) => ok)).toBe(true)
    expect(most).toBeLessThanOrEqual(6)
  })
})

describe('a server that switches protocols', () => {
  test.each([
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nrest',
  ])('is no answer, and keeps no slot: the seventh request is answered like the first (%j)', async (answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write(answer))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const fetch = fetchWith({ addresses: LOOPBACK, ports: [port] })
    for (let times = 0; times < 7; times++) {
      expect(await fetch(crlAt(`http://127.0.0.1:${port}/`))).toEqual(failure('http-status', '101'))
    }
  })
})
