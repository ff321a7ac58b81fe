/**
 * What resumed sessions say of themselves, and what is made of it: real handshakes, since each Node brings an OpenSSL of its own. What
 * `socket.authorized` claims is looked at as well, so that it is known when a Node stops claiming it.
 */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import '@clientcert/testing/vitest'
import { type Authority, createAuthority, serverCertificate, type TlsInfo, tlsRequest } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Authenticator, Decision } from '../../src/index.ts'
import { authenticatorFor } from '../behind-nginx.ts'

// OpenSSL goes by the machine's clock: so does everything here, as it was when the tests began.
const at = new Date()
const root = createAuthority({ subject: 'Clients CA', at })
const HOSTS = ['a.example', 'b.example'] as const
const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Server CA'), {
  san: { dns: ['localhost', ...HOSTS] },
})

type Seen = Readonly<{ decision: Decision; authorized: boolean }>

/** A server as its author may have it, with `ca`, so that the verdict of OpenSSL is there to be wrong. */
async function serveTls(
  authorities: readonly Authority[],
  authenticatorOf: (host: string) => Authenticator,
): Promise<Readonly<{ port: number; last: () => Seen | undefined }>> {
  const seen: Seen[] = []
  const asking = { cert, key, requestCert: true, rejectUnauthorized: false }
  const [first] = authorities
  const server = createServer({ ...asking, ca: first?.certificate.pem }, (request, response) => {
    const { authenticate } = authenticatorOf(request.headers.host?.split(':')[0] ?? '')
    void authenticate(request).then((decision) => {
      seen.push({ decision, authorized: request.socket instanceof TLSSocket && request.socket.authorized })
      response.end()
    })
  })
  for (const [index, host] of HOSTS.entries()) {
    const authority = authorities[index]
    if (authority !== undefined) server.addContext(host, { ...asking, ca: authority.certificate.pem })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, last: () => seen.at(-1) }
}

/** The option that resumes a session; none, and the test fails where it looks whether it was resumed. */
const resuming = ({ session }: TlsInfo) => (session === undefined ? {} : { session })

const [major = 0] = process.versions.node.split('.').map(Number)

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s', (maxVersion) => {
  const trust = { pem: root.certificate.pem }

  test('resumed without a certificate is not authenticated, whatever it claims (nodejs/node#35317)', async () => {
    const authenticator = authenticatorFor({ trust, clock: () => at })
    const { port, last } = await serveTls([root], () => authenticator)
    const { tls } = await tlsRequest({ port, maxVersion })
    expect(last()?.decision).toBeRejectedWith('ERR_EVIDENCE_NO_CERTIFICATE')
    expect(last()?.authorized).toBe(false)
    const resumed = await tlsRequest({ port, maxVersion, ...resuming(tls) })
    expect(resumed.tls.reused).toBe(true)
    expect(last()?.decision).toBeRejectedWith('ERR_EVIDENCE_NO_CERTIFICATE')
    // Node 24 no longer claims it.
    expect(last()?.authorized).toBe(maxVersion === 'TLSv1.3' && major < 24)
  })

  test('resumed at a host with another authority is not authenticated there', async () => {
    const other = createAuthority({ subject: 'Authority of b', at })
    const authenticators = {
      'a.example': authenticatorFor({ trust, clock: () => at }),
      'b.example': authenticatorFor({ trust: { pem: other.certificate.pem }, clock: () => at }),
    }
    const { port, last } = await serveTls([root, other], (host) => authenticators[host as 'a.example'])
    const leaf = root.issue('alice')
    const { tls } = await tlsRequest({ port, maxVersion, leaf, servername: 'a.example' })
    expect(last()?.decision).toBeAccepted()
    const crossed = await tlsRequest({ port, maxVersion, ...resuming(tls), servername: 'b.example' })
    const { decision, authorized } = last() as Seen
    expect(decision.outcome).toBe('rejected')
    // Node 20 resumes it and calls it authorized; OpenSSL 3.5 makes a new session.
    const oldNode = major < 22
    expect({ reused: crossed.tls.reused, authorized }).toEqual({ reused: oldNode, authorized: oldNode })
    expect(decision).toBeRejectedWith(oldNode ? 'ERR_PATH_ISSUER_MISSING' : 'ERR_EVIDENCE_NO_CERTIFICATE')
  })

  test('has the end entity alone when resumed: the intermediates are those it was verified with before, or the store has them', async () => {
    const intermediate = root.intermediate('Intermediate')
    const leaf = intermediate.issue('alice')
    const withIntermediate = { pem: root.certificate.pem + intermediate.certificate.pem }
    for (const [store, remembered, resumedAs] of [
      [trust, 0, 'ERR_PATH_ISSUER_MISSING'],
      [trust, 1, 'accepted'],
      [withIntermediate, 0, 'accepted'],
    ] as const) {
      const authenticator = authenticatorFor({ trust: store, clock: () => at, limits: { remembered } })
      // Without `ca`, as tlsOptions() has it: Node 24 keeps what an authorized client sent along to itself, see below.
      const { port, last } = await serveTls([], () => authenticator)
      const { tls } = await tlsRequest({ port, maxVersion, leaf })
      expect(last()?.decision).toBeAccepted()
      const resumed = await tlsRequest({ port, maxVersion, leaf, ...resuming(tls) })
      expect(resumed.tls.reused).toBe(true)
      const { decision } = last() as Seen
      expect('failure' in decision ? decision.failure.code : decision.outcome).toBe(resumedAs)
    }
  })

  test('whose certificate expired since the first handshake is refused', async () => {
    let now = at
    const authenticator = authenticatorFor({ trust, clock: () => now })
    const { port, last } = await serveTls([root], () => authenticator)
    const leaf = root.issue({ subject: 'alice', validDays: 1 })
    const { tls } = await tlsRequest({ port, maxVersion, leaf })
    expect(last()?.decision).toBeAccepted()
    now = new Date(at.getTime() + 2 * 86_400_000)
    const resumed = await tlsRequest({ port, maxVersion, ...resuming(tls) })
    expect(resumed.tls.reused).toBe(true)
    expect(last()?.decision).toBeRejectedWith('ERR_PATH_EXPIRED')
    expect(last()?.authorized).toBe(true)
  })
})

test('a server with `ca` shows the intermediates that a client sent, but for Node 24, which needs them in the store', async () => {
  const intermediate = root.intermediate('Intermediate')
  const leaf = intermediate.issue('alice')
  for (const [pem, outcome] of [
    [root.certificate.pem, major === 24 ? 'rejected' : 'accepted'],
    [root.certificate.pem + intermediate.certificate.pem, 'accepted'],
  ] as const) {
    const authenticator = authenticatorFor({ trust: { pem }, clock: () => at })
    const { port, last } = await serveTls([root], () => authenticator)
    await tlsRequest({ port, leaf })
    expect(last()?.authorized).toBe(true)
    expect(last()?.decision.outcome).toBe(outcome)
  }
})
