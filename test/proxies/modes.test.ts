/** What becomes of a client in each mode of each proxy: refused by the proxy, or decided here about the very certificate that it sent. */
import { broken, createAuthority, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { alice, at, NOT_ASCII, root } from './application.ts'
import { type Ask, behind, certificateIn, certificateOf, wordFor } from './behind.ts'
import { PROXIES, type RealProxy } from './proxies.ts'

const CLIENTS = {
  none: null,
  good: alice,
  'not ASCII': root.issue(NOT_ASCII),
  expired: broken.expired(root),
  'other CA': createAuthority({ subject: 'Other CA', at }).issue('mallory'),
  'self-signed': broken.selfSigned({}, at),
  // The store here knows the root alone, so the intermediate has to come with the client.
  'below an intermediate': root.intermediate('Intermediate').issue('bob'),
} as const satisfies Record<string, Leaf | null>

type Client = keyof typeof CLIENTS
/** What becomes of each client, in the order above. */
type Words = Readonly<Record<Client, string>>

const words = (...each: readonly [string, string, string, string, string, string, string]): Words =>
  Object.fromEntries(Object.keys(CLIENTS).map((client, index) => [client, each[index] ?? ''])) as Words

const REQUIRED = { path: '/?mode=required' }
const NO_CA = { path: '/?mode=optional-no-ca' }

const TLS = 'refused in TLS'
const BY_NGINX = '400 by the proxy'
const [EXPIRED, OTHER, SELF] = ['ERR_PATH_EXPIRED', 'ERR_PATH_ISSUER_MISSING', 'ERR_PATH_SELF_SIGNED'] as const

function describeModes<Mode extends string>(proxy: RealProxy<Mode>, modes: Readonly<Record<Mode, Words>>): void {
  const names = Object.keys(modes) as Mode[]

  describe(`${proxy.program.title}, mode`, () => {
    const blocks = Object.fromEntries(names.map((mode) => [mode, { mode }])) as Record<Mode, { mode: Mode }>
    const ask: Ask<Mode> = behind(proxy, blocks)
    const cases = names.flatMap((mode) =>
      (Object.keys(CLIENTS) as Client[]).map((client) => [mode, client, modes[mode][client]] as const),
    )

    test.each(cases)('%s: %s: %s', async (mode, client, word) => {
      const leaf: Leaf | null = CLIENTS[client]
      const outcome = await ask(mode, leaf)
      expect(wordFor(outcome)).toBe(word)
      if (outcome.by !== 'application') return
      expect(certificateIn(outcome)).toBe(certificateOf(leaf))
      if (client === 'not ASCII')
        expect(outcome.arrival.decision).toMatchObject({ identity: { commonName: NOT_ASCII } })
    })

    test(`${proxy.lenient}, on a route with mode required: nobody comes in without a certificate`, async () => {
      const [none, good] = [await ask(proxy.lenient, null, REQUIRED), await ask(proxy.lenient, alice, REQUIRED)]
      expect([wordFor(none), wordFor(good)]).toEqual(['ERR_EVIDENCE_NO_CERTIFICATE', 'accepted'])
      expect(none).toMatchObject({ response: { statusCode: 401 } })
    })

    test(`${proxy.lenient}, on a route with mode optional-no-ca: who cannot be judged comes in unverified`, async () => {
      const words = []
      for (const client of ['expired', 'other CA', 'self-signed'] as const) {
        words.push(wordFor(await ask(proxy.lenient, CLIENTS[client], NO_CA)))
      }
      const { expired } = modes[proxy.lenient]
      expect(words).toEqual([expired, 'unverified', 'unverified'])
    })
  })
}

// nginx and Caddy forward the end entity alone.
describeModes(PROXIES.nginx, {
  on: words(BY_NGINX, 'accepted', 'accepted', BY_NGINX, BY_NGINX, BY_NGINX, OTHER),
  optional: words('anonymous', 'accepted', 'accepted', BY_NGINX, BY_NGINX, BY_NGINX, OTHER),
  optional_no_ca: words('anonymous', 'accepted', 'accepted', BY_NGINX, OTHER, SELF, OTHER),
})

describeModes(PROXIES.haproxy, {
  required: words(TLS, 'accepted', 'accepted', TLS, TLS, TLS, 'accepted'),
  optional: words('anonymous', 'accepted', 'accepted', TLS, TLS, TLS, 'accepted'),
  'ignore-err': words('anonymous', 'accepted', 'accepted', EXPIRED, OTHER, SELF, 'accepted'),
})

describeModes(PROXIES.apache, {
  require: words(TLS, 'accepted', 'accepted', TLS, TLS, TLS, 'accepted'),
  optional: words('anonymous', 'accepted', 'accepted', TLS, TLS, TLS, 'accepted'),
  optional_no_ca: words('anonymous', 'accepted', 'accepted', TLS, OTHER, SELF, 'accepted'),
})

describeModes(PROXIES.caddy, {
  request: words('anonymous', 'accepted', 'accepted', EXPIRED, OTHER, SELF, OTHER),
  require: words(TLS, 'accepted', 'accepted', EXPIRED, OTHER, SELF, OTHER),
  verify_if_given: words('anonymous', 'accepted', 'accepted', TLS, TLS, TLS, OTHER),
  require_and_verify: words(TLS, 'accepted', 'accepted', TLS, TLS, TLS, OTHER),
})
