/** Sessions that are resumed: whatever a proxy remembers of the first handshake, the certificate is verified here each time. */
import { broken, createAuthority, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { alice, at, root } from './application.ts'
import { type Ask, behind, certificateIn, certificateOf, type Outcome, wordFor } from './behind.ts'
import { PROXIES, type RealProxy } from './proxies.ts'

const intermediate = root.intermediate('Intermediate')
const bob = intermediate.issue('bob')
const self = broken.selfSigned({}, at)
const mallory = createAuthority({ subject: 'Other CA', at }).issue('mallory')

type Version = 'TLSv1.2' | 'TLSv1.3'
type Twice = readonly [Outcome, Outcome]

/** The same client twice: a full handshake, and one that resumes its session. */
async function twice(ask: Ask<'lenient'>, leaf: Leaf | null, maxVersion: Version = 'TLSv1.2'): Promise<Twice> {
  const first = await ask('lenient', leaf, { maxVersion })
  if (first.by === 'handshake') throw new Error(`refused: ${first.alert}`)
  const { session } = first.response.tls
  const second = await ask('lenient', leaf, { maxVersion, session })
  if (second.by === 'handshake') throw new Error(`refused: ${second.alert}`)
  const [full, resumed] = [first.response.tls, second.response.tls]
  expect(full).toMatchObject({ reused: false, protocol: maxVersion })
  expect(resumed).toMatchObject({ reused: true, protocol: maxVersion })
  return [first, second]
}

const wordsFor = (outcomes: Twice): readonly string[] => outcomes.map(wordFor)

/** What arrived under a name each time. */
const arrived = (outcomes: Twice, header: string): readonly unknown[] =>
  outcomes.map((outcome) => (outcome.by === 'application' ? outcome.arrival.headers[header] : null))

const lenient = <Mode extends string>({ lenient: mode }: RealProxy<Mode>) => ({ lenient: { mode } })

const VERSIONS: readonly Version[] = ['TLSv1.2', 'TLSv1.3']

const ROWS = [
  { client: 'a good one', leaf: alice, word: 'accepted' },
  { client: 'none', leaf: null, word: 'anonymous' },
  { client: 'a self-signed one', leaf: self, word: 'ERR_PATH_SELF_SIGNED' },
  { client: 'one of another authority', leaf: mallory, word: 'ERR_PATH_ISSUER_MISSING' },
]

function describeResumption<Mode extends string>(proxy: RealProxy<Mode>): void {
  describe(`${proxy.program.title}, a session that is resumed`, () => {
    const ask = behind(proxy, lenient(proxy))
    const cases = ROWS.flatMap((row) => VERSIONS.map((version) => ({ ...row, version })))

    test.each(cases)('is decided as the first, $version: $client: $word', async ({ leaf, word, version }) => {
      const outcomes = await twice(ask, leaf, version)
      expect(wordsFor(outcomes)).toEqual([word, word])
      expect(outcomes.map(certificateIn)).toEqual([certificateOf(leaf), certificateOf(leaf)])
    })
  })
}

describeResumption(PROXIES.nginx)
describeResumption(PROXIES.haproxy)
describeResumption(PROXIES.apache)
describeResumption(PROXIES.caddy)

describe('Apache optional_no_ca, which calls a bad certificate GENEROUS, and SUCCESS when its TLS 1.2 session is resumed', () => {
  const ask = behind(PROXIES.apache, lenient(PROXIES.apache))

  test.each([
    { client: 'a self-signed one', leaf: self, word: 'ERR_PATH_SELF_SIGNED' },
    { client: 'one of another authority', leaf: mallory, word: 'ERR_PATH_ISSUER_MISSING' },
  ])('is believed neither time: $client', async ({ leaf, word }) => {
    const outcomes = await twice(ask, leaf)
    expect(arrived(outcomes, 'ssl_client_verify')).toEqual(['GENEROUS', 'SUCCESS'])
    expect(wordsFor(outcomes)).toEqual([word, word])
  })
})

describe('HAProxy, which forwards the issuers of a client in the first handshake alone', () => {
  describe('before a store that has the root', () => {
    const ask = behind(PROXIES.haproxy, lenient(PROXIES.haproxy))

    test('forwards no chain of a session that is resumed', async () => {
      const [full, resumed] = arrived(await twice(ask, bob), 'x-ssl-client-chain-der')
      expect([full, resumed]).toEqual([expect.stringMatching(/^MII/), ''])
    })
  })

  describe('before a store that has the intermediate, too', () => {
    const pem = root.certificate.pem + intermediate.certificate.pem
    const ask = behind(PROXIES.haproxy, lenient(PROXIES.haproxy), { trust: { pem } })

    test('a client below it is accepted both times', async () => {
      expect(wordsFor(await twice(ask, bob))).toEqual(['accepted', 'accepted'])
    })
  })
})
