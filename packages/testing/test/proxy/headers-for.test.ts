import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createAuthenticator, PROXY_NAMES } from '@clientcert/core'
import { createFormat } from '@clientcert/core/headers'
import {
  createAuthority,
  der,
  headersFor,
  injectWithCertificate,
  issuedCertificate,
  leafOf,
  type ProxyName,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { openssl } from '../openssl.ts'

const root = createAuthority({ subject: { C: 'GB', O: 'Example Org', CN: 'Root' } })

describe('the headers of nginx', () => {
  const leaf = root.issue({ subject: { O: 'Example', CN: 'alice' } })

  test('carry the leaf percent-encoded, in upper case, to the last newline', () => {
    const headers = headersFor('nginx', root.intermediate().issue())
    expect(headers['ssl-client-cert']).toMatch(
      /^-----BEGIN%20CERTIFICATE-----%0A(?:[A-Za-z0-9]|%2B|%2F|%3D|%0A)+-----END%20CERTIFICATE-----%0A$/,
    )
    expect(headersFor('nginx', leaf)['ssl-client-cert']).toBe(encodeURIComponent(leaf.certificate.pem))
  })

  test('carry the verdict and both names, last RDN first', () => {
    expect(headersFor('nginx', leaf)).toMatchObject({
      'ssl-client-verify': 'SUCCESS',
      'ssl-client-subject-dn': 'CN=alice,O=Example',
      'ssl-client-issuer-dn': 'CN=Root,O=Example Org,C=GB',
    })
    const { 'ssl-client-verify': verdict } = headersFor('nginx', leaf, { verify: 'FAILED:certificate has expired' })
    expect(verdict).toBe('FAILED:certificate has expired')
  })

  test('are the verdict alone for a client without a certificate', () => {
    expect(headersFor('nginx', null)).toEqual({ 'ssl-client-verify': 'NONE' })
  })

  test('leave out an empty name, as nginx leaves out an empty value', () => {
    expect(headersFor('nginx', root.issue({ subject: {} }))).not.toHaveProperty('ssl-client-subject-dn')
  })

  test('of an unknown proxy are refused', () => {
    expect(() => headersFor('ngnix' as ProxyName, leaf)).toThrow(/unknown proxy "ngnix"; use nginx/)
  })
})

describe.each(PROXY_NAMES)('the headers of %s', (proxy) => {
  const leaf = root.intermediate('Intermediate').issue({ subject: 'alice', san: { uri: 'spiffe://example.org/alice' } })
  const { verdictHeader } = createFormat(proxy)

  test('are taken for the client by an application behind it', async () => {
    const authenticator = createAuthenticator({
      trust: { pem: root.certificate.pem + leaf.chain[1]?.pem },
      clock: () => root.at,
      mode: 'optional',
      from: { proxy, onlyFrom: { addresses: ['127.0.0.1'] } },
    })
    const app: RequestListener = (request, response) =>
      void authenticator.authenticate(request).then((decision) => response.end(decision.outcome))
    const ask = async (who: typeof leaf | null) => (await injectWithCertificate(app, who, { behind: proxy })).body
    expect(await ask(leaf)).toBe('accepted')
    expect(await ask(null)).toBe('anonymous')
    authenticator.close()
  })

  test('say that it failed where the proxy can say so', () => {
    const failed = { verify: 'FAILED:certificate has expired' }
    if (verdictHeader === null) expect(() => headersFor(proxy, leaf, failed)).toThrow(/cannot say "FAILED:/)
    else expect(headersFor(proxy, leaf, failed)).not.toEqual(headersFor(proxy, leaf))
    if (proxy !== 'nginx') expect(() => headersFor(proxy, null, { verify: 'SUCCESS' })).toThrow(/cannot say "SUCCESS"/)
  })
})

describe('a name is printed as openssl does for RFC 2253', () => {
  test.for([
    [{ CN: 'Zoë, "Ops" + Team/α' }],
    [{ OU: 'a/b;c\\d<e>#f=g' }],
    [{ CN: '  lead trail  ' }],
    [{ CN: '#hash' }],
    [{ CN: '#' }],
    [{ CN: ' ' }],
    [{ CN: 'a\r\nX-Injected: yes\u007f' }],
    [{ CN: { text: 'Zoë', as: 'teletex' } }],
    [{ CN: { text: 'Zoë', as: 'bmp' } }],
    [{ emailAddress: 'zoe@example.test', serialNumber: '007' }],
    [{ '1.2.3.4': 'unknown type' }],
    [{ CN: der.bitString(Uint8Array.of(0xa5)) }],
    [[{ DC: 'test' }, { UID: 'u42', CN: 'multi' }, { O: 'Org' }]],
  ] as const)('%o', ([subject], context) => {
    const leaf = root.issue({ subject })
    const printed = openssl(
      context,
      ['x509', '-inform', 'DER', '-noout', '-subject', '-nameopt', 'RFC2253'],
      leaf.certificate.der,
    )
    expect(headersFor('nginx', leaf)['ssl-client-subject-dn']).toBe(printed.replace(/^subject=/, '').replace(/\n$/, ''))
  })
})

type Capture = Readonly<{ case: string; variant: string; status: number; headers: readonly string[] }>

test('they are the headers that a real nginx sent', (context) => {
  const captures = new URL('../../../../../shared/captures/', import.meta.url)
  if (!existsSync(captures))
    return context.skip('the captured headers are not beside this checkout (../shared/captures)')
  const seen = JSON.parse(readFileSync(new URL('nginx.json', captures), 'utf8')) as readonly Capture[]
  const compared = seen
    .filter(({ variant, status }) => variant === 'ingress-optional' && status === 200)
    .flatMap((capture) => {
      const sent = new Map(
        capture.headers.flatMap((name, index, all) => (index % 2 === 0 ? [[name, all[index + 1]]] : [])) as Array<
          [string, string]
        >,
      )
      const certificate = sent.get('ssl-client-cert')
      if (certificate === undefined) return []
      const captured = new Uint8Array(new X509Certificate(decodeURIComponent(certificate)).raw)
      const made = headersFor('nginx', leafOf(issuedCertificate(captured), root))
      const names = Object.keys(made)
      expect({ case: capture.case, ...made }).toEqual({
        case: capture.case,
        ...Object.fromEntries(names.map((name) => [name, sent.get(name)])),
      })
      return [capture.case]
    })
  expect(compared).toContain('utf8')
  expect(compared).toContain('multi')
  expect(compared).toContain('evil')
})
