/** What holds of revocation in every adapter: each states that its applications keep it. */
import type { AuthenticatorOptions, RevocationMode } from '@clientcert/core'
import { createTlsClient, DEFAULT_CLOCK, headersFor, tlsRequest } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { CLIENTS, createRevocableClient, publishClients, SOURCES } from './published-clients.ts'

/** An application that answers 200 to whoever comes in, until the test ends. */
export interface Application {
  readonly port: number
  readonly reload: () => Promise<void>
  /** What it has logged, each line with its details. */
  readonly logged: () => readonly string[]
}

/** Starts an application that terminates TLS itself, or one that a proxy reaches over plain HTTP. */
export type Start = (options: AuthenticatorOptions, over: 'tls' | 'http') => Promise<Application>

/** In the order of `CLIENTS`. */
const STATUSES: Readonly<Record<RevocationMode, readonly number[]>> = {
  skip: [200, 200, 200],
  'ignore-ca-error': [200, 401, 200],
  strict: [200, 401, 401],
}

const rows = SOURCES.flatMap((source) =>
  Object.entries(STATUSES).map(([mode, statuses]) => ({ source, mode: mode as RevocationMode, statuses })),
)

/** Everything that a client could read a reason out of. */
const REASON = /revo|compromise|answer|reach|reset|strict|crl|ocsp|127\.0\.0\.1|CN=|ERR_(?!CLIENT_CERT_REJECTED)/i

const clock = () => DEFAULT_CLOCK

const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } as const

export function describeRevocation(start: Start): void {
  test.each(rows)(
    '$mode, published by $source: a good, a revoked and an unreachable-status client get $statuses',
    async ({ source, mode, statuses }) => {
      const { trust, clients, revocation } = await publishClients(source)
      const { port } = await start({ trust, clock, revocation: { ...revocation, mode } }, 'tls')
      const got = []
      for (const name of CLIENTS) got.push((await tlsRequest({ port, leaf: clients[name] })).statusCode)
      expect(got).toEqual(statuses)
    },
  )

  describe.each(SOURCES)('the reason, published by %s', (source) => {
    test.each(['revoked', 'unreachable'] as const)('is in the log and never in the response: %s', async (name) => {
      const { trust, clients, revocation, url } = await publishClients(source)
      const { port, logged } = await start({ trust, clock, revocation: { ...revocation, mode: 'strict' } }, 'tls')
      const leaf = clients[name]
      const { statusCode, body, rawHeaders } = await tlsRequest({ port, leaf })
      expect(statusCode).toBe(401)
      expect(`${rawHeaders.join('\n')}\n${body}`).not.toMatch(REASON)
      const code = name === 'revoked' ? 'ERR_REVOCATION_REVOKED' : 'ERR_REVOCATION_UNAVAILABLE'
      const line = logged().find((each) => each.includes(code))
      const where = name === 'revoked' ? url : url.replace('/known', '/broken')
      const { serialNumber } = leaf.certificate.x509
      for (const said of [`CN=${name}`, serialNumber.toLowerCase(), where]) expect(line).toContain(said)
    })

    test('that nobody answered is a warning where the client came in all the same', async () => {
      const { trust, clients, revocation } = await publishClients(source)
      const { port, logged } = await start({ trust, clock, revocation }, 'tls')
      expect((await tlsRequest({ port, leaf: clients.unreachable })).statusCode).toBe(200)
      const line = logged().find((each) => each.includes('revocation unanswered'))
      expect(line).toContain('/broken: unreachable')
      // Who it was, so that somebody can ask the authority.
      const { serialNumber } = clients.unreachable.certificate.x509
      for (const said of ['[CN=unreachable]', serialNumber.toLowerCase()]) expect(line).toContain(said)
      await tlsRequest({ port, leaf: clients.good })
      expect(logged().filter((each) => each.includes('revocation unanswered'))).toEqual([line])
    })
  })

  // nginx 18711f775: its stream module asked the responder, and nobody asked for the result.
  describe('the result counts on every path (nginx 18711f775)', () => {
    test('on the next request of a connection that is open', async () => {
      const { trust, alice, revocation, revoke } = createRevocableClient()
      const { port, reload } = await start({ trust, clock, revocation }, 'tls')
      const client = await createTlsClient({ port, leaf: alice })
      expect((await client.request('/')).statusCode).toBe(200)
      revoke()
      await reload()
      expect((await client.request('/')).statusCode).toBe(401)
      await client.close()
    })

    test.each(['TLSv1.2', 'TLSv1.3'] as const)('on a resumed session of %s', async (version) => {
      const { trust, alice, revocation, revoke } = createRevocableClient()
      const { port, reload } = await start({ trust, clock, revocation }, 'tls')
      const tls = { port, minVersion: version, maxVersion: version }
      const first = await tlsRequest({ ...tls, leaf: alice })
      const again = await tlsRequest({ ...tls, leaf: alice, session: first.tls.session })
      expect([first.statusCode, again.statusCode, again.tls.reused]).toEqual([200, 200, true])
      revoke()
      await reload()
      const resumed = await tlsRequest({ ...tls, leaf: alice, session: again.tls.session ?? first.tls.session })
      expect([resumed.statusCode, resumed.tls.reused]).toEqual([401, true])
    })

    test('of a request that asks for an upgrade', async () => {
      const { trust, alice, revocation, revoke } = createRevocableClient()
      const { port, reload } = await start({ trust, clock, revocation }, 'tls')
      const upgrade = async () => {
        const client = await createTlsClient({ port, leaf: alice })
        const { statusCode } = await client.upgrade()
        await client.close()
        return statusCode
      }
      expect(await upgrade()).toBe(200) // Nobody listens for it: it is a request like others.
      revoke()
      await reload()
      expect(await upgrade()).toBe(401)
    })

    test('behind a proxy, whose verdict is SUCCESS and whose header was seen before', async () => {
      const { trust, alice, revocation, revoke } = createRevocableClient()
      const { port, reload, logged } = await start({ trust, clock, revocation, from }, 'http')
      const ask = async () => {
        const response = await fetch(`http://127.0.0.1:${port}`, { headers: headersFor('nginx', alice) })
        return { status: response.status, read: `${[...response.headers].join('\n')}\n${await response.text()}` }
      }
      expect((await ask()).status).toBe(200)
      revoke()
      await reload()
      const { status, read } = await ask()
      expect(status).toBe(401)
      expect(read).not.toMatch(REASON)
      expect(logged().join('\n')).toContain('ERR_REVOCATION_REVOKED')
    })
  })
}
