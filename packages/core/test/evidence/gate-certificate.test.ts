import '@clientcert/testing/vitest'
import { broken, createAuthority, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { allOf, dns, not } from '../../src/index.ts'
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
