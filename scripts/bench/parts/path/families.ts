/**
 * What all contenders are given: for each kind of key a root, an issuer, and a pool of distinct certificates below them.
 *
 * *Cold* means that nothing of what a client presents was seen before: each time it is the next of the pool, as octets. The trust store is
 * ready beforehand, everybody's: C's `X509_STORE`, our snapshot, parsed roots for the others. *Issuer cached* means that the intermediate is in that
 * store too, so that the end entity alone is new. Our memory of clients is off, so that a pool that comes round again stays unknown.
 */

import { encodeNginx } from '@clientcert/core/headers'
import { parseCertificate } from '@clientcert/core/x509'
import {
  type Authority,
  createAuthority,
  createKeyPool,
  type IssuedCertificate,
  type KeyPair,
  type KeyType,
} from '@clientcert/testing'

export const FAMILY_NAMES = ['RSA-2048', 'P-256', 'Ed25519'] as const

export type FamilyName = (typeof FAMILY_NAMES)[number]

const KEY_TYPES: Readonly<Record<FamilyName, KeyType>> = { 'RSA-2048': 'rsa2048', 'P-256': 'p256', Ed25519: 'ed25519' }

/** Keys of each kind: RSA takes 100 ms each. Certificates are distinct, and nobody remembers a key by its octets. */
const KEYS = 16

/** The signed part and the signature, taken apart beforehand, for the bare check. */
export interface Signed {
  readonly tbs: Uint8Array
  readonly signature: Uint8Array
}

/** What one client presents. */
export interface Presented {
  readonly leaf: Uint8Array
  readonly intermediate: Uint8Array
  /** `leaf` as nginx writes it. */
  readonly header: string
  readonly signed: { readonly leaf: Signed; readonly intermediate: Signed }
  readonly intermediateKey: KeyPair['publicKey']
}

export interface Family {
  readonly name: FamilyName
  readonly at: Date
  readonly root: Authority
  /** Everybody's store holds it where the issuer is cached. */
  readonly issuer: Authority
  /** End entities of `issuer`. */
  readonly underIssuer: readonly Presented[]
  /** Each with an intermediate of its own. */
  readonly chains: readonly Presented[]
  /** One of each whose end entity's signature has a bit turned: whoever accepts it does another job. */
  readonly forged: { readonly underIssuer: Presented; readonly chain: Presented }
}

/** Mints a family with `pool` end entities of each kind. */
export function mintFamily(name: FamilyName, pool: number): Family {
  const key = KEY_TYPES[name]
  // Root, issuers and clients never share a key: pkijs loses its way where an intermediate has the root's.
  const [issuers, clients] = [createKeyPool({ size: KEYS }), createKeyPool({ size: KEYS })]
  const client = (issuer: Authority, index: number) => issueClient(issuer, clients.next(key), index)
  const root = createAuthority({ key, subject: { O: 'Bench', CN: 'Root' } })
  const issuer = root.intermediate({ key, subject: { O: 'Bench', CN: 'Issuer' } })
  const underIssuer = Array.from({ length: pool }, (_, index) => client(issuer, index))
  const chains = Array.from({ length: pool }, (_, index) =>
    client(root.intermediate({ key: issuers.next(key), subject: { O: 'Bench', CN: `Issuer ${index}` } }), index),
  )
  const forged = { underIssuer: forge(client(issuer, pool), issuer), chain: forge(first(chains), issuer) }
  return { name, at: root.at, root, issuer, underIssuer, chains, forged }
}

/** A certificate as meshes and fleets issue them: a name, a DNS name and a SPIFFE id. */
function issueClient(issuer: Authority, key: KeyPair, index: number): Presented {
  const { certificate } = issuer.issue({
    key,
    subject: { O: 'Bench', CN: `client-${index}` },
    san: { dns: `client-${index}.bench.example`, uri: `spiffe://bench.example/ns/prod/sa/client-${index}` },
  })
  return present(certificate.der, issuer.certificate, issuer.publicKey)
}

function present(leaf: Uint8Array, issuer: IssuedCertificate, intermediateKey: KeyPair['publicKey']): Presented {
  const [header, signed] = [encodeNginx(leaf), { leaf: takeApart(leaf), intermediate: takeApart(issuer.der) }]
  return { leaf, intermediate: issuer.der, header, signed, intermediateKey }
}

function forge(good: Presented, issuer: Authority): Presented {
  const leaf = Uint8Array.from(good.leaf)
  leaf[leaf.length - 1] = (leaf.at(-1) ?? 0) ^ 1
  return { ...good, ...present(leaf, issuer.certificate, good.intermediateKey), intermediate: good.intermediate }
}

function takeApart(der: Uint8Array): Signed {
  const certificate = parseCertificate(der)
  if (!certificate.ok) throw new Error(certificate.failure.message)
  return certificate.value
}

/** The first of a pool, which has one at least. */
export function first<Item>(items: readonly Item[]): Item {
  const [item] = items
  if (item === undefined) throw new RangeError('the pool is empty')
  return item
}
