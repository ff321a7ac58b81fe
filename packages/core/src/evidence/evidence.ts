import type { CertificateDer } from '../encoding/certificate-der.ts'
import type { EncodingFailure } from '../encoding/failures.ts'
import type { HeadersFailure } from '../headers/failures.ts'
import type { Result } from '../result.ts'
import type { EvidenceFailure } from './failures.ts'

/** Everything that reading evidence can fail with. Refused in every mode but `off`. */
export type UnusableEvidence = EvidenceFailure | HeadersFailure | EncodingFailure

/** The certificates of one client: the end entity, then whatever came with it, in the order sent. Nothing is verified. */
export type PresentedCertificates = readonly [CertificateDer, ...CertificateDer[]]

/** What was presented, for whoever has seen it before. */
export interface RememberBy {
  /** One object for each connection. */
  readonly connection: object
  /** The text of the headers, of which one connection brings many; null where the connection itself presents it, and always the same. */
  readonly text: string | null
}

/** What a request presents. */
export type Evidence =
  | { readonly kind: 'none'; readonly from: string }
  | {
      readonly kind: 'unusable'
      readonly failure: UnusableEvidence
      /** Decodes the certificates that were asserted all the same: to name them in a log, and for nothing else. */
      readonly asserted?: () => Result<PresentedCertificates, UnusableEvidence>
    }
  | {
      readonly kind: 'presented'
      /** What the verdict may be remembered by; null where it may not. */
      readonly rememberBy: RememberBy | null
      /** Decodes; not called where the verdict is remembered. */
      readonly read: () => Result<PresentedCertificates, UnusableEvidence>
    }
