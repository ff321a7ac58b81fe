/** What one source says of one certificate. What that means for the client is decided by the mode, in `judge.ts`. */
import type { RevocationReason } from '../x509/revocation-reason.ts'

/** Where an answer comes from, for people and reports. */
export interface AnswerSource {
  readonly kind: 'crl' | 'ocsp'
  /** A file, a URL, or whatever else names it. */
  readonly origin: string
}

/** Why there is no answer. Told in reports and logs; none of these ever counts as good. */
export type NoAnswerReason =
  | 'stale'
  | 'not-yet-valid'
  | 'malformed'
  | 'unknown-critical-extension'
  | 'wrong-signer'
  | 'signer-status-unknown'
  | 'out-of-scope'
  | 'some-reasons-only'
  | 'unreachable'
  | 'timeout'
  | 'blocked'
  | 'too-large'
  | 'http-status'
  | 'responder-error'
  | 'wrong-certificate'
  | 'wrong-nonce'

interface Said {
  readonly source: AnswerSource
  /** thisUpdate, in milliseconds. */
  readonly asOf: number
  /** Until when it may be relied on, in milliseconds. */
  readonly freshUntil: number
}

export type Answer =
  | (Said & { readonly kind: 'good' })
  | (Said & { readonly kind: 'revoked'; readonly reason: RevocationReason; readonly revokedAt: number })
  /** OCSP's `unknown`: the responder does not know the certificate, which is an answer and no good one. */
  | (Said & { readonly kind: 'unknown' })
  | {
      readonly kind: 'none'
      readonly source: AnswerSource
      readonly because: NoAnswerReason
      /** For people; holds nothing that a peer chose unescaped. */
      readonly detail: string
    }

/** A source by its name: `the CRL /etc/ca/clients.crl`. */
export const shownSource = ({ source }: Answer): string =>
  `${source.kind === 'crl' ? 'the CRL' : 'the responder'} ${source.origin}`
