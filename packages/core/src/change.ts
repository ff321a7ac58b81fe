/** What changed: for whoever holds something that rests on it, such as an open connection or the context of a TLS server. */
import type { CertificateRef } from './failure.ts'
import type { RevocationReason } from './x509/revocation-reason.ts'

/** A revocation that was not known before, of a certificate that was verified here. */
export interface RevokedMessage {
  readonly certificate: CertificateRef
  readonly issuer: string
  readonly reason: RevocationReason
  readonly revokedAt: Date
  /** Who said so, and as of when. */
  readonly source: string
  readonly asOf: Date
}

export type Change =
  /** Anchors or intermediates are others. */
  | { readonly kind: 'trust' }
  /** CRLs, or answers of responders, are others. */
  | { readonly kind: 'revocation' }
  /** A source that is asked said for the first time that a certificate is revoked. */
  | ({ readonly kind: 'revoked' } & RevokedMessage)

export interface Changes {
  /** @returns What stops it. */
  readonly listen: (listener: (change: Change) => void) => () => void
  readonly tell: (change: Change) => void
}

export function createChanges(): Changes {
  const listeners = new Set<(change: Change) => void>()
  return {
    listen: (listener) => {
      const own = (change: Change): void => listener(change) // So that one that listens twice is told twice, and stops one at a time.
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    tell: (change) => {
      for (const listener of [...listeners]) {
        try {
          listener(change)
        } catch (thrown) {
          process.emitWarning(String(thrown), 'ClientCertWarning') // A listener that throws must not keep the others from hearing.
        }
      }
    },
  }
}
