import '@clientcert/testing/vitest'
import { broken, createAuthority, injectWithCertificate, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { allOf, dns, explain, not, reasonOf } from '../../src/index.ts'
import { alice, behindNginx, linesFor, root, ruleOf } from '../behind-nginx.ts'
import { requestPlainly, serve } from '../serving.ts'

describe('onlyFrom.certificate', () => {
  const proxies = createAuthority('Proxies CA')
  const ingress = proxies.issue({ subject: 'ingress', san: { dns: 'ingress.internal' } })
  const certificate = { trust: { pem: proxies.certificate.pem }, allow: dns('ingress.internal') }
  const behind = { proxy: 'nginx' } as const

  test('passes the proxy whose certificate is verified and allowed, over HTTP/1.1 and HTTP/2', async () => {
    for (const kind of ['https', 'http2'] as const) {
      const { server, last } = await serve(kind, behindNginx({ certificate }))
      await injectWithCertificate(server, alice, { behind: { ...behind, certificate: ingress } })
      expect(last().decision).toBeAccepted()
      expect(last().decision).toMatchObject({ identity: { commonName: 'alice' } })
      expect(last().request.httpVersionMajor).toBe(kind === 'https' ? 1 : 2)
    }
  })

  test.each([
    ['absent', null, 'no certificate'],
    ['of another authority', createAuthority('Other CA').issue({ san: { dns: 'ingress.internal' } }), 'issuer'],
    [
      'forged in the name of that authority',
      broken.otherAuthority(proxies).issue({ san: { dns: 'ingress.internal' } }),
      'sign',
    ],
    ['verified and not allowed', proxies.issue({ san: { dns: 'other.internal' } }), 'other.internal'],
    ['expired', broken.expired(proxies, { san: { dns: 'ingress.internal' } }), 'expired'],
    ['good for servers only', broken.wrongEku(proxies, { san: { dns: 'ingress.internal' } }), 'extendedKeyUsage'],
    ["the client's own, good as it is", alice, 'issuer'],
  ])('refuses a peer whose certificate is %s, and says so', async (_, leaf, reason) => {
    for (const kind of ['https', 'http2'] as const) {
      const { server, last } = await serve(kind, behindNginx({ certificate }))
      await injectWithCertificate(server, leaf, { headers: linesFor(alice) })
      const { decision } = last()
      expect(decision).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')
      expect(decision).toMatchObject({
        failure: { rule: 'certificate', reason: expect.stringContaining(reason) as string },
      })
    }
  })

  const explained = async (leaf: Leaf | null) => {
    const { server, last } = await serve('https', behindNginx({ certificate }))
    await injectWithCertificate(server, leaf, { headers: linesFor(alice) })
    expect(ruleOf(last().decision)).toBe('certificate')
    return { lines: explain(last().decision), reason: reasonOf(last().decision) }
  }
  const ownLine = ({ certificate: { x509 } }: Leaf, subject: string) =>
    `certificate: the peer's own: ${subject}, serial ${x509.serialNumber.toLowerCase()}, SHA-256 ${x509.fingerprint256.replaceAll(':', '').toLowerCase()}`

  test("names the peer's certificate, what was looked for, and what onlyFrom.certificate.trust holds instead", async () => {
    const other = createAuthority('Other CA').issue('other-ingress')
    const { lines, reason } = await explained(other)
    expect(lines).toEqual([
      expect.stringMatching(
        /^rejected: ERR_EVIDENCE_UNTRUSTED_PEER: ssl-client-cert.* its issuer CN=Other CA was neither/,
      ),
      ownLine(other, 'CN=other-ingress'),
      expect.stringMatching(/^rule: RFC 9440 section 4/),
      expect.stringMatching(
        /^proxy: its certificate fails by ERR_PATH_ISSUER_MISSING \(RFC 5280 6\.1\), judged by `trust` and `allow` of onlyFrom\.certificate: Intermediates have to be sent/,
      ),
      expect.stringMatching(/^looked for: CN=Other CA, key identifier [0-9a-f]{40}$/),
      expect.stringMatching(/^the store holds: CN=Proxies CA, SHA-256 [0-9a-f]{64}, from pem: is all there is$/),
      expect.stringMatching(/^to do: If the peer is your proxy/),
    ])
    expect(reason).toContain("ERR_EVIDENCE_UNTRUSTED_PEER [the peer's own: CN=other-ingress] ")
    expect(lines.join()).not.toContain('alice')
  })

  test('says whose key was tried, which issuer of the peer is at fault, and of one that is verified that it is not allowed', async () => {
    const forged = broken.otherAuthority(proxies).issue('forged')
    const tried = await explained(forged)
    expect(tried.lines).toContain(ownLine(forged, 'CN=forged'))
    expect(tried.lines).toContainEqual(expect.stringMatching(/^tried: CN=Proxies CA, SHA-256 /))
    const late = proxies.intermediate({ subject: 'Late CA', notAfter: new Date('2025-06-01') }).issue('late')
    expect((await explained(late)).lines).toEqual(
      expect.arrayContaining([
        ownLine(late, 'CN=late'),
        expect.stringMatching(/^proxy: its certificate fails by ERR_PATH_EXPIRED of its issuer, CN=Late CA, SHA-256 /),
      ]),
    )
    const elsewhere = proxies.issue({ subject: 'elsewhere', san: { dns: 'other.internal' } })
    expect((await explained(elsewhere)).lines).toEqual(
      expect.arrayContaining([
        ownLine(elsewhere, 'CN=elsewhere'),
        expect.stringMatching(/^proxy: its certificate fails by ERR_POLICY_REFUSED /),
      ]),
    )
    expect((await explained(null)).lines.join()).not.toMatch(/(proxy|certificate): /)
  })

  test('refuses a peer over plain HTTP, which can present none', async () => {
    const { port, last } = await serve('http', behindNginx({ certificate }))
    await requestPlainly({ port }, linesFor(alice))
    expect(ruleOf(last().decision)).toBe('certificate')
  })

  test("does not take the proxy's certificate for the client's", async () => {
    const { server, last } = await serve('https', behindNginx({ certificate }, { mode: 'optional' }))
    await injectWithCertificate(server, ingress, { headers: linesFor(null) })
    expect(last().decision).toBeAnonymous()
    await injectWithCertificate(server, ingress, '/')
    expect(last().decision).toBeAnonymous()
  })

  test("does not let the proxy's authority vouch for clients, nor the clients' for proxies", async () => {
    const { server, last } = await serve('https', behindNginx({ certificate }))
    const mallory = proxies.issue('mallory')
    await injectWithCertificate(server, mallory, { behind: { ...behind, certificate: ingress } })
    expect(last().decision).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    const pretender = root.issue({ san: { dns: 'ingress.internal' } })
    await injectWithCertificate(server, alice, { behind: { ...behind, certificate: pretender } })
    expect(ruleOf(last().decision)).toBe('certificate')
  })

  test('judges the proxy on every connection and the client on every request', async () => {
    const { server, seen } = await serve('https', behindNginx({ certificate }))
    for (const leaf of [ingress, null, ingress]) {
      await injectWithCertificate(server, leaf, { headers: linesFor(alice) })
    }
    expect(seen.map(({ decision }) => ruleOf(decision))).toEqual(['accepted', 'certificate', 'accepted'])
  })

  test('evaluates the whole rule', async () => {
    const allow = allOf(dns('ingress.internal'), not(dns('retired.internal')))
    const { server, last } = await serve('https', behindNginx({ certificate: { ...certificate, allow } }))
    const retired = proxies.issue({ san: { dns: ['ingress.internal', 'retired.internal'] } })
    await injectWithCertificate(server, alice, { behind: { ...behind, certificate: retired } })
    expect(ruleOf(last().decision)).toBe('certificate')
    await injectWithCertificate(server, alice, { behind: { ...behind, certificate: ingress } })
    expect(last().decision).toBeAccepted()
  })
})
