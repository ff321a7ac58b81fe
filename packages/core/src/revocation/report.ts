/** What is known of revocation for an accepted path: for each certificate who said what, as of when, and for how long. */
import type { RevocationReason } from '../x509/revocation-reason.ts'
import type { RevocationMode } from './judge.ts'

export interface CertificateReport {
  /** 0 is the end entity. */
  readonly position: number
  /** `'unanswered'` is not `'good'`: `ignore-ca-error` let it pass. */
  readonly status: 'good' | 'unanswered' | 'exempt' | 'not-checked'
  readonly source: string | null
  readonly asOf: Date | null
  readonly freshUntil: Date | null
  /** Why there is no answer, one line for each source; or why none is needed. */
  readonly notes: readonly string[]
}

export interface RevocationReport {
  readonly mode: RevocationMode
  /** `'good'` where every certificate that was to be checked is; `'not-checked'` where nobody was asked. */
  readonly status: 'good' | 'unanswered' | 'not-checked'
  readonly certificates: readonly CertificateReport[]
  /** Until when this may be remembered, in milliseconds. */
  readonly freshUntil: number
}

export type { RevocationReason }
