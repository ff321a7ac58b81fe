/**
 * Several hosts on one server: real handshakes, on one connection and across resumed ones. OpenSSL goes by the machine's clock: so do the certificates here.
 *
 * One file because all of it is one server with one PKI, asked in many ways.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import '@clientcert/testing/vitest'
import { type Authority, createAuthority, createTlsClient, serverCertificate, tlsRequest } from '@clientcert/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { certificateDerFrom } from '../src/encoding/certificate-der.ts'
import {
  type Authenticator,
  createAuthenticator,
  type Decision,
  type DecisionMessage,
  dns,
  explain,
  type HostsOptions,
  reasonOf,
  type TrustSource,
  tlsOptions,
} from '../src/index.ts'
import { serve } from './serving.ts'

const at = new Date()
const authority = (subject: string): Authority => createAuthority({ subject, at })
const [a, b] = [authority('CA of a'), authority('CA of b')]
const [alice, bob] = [a.issue({ subject: 'alice', san: { dns: 'alice' } }), b.issue('bob')]
const [trustA, trustB] = [{ pem: a.certificate.pem }, { pem: b.certificate.pem }]
const TWO = { 'a.example': { trust: trustA }, 'b.example': { trust: trustB } }
const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(authority('Server CA'), {
  san: { dns: ['localhost', 'a.example', 'b.example'] },
})

function authenticatorOf(options: HostsOptions): Authenticator {
  const authenticator = createAuthenticator({ clock: () => at, ...options })
  onTestFinished(() => authenticator.close())
  return authenticator
}

/** A source of trust that holds what a test says. */
function changingTrust(...first: readonly Authority[]): {
  source: TrustSource
  set: (...next: readonly Authority[]) => void
} {
  let held = first
  const load = async () =>
    held.map(({ certificate }) => ({ der: certificateDerFrom(certificate.der), origin: 'the test' }))
  return {
    source: { name: 'changing', load },
    set: (...next) => {
      held = next
    },
  }
}

const said = (decision: Decision): string =>
  'failure' in decision && decision.outcome === 'rejected' ? decision.failure.code : decision.outcome

