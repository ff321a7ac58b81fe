/** Decisions of each outcome, as a gateway has them, on clients of one authority with an intermediate. */
import { broken, createAuthority, DEFAULT_CLOCK, issuedCertificate, type Leaf, leafOf } from '@clientcert/testing'
import type { Decision, Mode } from '../src/index.ts'
import { verifyCertificate } from '../src/index.ts'

export const root = createAuthority('Clients CA')
export const intermediate = root.intermediate('Clients Intermediate')
export const alice: Leaf = intermediate.issue({
  subject: { O: 'Example', CN: 'alice' },
  san: { uri: 'spiffe://example.org/alice' },
})

/** What a gateway decides on a client, by default one that passes on what it could not verify. */
export const decided = (leaf: Leaf, mode: Mode = 'accept-unverified'): Promise<Decision> =>
  verifyCertificate(
    { pem: leaf.fullChainPem },
    { trust: { pem: root.certificate.pem }, mode, clock: () => DEFAULT_CLOCK },
  )

export const expired: Leaf = broken.expired(root, { subject: 'alice' })
export const stranger: Leaf = createAuthority('Other CA').issue('mallory')

/** Presented in a handshake that let it pass, and no certificate to us. */
export const unreadable: Leaf = leafOf(issuedCertificate(Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00)), root)

export const ANONYMOUS: Decision = { outcome: 'anonymous' }
export const SKIPPED: Decision = { outcome: 'skipped' }
