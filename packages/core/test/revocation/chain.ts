/** A root, an issuing authority and two clients, and what comes of them with CRLs at hand. */
import { createAuthority, type Leaf, type MintedCrl, mintCrl } from '@clientcert/testing'
import { type Decision, type RevocationOptions, verifyCertificate } from '../../src/index.ts'

export const root = createAuthority('Clients CA')
export const issuing = root.intermediate('Issuing CA')
export const [alice, mallory] = [issuing.issue('alice'), issuing.issue('mallory')]

const HOUR = 3_600_000
export const hours = (count: number) => new Date(root.at.getTime() + count * HOUR)

const sourcesOf = (crls: readonly MintedCrl[]) => crls.map(({ der }) => ({ der }))
/** Those of both authorities, which revoke nobody. */
export const GOOD = [mintCrl(root), mintCrl(issuing)]

/** What is decided about a client, with these CRLs. */
export const decide = (leaf: Leaf, crls: readonly MintedCrl[], options: RevocationOptions = {}): Promise<Decision> =>
  verifyCertificate(
    { pem: leaf.fullChainPem },
    {
      trust: { pem: root.certificate.pem },
      clock: () => root.at,
      revocation: { mode: 'strict', crls: sourcesOf(crls), ...options },
    },
  )

/** `accepted`, or the code and the certificate that it speaks of. */
export const outcomeOf = async (...given: Parameters<typeof decide>): Promise<string> => {
  const decision = await decide(...given)
  return decision.outcome === 'rejected'
    ? `${decision.failure.code} at ${decision.failure.certificate?.position}`
    : decision.outcome
}
