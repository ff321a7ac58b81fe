import '@clientcert/testing/vitest'
import { createAuthority, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { dangerouslyTrustAnyPeer, dns, MODES } from '../../src/index.ts'
import { alice, authenticatorFor, behindNginx, linesFor, ruleOf } from '../behind-nginx.ts'
import { requestPlainly, serve } from '../serving.ts'

const SECRET = { name: 'x-proxy-secret', value: 'c5f1e0b2a97d4e38' } as const

describe('onlyFrom', () => {
  test('demands every rule that is given', async () => {
    const proxies = createAuthority('Proxies CA')
    const ingress = proxies.issue({ san: { dns: 'ingress.internal' } })
    const authenticator = behindNginx({
      addresses: ['127.0.0.1'],
      certificate: { trust: { pem: proxies.certificate.pem }, allow: dns('ingress.internal') },
      secretHeader: SECRET,
    })
    const { server, last } = await serve('https', authenticator)
    const secret = [SECRET.name, SECRET.value] as const
    await injectWithCertificate(server, ingress, { headers: [...linesFor(alice), secret] })
    expect(last().decision).toBeAccepted()
    await injectWithCertificate(server, ingress, { headers: linesFor(alice) })
    expect(ruleOf(last().decision)).toBe('secretHeader')
    await injectWithCertificate(server, null, { headers: [...linesFor(alice), secret] })
    expect(ruleOf(last().decision)).toBe('certificate')

    const elsewhere = behindNginx({ addresses: ['127.0.0.2'], secretHeader: SECRET })
    const { port, last: lastElsewhere } = await serve('http', elsewhere)
    await requestPlainly({ port }, [...linesFor(alice), secret])
    expect(ruleOf(lastElsewhere().decision)).toBe('addresses')
    await requestPlainly({ port, localAddress: '127.0.0.2' }, [...linesFor(alice), secret])
    expect(lastElsewhere().decision).toBeAccepted()
  })

  test.each(MODES.filter((mode) => mode !== 'off'))(
    'refuses a genuine certificate from outside in mode %s, and says which headers it came in (RFC 9440 section 4; CVE-2026-46579, ingress-nginx#8299)',
    async (mode) => {
      const { port, last } = await serve('http', behindNginx({ addresses: ['127.0.0.9'] }, { mode }))
      await requestPlainly({ port }, linesFor(alice))
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')
      expect(last().decision).toMatchObject({
        failure: {
          peer: '127.0.0.1',
          headers: ['ssl-client-cert', 'ssl-client-verify', 'ssl-client-subject-dn', 'ssl-client-issuer-dn'],
        },
      })
      expect(JSON.stringify(last().decision)).not.toContain('CERTIFICATE')
    },
  )

  test.each([
    'ssl-client-cert',
    'ssl-client-verify',
    'ssl-client-subject-dn',
    'ssl-client-issuer-dn',
    'ssl_client_cert',
  ])('refuses %s from outside by itself, whatever its value', async (name) => {
    const { port, last } = await serve('http', behindNginx({ addresses: ['127.0.0.9'] }, { mode: 'optional' }))
    for (const value of ['', 'NONE', 'anything']) {
      await requestPlainly({ port }, [[name, value]])
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')
    }
  })

  test('lets strangers in that assert nothing, as the mode says', async () => {
    const { port, last } = await serve('http', behindNginx({ addresses: ['127.0.0.9'] }, { mode: 'optional' }))
    await requestPlainly({ port }, [['X-Client-Cert', 'anything']])
    expect(last().decision).toBeAnonymous()
  })

  test('is not needed where dangerouslyTrustAnyPeer says so, which warns at start', async () => {
    const warnings: string[] = []
    const logger = { info: () => {}, warn: (_: object, message: string) => void warnings.push(message) }
    const authenticator = authenticatorFor({ from: { proxy: 'nginx', [dangerouslyTrustAnyPeer]: true }, logger })
    expect(warnings).toEqual(['from: certificate headers are taken from any peer'])
    const { port, last } = await serve('http', authenticator)
    await requestPlainly({ port }, linesFor(alice))
    expect(last().decision).toBeAccepted()
  })
})
