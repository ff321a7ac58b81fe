/** From minted certificates to a verdict, without a socket, an option or a file between. */
import { X509Certificate } from 'node:crypto'
import {
  type Authority,
  type AuthorityOptions,
  type CertificateOptions,
  createAuthority,
  type IssuedCertificate,
  type Leaf,
} from '@clientcert/testing'
import { type VerifyPathOptions, verifyPath } from '../../src/path/verify-path.ts'
import { createSnapshot, type TrustAnchor, type TrustSnapshot } from '../../src/trust/snapshot.ts'
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts'

/** The certificate as the verifier reads it. Throws where it cannot: a test then tests something else than it says. */
export function parsed({ der }: IssuedCertificate): Certificate {
  const result = parseCertificate(der)
  if (!result.ok) throw new Error(result.failure.message)
  return result.value
}

/** A certificate to trust, by itself or under an id. */
export type Trusted = Leaf | Readonly<{ id: string; authority: Leaf }>

/** A store that holds these anchors, whatever their form, and this path material. */
export function storeOf(trusted: readonly Trusted[], intermediates: readonly Leaf[] = []): TrustSnapshot {
  const anchors = trusted.map((each, index): TrustAnchor => {
    const { id, authority } = 'authority' in each ? each : { id: null, authority: each }
    return { certificate: parsed(authority.certificate), id, origin: `anchor ${index + 1}` }
  })
  return createSnapshot(
    1,
    anchors,
    intermediates.map(({ certificate }) => parsed(certificate)),
  )
}

/** What a client shows: its chain, or other certificates in the place of the chain's rest. */
export type Shown = Leaf | Readonly<{ leaf: Leaf; presented: readonly IssuedCertificate[] }>

/** Verifies a client at the clock of the tests, or at another instant. */
export function verify(shown: Shown, store: TrustSnapshot, options: Partial<VerifyPathOptions> = {}) {
  const { leaf, presented } = 'leaf' in shown ? shown : { leaf: shown, presented: shown.chain.slice(1) }
  return verifyPath(parsed(leaf.certificate), presented.map(parsed), store, { at: NOW, ...options })
}

/** The clock of the tests: that of `createAuthority`. */
export const NOW = Date.parse('2026-01-01T00:00:00Z')

/** `accepted`, or the code and the certificate that it speaks of: `ERR_PATH_EXPIRED at 1` is the issuer of the end entity. */
export function verdict(shown: Shown, store: TrustSnapshot, options: Partial<VerifyPathOptions> = {}): string {
  const result = verify(shown, store, options)
  return result.ok ? 'accepted' : `${result.failure.code} at ${result.failure.certificate?.position}`
}

/** The refusal of a client that must be refused. */
export function refusalOf(shown: Shown, store: TrustSnapshot, options: Partial<VerifyPathOptions> = {}) {
  const result = verify(shown, store, options)
  if (result.ok) throw new Error('the path was verified')
  return result.failure
}

/** The path of a client that must be accepted. */
export function pathOf(shown: Shown, store: TrustSnapshot, options: Partial<VerifyPathOptions> = {}) {
  const result = verify(shown, store, options)
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`)
  return result.value
}

/** The common names along the path of a client that must be accepted. */
export function namesOf(shown: Shown, store: TrustSnapshot, options: Partial<VerifyPathOptions> = {}): string[] {
  const { certificates } = pathOf(shown, store, options)
  return certificates.map(({ der }) => new X509Certificate(der).subject.replace(/^CN=/, ''))
}

/** What may differ from a good chain of three, by the place of the certificate. */
export type Chain = Readonly<{
  root?: AuthorityOptions
  intermediate?: CertificateOptions
  leaf?: CertificateOptions
}>

/** A chain of three: leaf, intermediate, root. Its one difference from a good one is what the test is about. */
export function chainOf({ root = {}, intermediate = {}, leaf = {} }: Chain = {}): Readonly<{
  root: Authority
  intermediate: Authority
  leaf: Leaf
}> {
  const anchor = createAuthority(root)
  const middle = anchor.intermediate(intermediate)
  return { root: anchor, intermediate: middle, leaf: middle.issue(leaf) }
}

/** The verdict on a chain of three below its own root. */
export function verdictOn(chain: Chain, options: Partial<VerifyPathOptions> = {}): string {
  const { root, leaf } = chainOf(chain)
  return verdict(leaf, storeOf([root]), options)
}