/** A server of Node that answers with the decision and the status of its refusal. */
async function serveTls(authenticator: Authenticator, tls: object): Promise<{ server: Server; port: number }> {
  const server = createServer(tls, (request, response) => {
    void authenticator.authenticate(request).then((decision) => {
      if (decision.outcome === 'rejected') {
        response.statusCode = authenticator.refusal(decision, undefined, request).statusCode
      }
      response.end(said(decision))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** What a request for a host comes to. The server name of TLS is another matter. */
const asking = async (host: string, options: Parameters<typeof tlsRequest>[0]) =>
  (await tlsRequest({ ...options, headers: { host } })).body

describe('the entry of the host decides, by its own trust', () => {
  test.each([
    ['a.example', 'accepted'],
    ['A.EXAMPLE', 'accepted'],
    ['a.example.', 'accepted'],
    ['a.example:8443', 'accepted'],
    ['b.example', 'ERR_PATH_ISSUER_MISSING'],
    ['B.EXAMPLE', 'ERR_PATH_ISSUER_MISSING'],
    ['b.example.', 'ERR_PATH_ISSUER_MISSING'],
    ['b.example:443', 'ERR_PATH_ISSUER_MISSING'],
    ['x.wild.example', 'ERR_PATH_ISSUER_MISSING'],
    ['X.Wild.Example.:1', 'ERR_PATH_ISSUER_MISSING'],
    ['wild.example', 'ERR_EVIDENCE_HOST_UNKNOWN'],
    ['y.x.wild.example', 'ERR_EVIDENCE_HOST_UNKNOWN'],
    ['c.example', 'ERR_EVIDENCE_HOST_UNKNOWN'],
    ['', 'ERR_EVIDENCE_HOST_UNKNOWN'],
    ['a.example, b.example', 'ERR_EVIDENCE_HOST_MALFORMED'],
  ])(
    'Host: %s is %s, whatever the server name (CVE-2025-66614, CVE-2026-48491, CVE-2026-48928)',
    async (host, expected) => {
      const authenticator = authenticatorOf({ hosts: { ...TWO, '*.wild.example': { trust: trustB } } })
      const { port } = await serveTls(authenticator, tlsOptions({ cert, key }))
      for (const servername of ['a.example', 'b.example', 'c.example', '']) {
        expect(await asking(host, { port, leaf: alice, servername })).toBe(expected)
      }
    },
  )

  test.each([
    ['/x', 'accepted'],
    ['/x//b.example/', 'accepted'],
    ['//a.example/x', 'accepted'],
    ['//images/x.png', 'accepted'],
    ['//', 'accepted'],
    ['//b.example/x', 'ERR_EVIDENCE_HOST_CONFLICT'],
    ['/\\b.example/x', 'ERR_EVIDENCE_HOST_CONFLICT'],
    ['///B.Example:443', 'ERR_EVIDENCE_HOST_CONFLICT'],
    ['//a.example@b%2Eexample/x', 'ERR_EVIDENCE_HOST_CONFLICT'],
    ['//x.wild.example/', 'ERR_EVIDENCE_HOST_CONFLICT'],
  ])(
    'a path %s at a.example is %s: URL would read another host of the table (RFC 3986 4.2)',
    async (path, expected) => {
      const authenticator = authenticatorOf({ hosts: { ...TWO, '*.wild.example': { trust: trustB } } })
      const { port } = await serveTls(authenticator, tlsOptions({ cert, key }))
      expect(await asking('a.example', { port, leaf: alice, path })).toBe(expected)
    },
  )

  test('and so it is over HTTP/2, where a scheme of its own makes any text a target', async () => {
    const { port, last } = await serve('http2', authenticatorOf({ hosts: TWO }))
    const client = await createTlsClient({ port, leaf: alice, protocol: 'h2' })
    onTestFinished(() => client.close())
    for (const [path, scheme] of [
      ['//b.example/x', 'https'],
      ['http:b.example', 'ftp'],
    ] as const) {
      await client.request({ path, headers: { ':authority': 'a.example', ':scheme': scheme } })
      const { decision } = last()
      expect(decision).toMatchObject({
        outcome: 'rejected',
        failure: { code: 'ERR_EVIDENCE_HOST_CONFLICT', places: [':authority', 'the request target'] },
      })
    }
  })

  test("where there is an entry '*', such a path names another host of the table by any other name", async () => {
    const authenticator = authenticatorOf({ hosts: { 'a.example': { trust: trustA }, '*': { trust: trustB } } })
    const { port } = await serveTls(authenticator, tlsOptions({ cert, key }))
    const at = (host: string, path: string, leaf = alice) => asking(host, { port, leaf, path })
    expect(await at('a.example', '//images/x.png')).toBe('ERR_EVIDENCE_HOST_CONFLICT')
    expect(await at('a.example', '//-/')).toBe('ERR_EVIDENCE_HOST_CONFLICT')
    expect(await at('c.example', '//a.example/', bob)).toBe('ERR_EVIDENCE_HOST_CONFLICT')
    expect(await at('c.example', '//d.example/', bob)).toBe('accepted')
    expect(await at('', '//a.example/', bob)).toBe('ERR_EVIDENCE_HOST_CONFLICT')
    expect(await at('', '//d.example/', bob)).toBe('accepted')
  })

  test("an unknown host and none get the entry '*', where there is one", async () => {
    const authenticator = authenticatorOf({ hosts: { 'a.example': { trust: trustA }, '*': { trust: trustB } } })
    const { port } = await serveTls(authenticator, tlsOptions({ cert, key }))
    for (const host of ['c.example', '']) {
      expect(await asking(host, { port, leaf: bob })).toBe('accepted')
      expect(await asking(host, { port, leaf: alice })).toBe('ERR_PATH_ISSUER_MISSING')
    }
    expect(await asking('a.example, c.example', { port, leaf: bob })).toBe('ERR_EVIDENCE_HOST_MALFORMED')
  })

  test.each(['https', 'http2'] as const)(
    'on one connection of %s, in any order, cached or not, and the peer is asked once',
    async (kind) => {
      const getter = vi.spyOn(TLSSocket.prototype, 'getPeerX509Certificate')
      onTestFinished(() => getter.mockRestore())
      const authenticator = authenticatorOf({ hosts: TWO })
      const { port, seen } = await serve(kind, authenticator)
      const protocol = kind === 'http2' ? 'h2' : 'http/1.1'
      const client = await createTlsClient({ port, leaf: alice, protocol })
      onTestFinished(() => client.close())
      // Over HTTP/2 the client writes :authority by itself; a host beside it would be a contradiction.
      const lines = (host: string) => (kind === 'http2' ? { ':authority': host } : { host })
      for (const host of ['b.example', 'a.example', 'b.example', 'a.example', 'c.example', 'a.example']) {
        await client.request({ headers: lines(host) })
      }
      const foreign = 'ERR_PATH_ISSUER_MISSING'
      expect(seen.map(({ decision }) => said(decision))).toEqual([
        foreign,
        'accepted',
        foreign,
        'accepted',
        'ERR_EVIDENCE_HOST_UNKNOWN',
        'accepted',
      ])
      expect(getter).toHaveBeenCalledTimes(1)
    },
  )

  test('mode and policy are of the host as well, and what it leaves out is as around `hosts`', async () => {
    const authenticator = authenticatorOf({
      trust: trustA,
      mode: 'optional',
      hosts: {
        'open.example': {},
        'closed.example': { mode: 'required' },
        'hers.example': { allow: dns('alice') },
        'his.example': { allow: dns('bob') },
      },
    })
    const { port } = await serveTls(authenticator, tlsOptions({ cert, key }))
    const outcomes = async (host: string) => [await asking(host, { port }), await asking(host, { port, leaf: alice })]
    expect(await outcomes('open.example')).toEqual(['anonymous', 'accepted'])
    expect(await outcomes('closed.example')).toEqual(['ERR_EVIDENCE_NO_CERTIFICATE', 'accepted'])
    expect(await outcomes('hers.example')).toEqual(['anonymous', 'accepted'])
    expect(await outcomes('his.example')).toEqual(['anonymous', 'ERR_POLICY_REFUSED'])
    // The mode around `hosts` is that of hosts without one, and lets nobody in for a host that is not there.
    expect(await outcomes('else.example')).toEqual(['ERR_EVIDENCE_HOST_UNKNOWN', 'ERR_EVIDENCE_HOST_UNKNOWN'])
  })
})

describe('a route', () => {
  const hosts = {
    'a.example': { trust: { ...trustA, id: 'a' } },
    'b.example': { trust: [{ ...trustB, id: 'b' }, trustA] },
  }

  test('is read for every host, and anchors that a host does not have let nobody in there', async () => {
    const authenticator = authenticatorOf({ hosts })
    const route = authenticator.route({ anchors: ['a'] })
    const { port, seen } = await serve('https', (request) => authenticator.authenticate(request, route))
    for (const host of ['a.example', 'b.example']) await tlsRequest({ port, leaf: alice, headers: { host } })
    await tlsRequest({ port, leaf: bob, headers: { host: 'b.example' } })
    expect(seen.map(({ decision }) => decision.outcome)).toEqual(['accepted', 'rejected', 'rejected'])
    expect(() => authenticator.route({ anchors: ['c'] })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_ANCHOR_ID', message: expect.stringContaining('`a`, `b`') as string }),
    )
  })

  test('that is off looks at nothing, an unknown host included; nothing else lets one in', async () => {
    const authenticator = authenticatorOf({ hosts: TWO, mode: 'off' })
    for (const [options, outcome] of [
      ['off', 'skipped'],
      ['optional', 'ERR_EVIDENCE_HOST_UNKNOWN'],
      ['accept-unverified', 'ERR_EVIDENCE_HOST_UNKNOWN'],
      [{}, 'ERR_EVIDENCE_HOST_UNKNOWN'],
    ] as const) {
      const route = authenticator.route(options)
      const { port, last } = await serve('https', (request) => authenticator.authenticate(request, route))
      await tlsRequest({ port, headers: { host: 'c.example' } })
      expect(said(last().decision)).toBe(outcome)
    }
  })

  test('of another authenticator is refused', async () => {
    const [one, other] = [authenticatorOf({ hosts: TWO }), authenticatorOf({ hosts: TWO })]
    const { port } = await serve('https', async (request) => {
      await expect(one.authenticate(request, other.route({}))).rejects.toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_FOREIGN_COPY' }),
      )
      return { outcome: 'skipped' }
    })
    for (const host of ['a.example', 'c.example']) await tlsRequest({ port, headers: { host } })
  })
})

describe('421 (RFC 9110 15.5.20) is said', () => {
  const names = (authority: Authority) => ({ sendCaNames: authority.certificate.pem })
  const serveNaming = async (hosts: HostsOptions['hosts']) => {
    const authenticator = authenticatorOf({ hosts })
    return (await serveTls(authenticator, tlsOptions({ cert, key, hosts }))).port
  }
  const CLIENTS: Readonly<Record<string, typeof alice>> = { alice, bob }
  const NAMED = {
    'a.example': { trust: trustA, ...names(a) },
    'b.example': { trust: trustB, ...names(b) },
    'both.example': { trust: trustB, sendCaNames: [a.certificate.pem, b.certificate.pem] },
    'any.example': { trust: trustB },
  }
  const status = async (servername: string, host: string, leaf: typeof alice | null, port: number, more = {}) =>
    (await tlsRequest({ port, servername, leaf, headers: { host }, ...more })).statusCode

  test.each([
    ['a.example', 'b.example', 'nothing', 421, 'asked for a, and came with nothing'],
    ['a.example', 'b.example', 'alice', 421, 'asked for a, and came with what a issued'],
    ['a.example', 'any.example', 'nothing', 421, 'asked for a, where any might do'],
    ['both.example', 'b.example', 'nothing', 401, 'asked for b among others'],
    ['any.example', 'b.example', 'nothing', 401, 'asked for any'],
    ['b.example', 'b.example', 'nothing', 401, 'asked for b itself'],
    ['', 'b.example', 'nothing', 401, 'nobody knows what it was asked for'],
    ['c.example', 'b.example', 'nothing', 401, 'asked for what the server names, which is any'],
    ['a.example', 'c.example', 'alice', 401, 'no entry is for c, so another connection would not help'],
    ['a.example', 'a.example', 'alice', 200, 'asked for a'],
    ['a.example', 'b.example', 'bob', 200, 'asked for a, and came with what b takes all the same'],
  ])(
    'as %s, for %s: who has %o gets %i, %s',
    async (servername: string, host: string, leaf: string, expected: number, _why: string) => {
      expect(await status(servername, host, CLIENTS[leaf] ?? null, await serveNaming(NAMED))).toBe(expected)
    },
  )

  test('and so are the entry that decided and what the connection was opened for: in the decision, its explanation and the log', async () => {
    const lines: { details: object; message: string }[] = []
    const warn = (details: object, message: string) => void lines.push({ details, message })
    const authenticator = authenticatorOf({ hosts: NAMED, mode: 'required', logger: { info: () => {}, warn } })
    const { server } = await serveTls(authenticator, tlsOptions({ cert, key, hosts: NAMED }))
    const { port } = server.address() as AddressInfo
    const messages: DecisionMessage[] = []
    const onMessage = (message: unknown) => void messages.push(message as DecisionMessage)
    subscribe('clientcert:decision', onMessage)
    onTestFinished(() => void unsubscribe('clientcert:decision', onMessage))

    const said = async (servername: string, host: string, leaf: typeof alice | null) => {
      await tlsRequest({ port, servername, leaf, headers: { host } })
      const decision = messages.at(-1)?.decision ?? { outcome: 'skipped' }
      expect(Object.isFrozen(decision)).toBe(true)
      return { host: decision.host, lines: explain(decision), reason: reasonOf(decision) }
    }

    const elsewhere = await said('a.example', 'b.example', alice)
    const host = { entry: 'b.example', name: 'b.example', servername: 'a.example', isMisdirected: true }
    expect(elsewhere.host).toEqual(host)
    expect(elsewhere.lines.slice(0, 2)).toEqual([
      expect.stringMatching(/^rejected: ERR_PATH_ISSUER_MISSING: /),
      "host: judged by hosts['b.example']; the connection was opened for a.example: refused as misdirected (421), to be asked again on a connection of its own",
    ])
    expect(elsewhere.lines.at(-1)).toMatch(/^to do: Intermediates have to be sent along/)
    expect(elsewhere.reason).toMatch(
      /^client certificate rejected by hosts\['b\.example'\], misdirected \(421\): ERR_PATH_ISSUER_MISSING /,
    )
    expect(lines.at(-1)).toMatchObject({ details: { clientCert: { host } }, message: elsewhere.reason })

    const here = await said('b.example', 'b.example', alice)
    expect(here.lines[1]).toBe("host: judged by hosts['b.example']")
    expect(here.host).toMatchObject({ isMisdirected: false })
    const nowhere = await said('A.example', 'c.example', alice)
    expect(nowhere.lines[1]).toBe('host: judged by no entry of hosts; the connection was opened for a.example')
    expect(nowhere.reason).toMatch(/^client certificate rejected by no entry of hosts: ERR_EVIDENCE_HOST_UNKNOWN /)
    // Of those who come in, TLS is not asked.
    const good = await said('a.example', 'b.example', bob)
    expect(good.host).toEqual({ entry: 'b.example', name: 'b.example', servername: null, isMisdirected: false })
    expect(good.lines[1]).toBe("host: judged by hosts['b.example']")
  })

  test('where a certificate is refused for what it is, 401: another connection would not help', async () => {
    const old = b.issue({ subject: 'late', notBefore: new Date('2019-01-01'), notAfter: new Date('2020-01-01') })
    expect(await status('a.example', 'b.example', old, await serveNaming(NAMED))).toBe(401)
  })

  test('resumed TLS 1.2 has no server name, so that 401 stands: never more', async () => {
    const port = await serveNaming(NAMED)
    const maxVersion = 'TLSv1.2'
    const { tls } = await tlsRequest({
      port,
      servername: 'a.example',
      leaf: alice,
      maxVersion,
      headers: { host: 'a.example' },
    })
    const resumed = await tlsRequest({
      port,
      servername: 'a.example',
      session: tls.session,
      maxVersion,
      headers: { host: 'b.example' },
    })
    expect(resumed.tls.reused).toBe(true)
    expect(resumed.statusCode).toBe(401)
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s', (maxVersion) => {
  const version = { minVersion: maxVersion, maxVersion }
  const ticketKeys = Buffer.alloc(48, 7)

  test.each(['with one context', 'with a context for each host'])(
    'of a.example is worth nothing at b.example, %s (CVE-2025-23419, CVE-2025-23048)',
    async (how) => {
      const authenticator = authenticatorOf({ hosts: TWO })
      // As one may have it who lets OpenSSL trust as well: its verdict is what Node 20 carries from host to host.
      const hosts = {
        'a.example': { cert, key, sendCaNames: a.certificate.pem },
        'b.example': { cert, key, sendCaNames: b.certificate.pem },
      }
      const { port } = await serveTls(
        authenticator,
        tlsOptions({ cert, key, ...(how === 'with one context' ? {} : { hosts }) }),
      )
      const first = await tlsRequest({
        port,
        leaf: alice,
        servername: 'a.example',
        headers: { host: 'a.example' },
        ...version,
      })
      expect(first.body).toBe('accepted')
      for (const servername of ['a.example', 'b.example', '']) {
        const session = first.tls.session
        const crossed = await tlsRequest({ port, session, servername, headers: { host: 'b.example' }, ...version })
        expect(crossed.body).not.toBe('accepted')
        // Back where it was made it is good, if OpenSSL takes it up at all.
        const back = await tlsRequest({
          port,
          session,
          servername: 'a.example',
          headers: { host: 'a.example' },
          ...version,
        })
        expect(back.body).toBe(back.tls.reused ? 'accepted' : 'ERR_EVIDENCE_NO_CERTIFICATE')
      }
    },
  )

  test('of another server with the same ticket keys is verified by the trust of this one', async () => {
    const serveTrusting = (trust: { pem: string }) =>
      serveTls(authenticatorOf({ hosts: { '*': { trust } } }), {
        ...tlsOptions({ cert, key, ticketKeys }),
        ca: trust.pem,
      })
    const [one, other] = [await serveTrusting(trustA), await serveTrusting(trustB)]
    const { tls, body } = await tlsRequest({ port: one.port, leaf: alice, ...version })
    expect(body).toBe('accepted')
    const resumed = await tlsRequest({ port: other.port, session: tls.session, ...version })
    expect(resumed.tls.reused).toBe(true)
    expect(resumed.body).toBe('ERR_PATH_ISSUER_MISSING')
  })

  test('from before a change of trust is verified by the trust of now', async () => {
    const { source, set } = changingTrust(a)
    const authenticator = authenticatorOf({ hosts: { 'a.example': { trust: source }, 'b.example': { trust: trustB } } })
    await authenticator.ready()
    const { port } = await serveTls(authenticator, tlsOptions({ cert, key, ticketKeys }))
    const ask = (session?: Buffer) =>
      tlsRequest({ port, leaf: alice, session, servername: 'a.example', headers: { host: 'a.example' }, ...version })
    const { tls, body } = await ask()
    expect(body).toBe('accepted')
    set(b)
    await authenticator.reload()
    const resumed = await ask(tls.session)
    expect(resumed.tls.reused).toBe(true)
    expect(resumed.body).toBe('ERR_PATH_ISSUER_MISSING')
  })

  test('without a certificate is nobody, resumed too, whatever socket.authorized says (nodejs/node#35317)', async () => {
    const { port } = await serveTls(authenticatorOf({ hosts: TWO }), tlsOptions({ cert, key }))
    const ask = (host: string, session?: Buffer) =>
      tlsRequest({ port, session, servername: 'a.example', headers: { host }, ...version })
    const { tls } = await ask('a.example')
    for (const host of ['a.example', 'b.example']) {
      const resumed = await ask(host, tls.session)
      expect(resumed.tls.reused).toBe(true)
      expect(resumed.body).toBe('ERR_EVIDENCE_NO_CERTIFICATE')
    }
  })

  test('has no intermediates when resumed: they are remembered for the host that verified them, and for no other', async () => {
    const intermediate = a.intermediate('Intermediate')
    const leaf = intermediate.issue('carol')
    const hosts = { 'a.example': { trust: trustA }, 'b.example': { trust: trustA } }
    const { port } = await serveTls(authenticatorOf({ hosts }), tlsOptions({ cert, key }))
    const ask = (host: string, session?: Buffer) =>
      tlsRequest({ port, leaf, session, servername: 'localhost', headers: { host }, ...version })
    const { tls, body } = await ask('a.example')
    expect(body).toBe('accepted')
    const [back, crossed] = [await ask('a.example', tls.session), await ask('b.example', tls.session)]
    expect([back.tls.reused, crossed.tls.reused]).toEqual([true, true])
    expect([back.body, crossed.body]).toEqual(['accepted', 'ERR_PATH_ISSUER_MISSING'])
  })
})

test('an intermediate is an anchor under partialChain, for the host that says so alone', async () => {
  const intermediate = a.intermediate('Intermediate')
  const leaf = intermediate.issue('carol')
  const authenticator = authenticatorOf({
    hosts: {
      'partial.example': { trust: { pem: intermediate.certificate.pem, partialChain: true } },
      'b.example': { trust: trustB },
    },
  })
  const { port } = await serveTls(authenticator, tlsOptions({ cert, key }))
  expect(await asking('partial.example', { port, leaf })).toBe('accepted')
  expect(await asking('b.example', { port, leaf })).not.toBe('accepted')
})

test('a connection that ends before its certificate was read is nobody, at each host', async () => {
  const authenticator = authenticatorOf({ hosts: TWO })
  const { port, seen } = await serve('https', (request) => {
    request.socket.destroy()
    return authenticator.authenticate(request)
  })
  for (const host of ['a.example', 'c.example']) {
    await expect(tlsRequest({ port, leaf: alice, headers: { host } })).rejects.toThrow()
  }
  await expect
    .poll(() => seen.map(({ decision }) => said(decision)))
    .toEqual(['ERR_EVIDENCE_SOCKET_CLOSED', 'ERR_EVIDENCE_HOST_UNKNOWN'])
})

describe('around the decisions', () => {
  test('status, metrics, changes, ready and close are of all hosts together', async () => {
    const authenticator = authenticatorOf({ hosts: TWO })
    expect(authenticator.status()).toMatchObject({
      ready: true,
      anchors: 2,
      revocation: 'skip',
      hosts: { 'a.example': { anchors: 1 }, 'b.example': { anchors: 1 } },
    })
    expect([...(authenticator.hosts ?? [])].map(([name]) => name)).toEqual(['a.example', 'b.example'])
    const { port } = await serve('https', authenticator)
    await asking('a.example', { port, leaf: alice })
    await asking('b.example', { port, leaf: bob })
    await asking('c.example', { port, leaf: bob })
    expect(authenticator.metrics()).toContain('clientcert_decisions_total{outcome="accepted",code=""} 2')
    expect(authenticator.metrics()).toContain('code="ERR_EVIDENCE_HOST_UNKNOWN"} 1')
    authenticator.close()
    expect(authenticator.status().ready).toBe(false)
    expect(await asking('a.example', { port, leaf: alice })).toBe('rejected')
  })

  test('onChange tells of each host, until it is stopped', async () => {
    const { source, set } = changingTrust(a)
    const authenticator = authenticatorOf({ hosts: { 'a.example': { trust: source }, 'b.example': { trust: trustB } } })
    await authenticator.ready()
    const changes: string[] = []
    const stop = authenticator.onChange(({ kind }) => changes.push(kind))
    set(a, b)
    await authenticator.reload()
    stop()
    set(a)
    await authenticator.reload()
    expect(changes).toEqual(['trust'])
  })

  test('material for a handshake is of all hosts together, and of each', () => {
    const { handshakeMaterial, hosts } = authenticatorOf({ hosts: { ...TWO, 'c.example': { trust: trustA } } })
    const asked = { at, maxCrlBytes: 1_000 }
    expect(handshakeMaterial(asked)?.ca).toHaveLength(2)
    expect(hosts?.get('a.example')?.handshakeMaterial(asked)?.ca).toHaveLength(1)
  })

  test('verify has no request, hence no host: refused, unless there is an entry for all others', async () => {
    const refused = await authenticatorOf({ hosts: TWO }).verify({ pem: alice.fullChainPem })
    expect(refused).toBeRejectedWith('ERR_EVIDENCE_HOST_UNKNOWN')
    const all = authenticatorOf({ hosts: { ...TWO, '*': { trust: trustA } } })
    expect(await all.verify({ pem: alice.fullChainPem })).toBeAccepted()
    expect(await all.hosts?.get('b.example')?.verify({ pem: bob.fullChainPem })).toBeAccepted()
  })

  test('a source that is not there yet keeps its own host closed, with 503, and no other', async () => {
    const trust = { name: 'slow', load: () => new Promise<never>(() => {}) }
    const authenticator = authenticatorOf({ hosts: { 'a.example': { trust: trustA }, 'b.example': { trust } } })
    expect(authenticator.status().ready).toBe(false)
    const { port } = await serveTls(authenticator, tlsOptions({ cert, key }))
    expect(await asking('a.example', { port, leaf: alice })).toBe('accepted')
    const closed = await tlsRequest({ port, leaf: alice, headers: { host: 'b.example' } })
    expect([closed.statusCode, closed.body]).toEqual([503, 'ERR_TRUST_NOT_READY'])
  })
})

describe('a decision says for which host it was made,', () => {
  const HOSTS = {
    'a.example': { trust: trustA, allow: dns('alice') },
    '*.wild.example': { trust: trustB, mode: 'optional' },
    'lax.example': { trust: trustB, mode: 'accept-unverified' },
    'open.example': { trust: trustB, mode: 'off' },
    '*': { trust: trustA },
  } as const

  test.each([
    ['A.Example.:8443', 'accepted', { name: 'a.example', entry: 'a.example' }],
    ['X.wild.EXAMPLE', 'rejected', { name: 'x.wild.example', entry: '*.wild.example' }],
    ['lax.example', 'unverified', { name: 'lax.example', entry: 'lax.example' }],
    ['open.example', 'skipped', { name: 'open.example', entry: 'open.example' }],
    ['[::0001]:443', 'accepted', { name: '::1', entry: '*' }],
    ['', 'accepted', { name: null, entry: '*' }],
    ['a.example, b.example', 'rejected', { name: null, entry: null }],
  ])('where Host is %j: %s', async (host, outcome, expected) => {
    const authenticator = authenticatorOf({ hosts: HOSTS })
    const { port, last } = await serve('https', authenticator)
    // The second one is remembered.
    for (const _ of ['first', 'second']) {
      await tlsRequest({ port, leaf: alice, headers: { host } })
      const { decision } = last()
      expect(decision.outcome).toBe(outcome)
      expect(decision.host).toMatchObject(expected)
      expect(Object.isFrozen(decision)).toBe(true)
    }
  })

  test('to who has no certificate, too, and over HTTP/2', async () => {
    const { port, last } = await serve('http2', authenticatorOf({ hosts: HOSTS }))
    const client = await createTlsClient({ port, protocol: 'h2' })
    onTestFinished(() => client.close())
    await client.request({ headers: { ':authority': 'X.wild.example:1' } })
    expect(last().decision).toMatchObject({
      outcome: 'anonymous',
      host: { name: 'x.wild.example', entry: '*.wild.example' },
    })
  })

  test("and of what did not come with a request, that it is of '*'; without hosts it says nothing", async () => {
    const decision = await authenticatorOf({ hosts: HOSTS }).verify({ pem: alice.fullChainPem })
    expect(decision.host).toMatchObject({ name: null, entry: '*' })
    const single = createAuthenticator({ trust: trustA, clock: () => at })
    onTestFinished(() => single.close())
    expect('host' in (await single.verify({ pem: alice.fullChainPem }))).toBe(false)
  })
})
