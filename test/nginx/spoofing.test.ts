/** What a client can smuggle past nginx, and what becomes of it. What a configuration by half lets through is here, too, said as it is. */
import { encodeNginx } from '@clientcert/core/headers'
import { describe, expect, test } from 'vitest'
import { alice, root } from '../proxies/application.ts'
import { findNginx, NGINX_MISSING } from '../servers/nginx.ts'
import { requireServer } from '../servers/requirement.ts'
import { authenticatorFor, behindNginx, startApplication, wordFor } from './behind-nginx.ts'

requireServer(findNginx(), NGINX_MISSING)

const MODES = {
  on: { verifyClient: 'on' },
  optional: { verifyClient: 'optional' },
  optional_no_ca: { verifyClient: 'optional_no_ca' },
} as const

const bob = root.issue('bob')

/** Alice's certificate is public; bob pastes it. */
const SPOOF = [
  ['ssl-client-cert', encodeNginx(alice.certificate.der)],
  ['ssl-client-verify', 'SUCCESS'],
  ['ssl-client-subject-dn', 'CN=alice'],
  ['ssl-client-issuer-dn', 'CN=Clients CA'],
] as const

const upperCased = SPOOF.map(([name, value]) => [name.toUpperCase(), value] as const)
const underscored = SPOOF.map(([name, value]) => [name.replaceAll('-', '_'), value] as const)
const dotted = SPOOF.map(([name, value]) => [name.replaceAll('-', '.'), value] as const)

describe('headers that a client spoofs', () => {
  test.each([
    ['as they are', SPOOF],
    ['in upper case', upperCased],
    ['twice', [...SPOOF, ...SPOOF]],
    ['with underscores', underscored],
    ['with dots', dotted],
    ['named in Connection', [...SPOOF, ['Connection', 'close, ssl-client-cert, ssl-client-verify'] as const]],
  ])('are overwritten or dropped in each mode: %s', async (_, headers) => {
    const ask = await behindNginx(MODES, await startApplication(authenticatorFor({ mode: 'optional' })))
    for (const name of ['on', 'optional', 'optional_no_ca'] as const) {
      const { arrival } = await ask(name, bob, { headers })
      expect(arrival?.decision).toMatchObject({ outcome: 'accepted', identity: { commonName: 'bob' } })
      expect(wordFor(await ask(name, null, { headers }))).toBe(name === 'on' ? '400 by nginx' : 'anonymous')
    }
  })

  test('do not arrive where nobody sent a certificate: nginx drops a header that it would set to nothing', async () => {
    const ask = await behindNginx(MODES, await startApplication(authenticatorFor({ mode: 'optional' })))
    const { arrival } = await ask('optional', null, { headers: SPOOF })
    expect(arrival?.headers).toMatchObject({ 'ssl-client-verify': 'NONE' })
    expect(arrival?.headers).not.toHaveProperty('ssl-client-cert')
  })

  test('with underscores are refused where nginx lets those through', async () => {
    const passing = {
      verifyClient: 'optional',
      headersIn: 'server',
      beside: 'underscores_in_headers on;',
    } as const
    const ask = await behindNginx({ passing }, await startApplication(authenticatorFor({ mode: 'optional' })))
    for (const leaf of [bob, null]) {
      expect(wordFor(await ask('passing', leaf, { headers: underscored }))).toBe('ERR_EVIDENCE_LOOKALIKE_HEADER')
    }
  })
})

describe('a location with a proxy_set_header of its own, which loses those of the server', () => {
  const lost = {
    lost: { verifyClient: 'optional', headersIn: 'server', ownLocation: 'proxy_set_header X-Own 1;' },
  } as const

  test('lets everything through that a client spoofs: the gate cannot know, and the pasted certificate counts', async () => {
    const ask = await behindNginx(lost, await startApplication(authenticatorFor({ mode: 'optional' })))
    const elsewhere = await ask('lost', bob, { path: '/', headers: SPOOF })
    expect(elsewhere.arrival?.decision).toMatchObject({ outcome: 'accepted', identity: { commonName: 'bob' } })
    // A forwarded certificate is a bearer token: nginx hands it on, and nginx is believed.
    const { arrival } = await ask('lost', bob, { path: '/own/', headers: SPOOF })
    expect(arrival?.decision).toMatchObject({ outcome: 'accepted', identity: { commonName: 'alice' } })
  })

  test('loses a secret header along with them, so that onlyFrom.secretHeader notices', async () => {
    const secretHeader = { name: 'x-proxy-secret', value: 'c5f1e0b2a97d4e38' }
    const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'], secretHeader } } as const
    const beside = `proxy_set_header ${secretHeader.name} ${secretHeader.value};`
    const application = await startApplication(authenticatorFor({ from, mode: 'optional' }), 'http')
    const ask = await behindNginx({ lost: { ...lost.lost, beside } }, application)
    const { arrival } = await ask('lost', bob)
    expect(arrival?.decision).toMatchObject({ outcome: 'accepted', identity: { commonName: 'bob' } })
    expect(arrival?.left).not.toContain(secretHeader.name)
    const spoofed = await ask('lost', bob, { path: '/own/', headers: SPOOF })
    expect(spoofed.arrival?.decision).toMatchObject({
      failure: { code: 'ERR_EVIDENCE_UNTRUSTED_PEER', rule: 'secretHeader' },
    })
  })

  test('asserts nothing for honest clients, who are then without a certificate', async () => {
    const ask = await behindNginx(lost, await startApplication(authenticatorFor()))
    expect(wordFor(await ask('lost', alice, { path: '/own/' }))).toBe('ERR_EVIDENCE_NO_CERTIFICATE')
  })
})

describe('without auth-tls-pass-certificate-to-upstream', () => {
  const withheld = { withheld: { verifyClient: 'optional', passCertificate: 'false' } } as const

  test('nobody with a certificate comes in, and a pasted one without a certificate contradicts the verdict', async () => {
    const ask = await behindNginx(withheld, await startApplication(authenticatorFor({ mode: 'optional' })))
    expect(wordFor(await ask('withheld', alice))).toBe('ERR_EVIDENCE_CONTRADICTION')
    expect(wordFor(await ask('withheld', null, { headers: SPOOF }))).toBe('ERR_EVIDENCE_CONTRADICTION')
    expect(wordFor(await ask('withheld', null))).toBe('anonymous')
  })

  test('a client with a certificate of its own can paste another: nginx overwrites only what it sets', async () => {
    const ask = await behindNginx(withheld, await startApplication(authenticatorFor({ mode: 'optional' })))
    const { arrival } = await ask('withheld', bob, { headers: SPOOF })
    expect(arrival?.headers['ssl-client-subject-dn']).toBe('CN=bob')
    expect(arrival?.decision).toMatchObject({ outcome: 'accepted', identity: { commonName: 'alice' } })
  })

  test('a line that empties the header closes that', async () => {
    const beside = 'proxy_set_header ssl-client-cert "";'
    const application = await startApplication(authenticatorFor({ mode: 'optional' }))
    const ask = await behindNginx({ withheld: { ...withheld.withheld, beside } }, application)
    expect(wordFor(await ask('withheld', bob, { headers: SPOOF }))).toBe('ERR_EVIDENCE_CONTRADICTION')
  })
})
