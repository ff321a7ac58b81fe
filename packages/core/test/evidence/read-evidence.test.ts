import '@clientcert/testing/vitest'
import { createAuthority, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { dangerouslyTrustAnyPeer, dns } from '../../src/index.ts'
import { alice, authenticatorFor, behindNginx, LOOPBACK, linesFor, root } from '../behind-nginx.ts'
import { serve } from '../serving.ts'

describe.each(['https', 'http2'] as const)(
  'two client certificates, of the connection and of a header, over %s',
  (kind) => {
    const bob = root.issue('bob')

    test('are two answers, of which none is picked (CVE-2026-35616)', async () => {
      const { server, last } = await serve(kind, behindNginx())
      for (const [own, asserted] of [
        [alice, bob],
        [alice, alice],
        [createAuthority().issue(), alice],
      ] as const) {
        await injectWithCertificate(server, own, { headers: linesFor(asserted) })
        expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_CONFLICT')
      }
    })

    test('are two answers also where the header asserts that there is none', async () => {
      const { server, last } = await serve(kind, behindNginx(undefined, { mode: 'optional' }))
      await injectWithCertificate(server, alice, { headers: linesFor(null) })
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_CONFLICT')
    })

    test('are two answers under dangerouslyTrustAnyPeer', async () => {
      const authenticator = authenticatorFor({
        from: { proxy: 'nginx', [dangerouslyTrustAnyPeer]: true },
        logger: { info: () => {}, warn: () => {} },
      })
      const { server, last } = await serve(kind, authenticator)
      await injectWithCertificate(server, alice, { headers: linesFor(bob) })
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_CONFLICT')
    })

    test('are the proxy and its client where the gate asks for the certificate of the proxy', async () => {
      const proxies = createAuthority('Proxies CA')
      const certificate = { trust: { pem: proxies.certificate.pem }, allow: dns('ingress.internal') }
      const { server, last } = await serve(kind, behindNginx({ certificate }))
      const ingress = proxies.issue({ san: { dns: 'ingress.internal' } })
      await injectWithCertificate(server, ingress, { headers: linesFor(bob) })
      expect(last().decision).toMatchObject({ outcome: 'accepted', identity: { commonName: 'bob' } })
    })

    test('cannot be told apart once the connection is gone, which is refused as that', async () => {
      const secretHeader = { name: 'x-proxy-secret', value: 'c5f1e0b2a97d4e38' }
      const authenticator = behindNginx({ secretHeader })
      const { server, seen } = await serve(kind, (request) => {
        if ('stream' in request) request.stream.session?.destroy()
        else request.socket.destroy()
        return authenticator.authenticate(request)
      })
      const headers = [...linesFor(alice), [secretHeader.name, secretHeader.value] as const]
      await expect(injectWithCertificate(server, bob, { headers })).rejects.toThrow()
      await expect.poll(() => seen).toHaveLength(1)
      expect(seen[0]?.decision).toBeRejectedWith('ERR_EVIDENCE_SOCKET_CLOSED')
    })

    test("the connection's alone is no evidence where headers are", async () => {
      const { server, last } = await serve(kind, behindNginx(undefined, { mode: 'optional' }))
      await injectWithCertificate(server, alice, '/')
      expect(last().decision).toBeAnonymous()
    })
  },
)

describe('the order of defence', () => {
  test('is gate, form, conflict, verdict, certificate', async () => {
    const everythingWrong = [
      ['ssl-client-cert', '%zz'],
      ['ssl_client_cert', 'x'],
      ['ssl-client-verify', 'NONE'],
    ] as const
    const outside = await serve('https', behindNginx({ addresses: ['192.0.2.1'] }))
    await injectWithCertificate(outside.server, alice, { headers: everythingWrong })
    expect(outside.last().decision).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')

    const { server, last } = await serve('https', authenticatorFor({ from: LOOPBACK }))
    await injectWithCertificate(server, alice, { headers: everythingWrong })
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_LOOKALIKE_HEADER')
    const wellFormed = everythingWrong.filter(([name]) => !name.includes('_'))
    await injectWithCertificate(server, alice, { headers: wellFormed })
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_CONFLICT')
    await injectWithCertificate(server, null, { headers: wellFormed })
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_CONTRADICTION')
    await injectWithCertificate(server, null, { headers: wellFormed.slice(0, 1) })
    expect(last().decision).toBeRejectedWith('ERR_ENCODING_PERCENT')
  })
})
