/** What TLS says of a resumed session, and what that is worth. Node's own verdict is asserted where it is wrong, so that a change of it is noticed. */
import type { TLSSocket } from 'node:tls'
import { createAuthority, tlsRequest } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { createServer, type Mode } from '../src/index.ts'
import { identity, listen, options } from './serving.ts'

const isNode20 = process.versions.node.startsWith('20.')

/** Valid by the machine's clock as well, which OpenSSL goes by. */
const always = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2045-01-01T00:00:00Z') }

function observed(mode: Mode, given: object = {}) {
  const authorized: boolean[] = []
  const server = createServer(
    { ...identity, ...options, mode, ...given },
    ({ clientCert, clientCertDecision }, response) => {
      response.end(JSON.stringify([clientCertDecision.outcome, clientCert?.subject ?? null]))
    },
  )
  server.on('secureConnection', (socket: TLSSocket) => authorized.push(socket.authorized))
  return { server, authorized }
}

describe('a TLS 1.3 session without a certificate, resumed (nodejs/node#35317)', () => {
  test.each(['required', 'optional'] as const)(
    'is nobody under %s, though socket.authorized says otherwise',
    async (mode) => {
      const { server, authorized } = observed(mode)
      const port = await listen(server)
      const first = await tlsRequest({ port, minVersion: 'TLSv1.3' })
      const resumed = await tlsRequest({ port, minVersion: 'TLSv1.3', session: first.tls.session })
      expect(resumed.tls.reused).toBe(true)
      if (isNode20) expect(authorized).toEqual([false, true])
      for (const { statusCode, body } of [first, resumed]) {
        if (mode === 'required') expect(statusCode).toBe(401)
        else expect(body).toBe('["anonymous",null]')
      }
    },
  )
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a %s session resumed on another host', (version) => {
  test('is judged by the trust of this server, though socket.authorized says otherwise', async () => {
    const [ours, others] = [createAuthority('Our CA'), createAuthority('CA of the other host')]
    const { server, authorized } = observed('required', { trust: { pem: ours.certificate.pem } })
    server.addContext('ours.example', { ...identity, ca: ours.certificate.pem })
    server.addContext('others.example', { ...identity, ca: others.certificate.pem })
    const port = await listen(server)
    const leaf = others.issue({ subject: 'mallory', ...always })
    const tls = { port, leaf, minVersion: version, maxVersion: version }

    const directly = await tlsRequest({ ...tls, servername: 'ours.example' })
    const elsewhere = await tlsRequest({ ...tls, servername: 'others.example' })
    const resumed = await tlsRequest({ ...tls, servername: 'ours.example', session: elsewhere.tls.session })

    if (isNode20) {
      expect(resumed.tls.reused).toBe(true)
      expect(authorized).toEqual([false, true, true])
    }
    for (const { statusCode } of [directly, elsewhere, resumed]) expect(statusCode).toBe(401)
  })
})

test('a resumed session of a verified client is verified again, and accepted', async () => {
  const authority = createAuthority('Our CA')
  const { server } = observed('required', { trust: { pem: authority.certificate.pem } })
  const port = await listen(server)
  const leaf = authority.issue('alice')
  const first = await tlsRequest({ port, leaf })
  const resumed = await tlsRequest({ port, leaf, session: first.tls.session })
  expect(resumed.tls.reused).toBe(true)
  expect([first.body, resumed.body]).toEqual(['["accepted","CN=alice"]', '["accepted","CN=alice"]'])
})

test('a certificate that expired since is refused on the resumed session, and on the old connection', async () => {
  const authority = createAuthority('Our CA')
  const leaf = authority.issue({ subject: 'alice', validDays: 1 })
  let now = authority.at
  const { server } = observed('required', { trust: { pem: authority.certificate.pem }, clock: () => now })
  const port = await listen(server)
  const first = await tlsRequest({ port, leaf })
  now = new Date(authority.at.getTime() + 86_400_000 * 2)
  const resumed = await tlsRequest({ port, leaf, session: first.tls.session })
  expect(resumed.tls.reused).toBe(true)
  expect([first.statusCode, resumed.statusCode]).toEqual([200, 401])
})
