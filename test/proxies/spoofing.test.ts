/**
 * The spoofing matrix: each proxy, each attack, by a client with a certificate of its own (bob) and by one without.
 *
 * The titles are the table. What the proxy overwrites leaves bob, or nobody; what it lets through is refused; nobody ever becomes alice, but for the one
 * configuration by half at the end that says so.
 */
import { describe, expect, test } from 'vitest'
import { HAPROXY_HEADERS } from '../servers/haproxy-configuration.ts'
import { alice, root } from './application.ts'
import { ATTACKS, type AttackName } from './attacks.ts'
import { behind, type Outcome, wordFor } from './behind.ts'
import { type HeaderLine, PROXIES, type RealProxy } from './proxies.ts'

const bob = root.issue('bob')

/** The name of whoever came in, or else what became of the request. */
function whoIs(outcome: Outcome): string {
  const decision = outcome.by === 'application' ? outcome.arrival.decision : null
  return decision?.outcome === 'accepted' ? (decision.identity.commonName ?? '') : wordFor(outcome)
}

/** What becomes of the client with a certificate, and of the one without. */
type Row = readonly [withCertificate: string, without: string]

const OVERWRITTEN: Row = ['bob', 'anonymous']
const DELETED: Row = ['anonymous', 'anonymous']
const refused = (code: string): Row => [code, code]
const LOOKALIKE = refused('ERR_EVIDENCE_LOOKALIKE_HEADER')
const DUPLICATE = refused('ERR_EVIDENCE_DUPLICATE_HEADER')
const HOP_BY_HOP = refused('ERR_EVIDENCE_HOP_BY_HOP')

type Configuration = Readonly<{ headers?: string; rows: Readonly<Partial<Record<AttackName, Row>>> }>

function describeSpoofing<Mode extends string>(
  proxy: RealProxy<Mode>,
  configurations: Readonly<Record<string, Configuration>>,
): void {
  const claim: readonly HeaderLine[] = proxy.claim(alice)
  // The title is for people; proxies want a word.
  const named = Object.entries(configurations).map(([title, each], index) => ({
    title,
    name: `block${index}`,
    ...each,
  }))

  describe(`${proxy.program.title},`, () => {
    const blockOf = ({ headers }: Configuration) => ({
      mode: proxy.lenient,
      ...(headers === undefined ? {} : { headers }),
    })
    const ask = behind(proxy, Object.fromEntries(named.map((each) => [each.name, blockOf(each)])))

    describe.each(named)('$title:', ({ name, rows }) => {
      const table = Object.entries(rows).map(([attack, row]) => [attack as AttackName, ...row] as const)

      test.each(table)('%s: bob is %s, a client without is %s', async (attack, withCertificate, without) => {
        const headers = ATTACKS[attack](claim)
        const got = [whoIs(await ask(name, bob, { headers })), whoIs(await ask(name, null, { headers }))]
        expect(got).not.toContain('alice')
        expect(got).toEqual([withCertificate, without])
      })
    })
  })
}

const sameFor = (attacks: readonly AttackName[], row: Row): Partial<Record<AttackName, Row>> =>
  Object.fromEntries(attacks.map((attack) => [attack, row]))

const EVERY = Object.keys(ATTACKS) as AttackName[]

describeSpoofing(PROXIES.nginx, {
  // It drops names with underscores or dots, and hands no client's Connection on.
  'as its page says': { rows: sameFor(EVERY, OVERWRITTEN) },
})

describeSpoofing(PROXIES.haproxy, {
  'as its page says': {
    rows: {
      ...sameFor(EVERY, OVERWRITTEN),
      ...sameFor(['with underscores', 'with dots', 'mixed separators'], LOOKALIKE),
      // It hands a client's Connection on, and deletes nothing for it.
      ...sameFor(['named in Connection', 'Connection alone', 'the verdict alone in Connection'], HOP_BY_HOP),
    },
  },
  'add-header in the place of set-header': {
    headers: `
      http-request add-header X-SSL-Client-DER %[ssl_c_der,base64]
      http-request add-header X-SSL-Client-Verify %[ssl_c_verify]
      http-request add-header X-SSL-Client-Used %[ssl_c_used]`,
    rows: { 'the same names': DUPLICATE, 'the certificate alone': DUPLICATE, twice: DUPLICATE },
  },
  'the certificate only set where there is one, and not deleted before': {
    headers: `
      http-request set-header X-SSL-Client-DER %[ssl_c_der,base64] if { ssl_c_used }
      http-request set-header X-SSL-Client-Verify %[ssl_c_verify]
      http-request set-header X-SSL-Client-Used %[ssl_c_used]`,
    rows: sameFor(['the same names', 'the certificate alone', 'another case'], ['bob', 'ERR_EVIDENCE_CONTRADICTION']),
  },
  'nothing set but the certificate': {
    headers: 'http-request set-header X-SSL-Client-DER %[ssl_c_der,base64]',
    rows: sameFor(['the same names', 'all but the certificate'], ['bob', 'ERR_EVIDENCE_CONTRADICTION']),
  },
})

