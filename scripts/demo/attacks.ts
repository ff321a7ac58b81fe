/** Knocks that are no honest client's: headers spoofed through the proxy, past it, and whatever a proxy might send that is not as it should be. */
import { headersFor, type Leaf } from '@clientcert/testing'
import { ALICE, BOB, type Knock, type Line, NOBODY, REFUSED } from './knock.ts'
import type { ClientName, Pki } from './pki.ts'

export function attacksOn({ clients, proxy, bob }: Pki): readonly Knock[] {
  const linesOf = (name: ClientName): readonly Line[] => Object.entries(headersFor('nginx', clients[name]))
  const good = linesOf('good')
  const [certificate = ['ssl-client-cert', ''] as Line] = good

  const resumed: Knock = {
    client: 'none, on a resumed session',
    way: { kind: 'tls' },
    mode: 'required',
    expected: REFUSED,
    leaf: null,
    connection: 'resumed',
  }
  const through = (client: string, expected: string, leaf: Leaf | null, headers: readonly Line[]): Knock => ({
    client,
    way: { kind: 'proxy', verifyClient: 'optional' },
    mode: 'optional',
    expected,
    leaf,
    headers,
  })
  const past = (client: string, expected: string, leaf: Leaf | null, headers: readonly Line[]): Knock => ({
    client,
    way: { kind: 'past the proxy' },
    mode: 'optional',
    expected,
    leaf,
    headers,
  })
  const as = (client: string, expected: string, headers: readonly Line[], mode: Knock['mode'] = 'required'): Knock => ({
    client,
    way: { kind: 'as the proxy' },
    mode,
    expected,
    leaf: proxy,
    headers,
  })

  return [
    resumed,

    through('a spoofed header, in vain', NOBODY, null, good),
    through("another's header, in vain", BOB, bob, good),

    past('nothing asserted', NOBODY, null, []),
    past('a made-up header', REFUSED, null, [
      ['ssl-client-cert', 'alice'],
      ['ssl-client-verify', 'SUCCESS'],
    ]),
    past('a genuine one, pasted', REFUSED, null, good),
    past('the same, by alice herself', REFUSED, clients.good, good),
    past('the same, X-Forwarded-For', REFUSED, null, [...good, ['X-Forwarded-For', '127.0.0.1']]),

    as('a genuine one', ALICE, good),
    as('a forged one', REFUSED, linesOf('forged')),
    as('a duplicate header', REFUSED, [...good, certificate]),
    as('a look-alike header', REFUSED, [...good, ['ssl_client_cert', 'x']]),
    as('Connection names the header', REFUSED, [...good, ['Connection', 'ssl-client-cert']]),
    as('SUCCESS without a certificate', REFUSED, good.slice(1)),
    as('revoked, as it says', REFUSED, [certificate, ['ssl-client-verify', 'FAILED:certificate revoked']]),
    as('a genuine one, mode off', NOBODY, good, 'off'),
  ]
}
