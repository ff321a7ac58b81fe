/** What the check of one path has at its disposal. */
import type { VerifyPathOptions } from '../path/verify-path.ts'
import type { TrustSnapshot } from '../trust/snapshot.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { Resources } from './cache/resource.ts'
import type { CrlSnapshot } from './crl/loaded-crl.ts'
import type { Deadline } from './deadline.ts'
import type { Fetch } from './fetch/fetched.ts'
import type { RevocationMode } from './judge.ts'
import type { KnownRevocations } from './known-revocations.ts'
import type { Responder } from './ocsp/ask-responder.ts'

/** What a certificate names that can be asked: its responder (RFC 5280 4.2.2.1), its distribution points (4.2.1.13). */
export const POINTERS = ['ocsp', 'crl'] as const

export type Pointer = (typeof POINTERS)[number]

export interface RevocationSettings {
  readonly mode: RevocationMode
  /** Which certificates are checked: the end entity alone, or every one below the anchor. */
  readonly depth: 'leaf' | 'chain'
  readonly skewMs: number
  /** The pointers that are followed, in this order. */
  readonly follow: readonly Pointer[]
  /** Whether the next pointer is followed where one gave no answer. */
  readonly fallback: 'next-source' | 'none'
  readonly ocsp: Omit<Responder, 'url' | 'maxBytes'>
  /** Asked in place of the responders that certificates name; null for those. */
  readonly responder: string | null
  /** The most that one decision waits. */
  readonly timeoutMs: number
  readonly maxCrlBytes: number
  readonly maxOcspBytes: number
  /** How long what was fetched is relied on before somebody looks for newer data. */
  readonly refreshMs: number
}

/** What is shared by all decisions of an authenticator, where anything is fetched. */
export interface Remote {
  readonly fetch: Fetch
  readonly resources: Resources
  readonly known: KnownRevocations
}

export interface RevocationContext {
  readonly settings: RevocationSettings
  readonly crls: CrlSnapshot
  readonly trust: TrustSnapshot
  /** What the client sent besides its certificate; who signs a CRL may be among it. Untrusted. */
  readonly presented: readonly Certificate[]
  /** As the path was verified; `at` is the one instant of the decision. */
  readonly path: VerifyPathOptions
  readonly remote: Remote | null
}

/** The same, while one decision is under way. */
export interface Inquiry extends RevocationContext {
  readonly deadline: Deadline
  /** Signers that may still be asked about; counted down. */
  readonly signers: { left: number }
}

/** Signers that are asked about for one certificate: one is honest, and each may lead to all others. */
export const MAX_SIGNERS = 8
