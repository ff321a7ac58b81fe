/** What our own gateway forwards, beside what the real nginx does for the same client. */
import { forwardHeaders, verifyCertificate } from '@clientcert/core'
import { createAuthority, der, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { at, root } from '../proxies/application.ts'
import { findNginx, NGINX_MISSING } from '../servers/nginx.ts'
import { requireServer } from '../servers/requirement.ts'
import { authenticatorFor, behindNginx, startApplication } from './behind-nginx.ts'

requireServer(findNginx(), NGINX_MISSING)

const intermediate = root.intermediate('Clients Intermediate')
const other = createAuthority({ subject: 'Other CA', at })

const CLIENTS: readonly (readonly [string, Leaf | null])[] = [
  ['nobody', null],
  ['a plain name', root.issue('alice')],
  ['below an intermediate', intermediate.issue({ subject: { C: 'GB', O: 'Example', CN: 'alice' } })],
  [
    'a name that is not ASCII',
    root.issue({ subject: { C: 'GB', O: 'Zo\u00eb, "Ops" + Team/\u03b1', CN: ' #a\r\nb; ' } }),
  ],
  ['several attributes at once', root.issue({ subject: [{ DC: 'test' }, { UID: 'u42', CN: 'multi' }, { O: 'Org' }] })],
  ['types that few know', root.issue({ subject: { '1.2.3.4': 'x', CN: der.bitString(Uint8Array.of(0xa5)) } })],
  ['an RSA key', root.issue({ subject: 'alice', key: 'rsa2048' })],
  ['of another authority', other.issue('mallory')],
  ['of another authority, with its intermediate', other.intermediate('Other Intermediate').issue('mallory')],
]

describe('what is forwarded as nginx does, byte for byte', () => {
  test.each(CLIENTS)('%s', async (_, leaf) => {
    const application = await startApplication(authenticatorFor({ mode: 'accept-unverified' }), 'http')
    const ask = await behindNginx({ lenient: { verifyClient: 'optional_no_ca', verifyDepth: 5 } }, application)
    const { arrival } = await ask('lenient', leaf)
    if (arrival === null) throw new Error('nginx forwarded nothing')
    const sent = Object.entries(arrival.headers).filter(([name]) => name.startsWith('ssl-'))
    const decision = leaf
      ? await verifyCertificate(
          { pem: leaf.fullChainPem },
          { trust: { pem: root.certificate.pem }, mode: 'accept-unverified', clock: () => at },
        )
      : ({ outcome: 'anonymous' } as const)
    expect(forwardHeaders(decision, 'nginx')).toEqual(Object.fromEntries(sent))
  })
})