describeSpoofing(PROXIES.apache, {
  'as its page says': {
    rows: {
      ...sameFor(EVERY, OVERWRITTEN),
      ...sameFor(['with hyphens', 'with dots', 'mixed separators'], LOOKALIKE),
      // It deletes what Connection names after it has set it.
      ...sameFor(['named in Connection', 'Connection alone'], DELETED),
      'an entry of a chain that nobody sets': refused('ERR_HEADERS_SYNTAX'),
      'the verdict alone in Connection': ['ERR_EVIDENCE_CONTRADICTION', 'anonymous'],
    },
  },
  'RequestHeader add in the place of set': {
    headers: `
      RequestHeader add SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s"
      RequestHeader add SSL_CLIENT_VERIFY "%{SSL_CLIENT_VERIFY}s"`,
    rows: { 'the same names': DUPLICATE, 'the certificate alone': DUPLICATE, twice: DUPLICATE },
  },
  'RequestHeader append in the place of set': {
    headers: `
      RequestHeader append SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s"
      RequestHeader append SSL_CLIENT_VERIFY "%{SSL_CLIENT_VERIFY}s"`,
    rows: {
      'the same names': refused('ERR_HEADERS_VERDICT'),
      'the certificate alone': ['ERR_ENCODING_PEM', 'ERR_EVIDENCE_CONTRADICTION'],
    },
  },
  'the certificate only set where there is one, and not unset before': {
    headers: `
      RequestHeader set SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s" "expr=-n %{SSL_CLIENT_CERT}"
      RequestHeader set SSL_CLIENT_VERIFY "%{SSL_CLIENT_VERIFY}s"`,
    rows: sameFor(['the same names', 'the certificate alone', 'another case'], ['bob', 'ERR_EVIDENCE_CONTRADICTION']),
  },
})

describeSpoofing(PROXIES.caddy, {
  'as its page says': {
    rows: {
      ...sameFor(EVERY, OVERWRITTEN),
      ...sameFor(['with underscores', 'with dots', 'mixed separators'], LOOKALIKE),
    },
  },
  'header_up +X in the place of X': {
    headers: 'header_up +X-Client-Cert-DER {http.request.tls.client.certificate_der_base64}',
    rows: { 'the same names': DUPLICATE, 'another case': DUPLICATE, twice: DUPLICATE },
  },
})

describe('HAProxy with a condition behind each of its lines, and nothing deleted before', () => {
  const headers = HAPROXY_HEADERS.replaceAll(/\]$/gm, '] if { ssl_c_used }')
  const ask = behind(PROXIES.haproxy, { guarded: { mode: 'ignore-err', headers } })

  test('lets everything through that a client without a certificate spoofs: the gate cannot know, and the pasted certificate counts', async () => {
    const spoof = { headers: PROXIES.haproxy.claim(alice) }
    expect(whoIs(await ask('guarded', bob, spoof))).toBe('bob')
    // A forwarded certificate is a bearer token: HAProxy hands it on, and HAProxy is believed. The test of docs/deploy/haproxy.md finds it.
    expect(whoIs(await ask('guarded', null, spoof))).toBe('alice')
  })
})

describe('Apache, which deletes what it has set where a client names it in Connection', () => {
  const ask = behind(PROXIES.apache, { lenient: { mode: 'optional_no_ca' } })

  // CVE-2024-45410 is Traefik's case of it. A verdict that is not there never means that all is well.
  test.each(['named in Connection', 'Connection alone', 'the verdict alone in Connection'] as const)(
    'admits nobody on a route with mode required: %s',
    async (attack) => {
      const headers = ATTACKS[attack](PROXIES.apache.claim(alice))
      const outcomes = [bob, null].map((leaf) => ask('lenient', leaf, { headers, path: '/?mode=required' }))
      for (const outcome of await Promise.all(outcomes)) {
        expect(outcome).toMatchObject({ by: 'application', response: { statusCode: 401 } })
      }
    },
  )
})
