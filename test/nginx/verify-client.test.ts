import { encodeNginx } from '@clientcert/core/headers'
import { broken, createAuthority, type Leaf } from '@clientcert/testing'
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

const intermediate = root.intermediate('Intermediate')
const below = intermediate.issue('bob')
const twoBelow = intermediate.intermediate('Lower').issue('carol')
const other = createAuthority({ subject: 'Other CA', at: root.at })
const leafOnly = (leaf: Leaf): Leaf => ({ ...leaf, fullChainPem: leaf.certificate.pem })

/** A store that holds the intermediates, since nginx forwards the end entity alone. */
const withIntermediates = {
  pem: [root, intermediate].map(({ certificate }) => certificate.pem).join('') + (twoBelow.chain[1]?.pem ?? ''),
}

describe('clients of nginx, with ssl_verify_client on | optional | optional_no_ca', () => {
  test.each<readonly [string, Leaf | null, on: string, optional: string, optionalNoCa: string]>([
    ['none', null, '400 by nginx', 'anonymous', 'anonymous'],
    ['a good one', alice, 'accepted', 'accepted', 'accepted'],
    ['an expired one', broken.expired(root), '400 by nginx', '400 by nginx', '400 by nginx'],
    ['one that is not valid yet', broken.notYetValid(root), '400 by nginx', '400 by nginx', '400 by nginx'],
    ['one good for servers only', broken.wrongEku(root), '400 by nginx', '400 by nginx', '400 by nginx'],
    ['one of another authority', other.issue(), '400 by nginx', '400 by nginx', 'ERR_PATH_ISSUER_MISSING'],
    ['a self-signed one', broken.selfSigned({}, root.at), '400 by nginx', '400 by nginx', 'ERR_PATH_SELF_SIGNED'],
    [
      'one forged in the name of the authority',
      broken.otherAuthority(root).issue('alice'),
      '400 by nginx',
      '400 by nginx',
      'ERR_SIGNATURES_INVALID',
    ],
    [
      'one forged with its key identifiers as well',
      broken.otherAuthority(root, { keyIdentifiers: 'copied' }).issue('alice'),
      '400 by nginx',
      '400 by nginx',
      '400 by nginx',
    ],
    ['one with a bit changed', broken.forgedSignature(alice), '400 by nginx', '400 by nginx', '400 by nginx'],
    ['one that sends its intermediate', below, 'accepted', 'accepted', 'accepted'],
    // nginx knows the root alone, our store the intermediate as well: what it calls FAILED is good here.
    ['one that sends no intermediate', leafOnly(below), '400 by nginx', '400 by nginx', 'accepted'],
    // Two intermediates are more than the default ssl_verify_depth of 1: nginx looks no further and misses the issuer.
    ['one with two intermediates', twoBelow, '400 by nginx', '400 by nginx', 'accepted'],
    [
      'the authority itself, which may sign certificates and nothing else',
      root,
      '400 by nginx',
      '400 by nginx',
      '400 by nginx',
    ],
  ])('%s', async (_, leaf, on, optional, optionalNoCa) => {
    const application = await startApplication(authenticatorFor({ trust: withIntermediates, mode: 'optional' }), 'http')
    const ask = await behindNginx(MODES, application)
    const words = { on, optional, optional_no_ca: optionalNoCa }
    for (const name of ['on', 'optional', 'optional_no_ca'] as const) {
      expect([name, wordFor(await ask(name, leaf))]).toEqual([name, words[name]])
    }
  })

  test('a path of two intermediates passes once ssl_verify_depth allows it', async () => {
    const application = await startApplication(authenticatorFor({ trust: withIntermediates }), 'http')
    const ask = await behindNginx({ deep: { verifyDepth: 2 } }, application)
    expect(wordFor(await ask('deep', twoBelow))).toBe('accepted')
  })

  test('an intermediate that nginx saw is not forwarded: without it in the store the client is refused', async () => {
    const ask = await behindNginx(MODES, await startApplication(authenticatorFor()))
    const outcome = await ask('on', below)
    expect(wordFor(outcome)).toBe('ERR_PATH_ISSUER_MISSING')
    expect(outcome.arrival?.headers).toMatchObject({ 'ssl-client-verify': 'SUCCESS' })
  })

  test('a client that nginx calls FAILED with a dummy authority is accepted by a store that holds its own', async () => {
    const application = await startApplication(authenticatorFor())
    const ask = await behindNginx(
      { dummy: { verifyClient: 'optional_no_ca', clientCa: other.certificate.pem } },
      application,
    )
    const outcome = await ask('dummy', alice)
    expect(outcome.arrival?.headers['ssl-client-verify']).toMatch(/^FAILED:unable to /)
    expect(wordFor(outcome)).toBe('accepted')
    // The store decides in both directions: whom nginx knows and it does not is refused.
    const stranger = await ask('dummy', other.issue('mallory'))
    expect(stranger.arrival?.headers).toMatchObject({ 'ssl-client-verify': 'SUCCESS' })
    expect(wordFor(stranger)).toBe('ERR_PATH_ISSUER_MISSING')
  })

  test.each([
    ['required', 'accepted', 'ERR_PATH_ISSUER_MISSING', 'ERR_EVIDENCE_NO_CERTIFICATE', [200, 401, 401]],
    ['optional', 'accepted', 'ERR_PATH_ISSUER_MISSING', 'anonymous', [200, 401, 200]],
    ['optional-no-ca', 'accepted', 'unverified', 'anonymous', [200, 200, 200]],
    ['accept-unverified', 'accepted', 'unverified', 'anonymous', [200, 200, 200]],
  ] as const)(
    'behind optional_no_ca with a dummy authority, which calls both FAILED, mode %s: ours is %s, a stranger %s, none %s',
    async (mode, ours, stranger, none, statuses) => {
      const dummy = createAuthority({ subject: 'Dummy CA', at: root.at }).certificate.pem
      const application = await startApplication(authenticatorFor({ mode }))
      const ask = await behindNginx({ dummy: { verifyClient: 'optional_no_ca', clientCa: dummy } }, application)
      const outcomes = [await ask('dummy', alice), await ask('dummy', other.issue('mallory')), await ask('dummy', null)]
      const failed = /^FAILED:unable to /
      const verdicts = outcomes.map(({ arrival }) => arrival?.headers['ssl-client-verify'])
      expect(verdicts).toEqual([expect.stringMatching(failed), expect.stringMatching(failed), 'NONE'])
      expect(outcomes.map(wordFor)).toEqual([ours, stranger, none])
      expect(outcomes.map(({ response }) => response.statusCode)).toEqual(statuses)
    },
  )

  test('onProxyVerdict must-succeed takes no client that nginx does not vouch for', async () => {
    const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] }, onProxyVerdict: 'must-succeed' } as const
    const application = await startApplication(authenticatorFor({ from, trust: withIntermediates }), 'http')
    const ask = await behindNginx(MODES, application)
    expect(wordFor(await ask('on', alice))).toBe('accepted')
    expect(wordFor(await ask('optional_no_ca', leafOnly(below)))).toBe('ERR_EVIDENCE_VERDICT')
  })

  test('without the annotation that passes the certificate on, the failure names it', async () => {
    const application = await startApplication(authenticatorFor({ mode: 'optional' }))
    const ask = await behindNginx(
      {
        on: { passCertificate: 'false' },
        optional: { verifyClient: 'optional', passCertificate: 'false' },
        optional_no_ca: { verifyClient: 'optional_no_ca', passCertificate: 'false' },
      },
      application,
    )
    for (const [name, leaf] of [
      ['on', alice],
      ['optional', alice],
      ['optional_no_ca', other.issue()],
    ] as const) {
      const outcome = await ask(name, leaf)
      expect(wordFor(outcome)).toBe('ERR_EVIDENCE_CONTRADICTION')
      expect(outcome.arrival?.decision).toMatchObject({
        failure: { proxyHint: expect.stringContaining('auth-tls-pass-certificate-to-upstream: "true"') as string },
      })
    }
    expect(wordFor(await ask('optional', null))).toBe('anonymous')
  })
})

