import type { Certificate } from '@clientcert/core/x509'

/** Where the authorities are from: given, the self-signed certificate at the end of the chain, or what Node trusts by itself. */
export type AuthoritiesFrom = 'given' | 'self-signed-tail' | 'system'

/** Our chain and its key, both PEM, as `createSecureContext` takes them. Secret. */
export interface OwnIdentity {
  /** The end entity first. */
  readonly cert: string
  /** As it was found: encrypted where there is a passphrase. */
  readonly key: Buffer
  readonly passphrase?: string
}

/** Material that was read, and whose parts belong together: the certificate is valid at the moment, and the key is its own. Frozen. */
export interface LoadedMaterial {
  /**
   * What OpenSSL takes, as PEM; null for a context without a certificate of its own. Never a PFX: a context of one trusts the authorities in it beside `ca`
   * (Node 20 to 26), so that whoever holds a certificate of theirs would be a server of ours.
   */
  readonly identity: OwnIdentity | null
  /** Our own end entity; null where there is none. */
  readonly endEntity: Certificate | null
  /** Our own SPIFFE id, where the end entity is an X.509-SVID. */
  readonly spiffeId: string | null
  /** PEM, one text for each certificate, by which the servers' are verified. Never empty. */
  readonly authorities: readonly string[]
  readonly authoritiesFrom: AuthoritiesFrom
}

/** What is known of our own material, for health checks and people. */
export interface MaterialStatus {
  /** Where it comes from, for people. */
  readonly source: string
  /** `waiting` before there was any: under `whenMissing: 'wait'`, and for a source that has not answered yet. */
  readonly state: 'waiting' | 'current' | 'expires-soon' | 'expired'
  /** Of our certificate; null where there is none. */
  readonly subject: string | null
  readonly serialNumber: string | null
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly fingerprint: string | null
  readonly spiffeId: string | null
  readonly notBefore: Date | null
  readonly notAfter: Date | null
  readonly authoritiesFrom: AuthoritiesFrom | null
  readonly authorities: number
  readonly lastSuccess: Date | null
  /** Why the last attempt failed, and the last good material stays; null where it did not. */
  readonly error: string | null
  readonly nextRefresh: Date | null
}

/** Keeps the newest good material. */
export interface MaterialStore {
  /** Null before there was any. */
  readonly current: () => LoadedMaterial | null
  /** Resolves with the first material; rejects where a first attempt failed under `whenMissing: 'fail'`, and once closed. */
  readonly ready: () => Promise<void>
  readonly status: () => MaterialStatus
  /** Loads again, now. Never rejects: what fails keeps the last good and says so. */
  readonly reload: () => Promise<void>
  readonly close: () => void
}