describe('what nginx sends', () => {
  test.each([
    ['P-256', root.issue('alice')],
    ['RSA 2048', root.issue({ subject: 'alice', key: 'rsa2048' })],
    [
      'RSA 4096 with many names',
      root.issue({ key: 'rsa4096', san: { dns: Array.from({ length: 60 }, (_, index) => `host-${index}.example`) } }),
    ],
    ['a name that is not ASCII', root.issue('Zo\u00eb, "Ops" + Team/\u03b1')],
    ['no name', root.issue({ subject: [], san: { email: 'alice@example.com' } })],
  ])('is byte for byte what encodeNginx writes: %s', async (_, leaf) => {
    const ask = await behindNginx(MODES, await startApplication(authenticatorFor()))
    const outcome = await ask('on', leaf)
    expect(wordFor(outcome)).toBe('accepted')
    expect(outcome.arrival?.headers['ssl-client-cert']).toBe(encodeNginx(leaf.certificate.der))
  })

  test('has names in it that are escaped; who the client is comes from the certificate', async () => {
    const name = 'Zo\u00eb, "Ops" + Team/\u03b1'
    const ask = await behindNginx(MODES, await startApplication(authenticatorFor()))
    const { arrival } = await ask('on', root.issue(name))
    expect(arrival?.headers['ssl-client-subject-dn']).toMatch(/^CN=Zo\\C3\\AB/)
    expect(arrival?.decision).toMatchObject({ outcome: 'accepted', identity: { commonName: name } })
    expect(arrival?.left.filter((each) => each.startsWith('ssl-'))).toEqual([])
  })
})
