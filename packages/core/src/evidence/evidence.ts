import type { CertificateDer } from '../encoding/certificate-der.ts'
import type { EncodingFailure } from '../encoding/failures.ts'
import type { HeadersFailure } from '../headers/failures.ts'
import type { Result } from '../result.ts'
import type { EvidenceFailure } from './failures.ts'

/** Everything that reading evidence can fail with. Refused in every mode but `off`. */
export type UnusableEvidence = EvidenceFailure | HeadersFailure | EncodingFailure

/** The certificates of one client: the end entity, then whatever came with it, in the order sent. Nothing is verified. */
export type PresentedCertificates = readonly [CertificateDer, ...CertificateDer[]]

/** What a request presents. */
export type Evidence =
  | { readonly kind: 'none'; readonly from: string }
  | { readonly kind: 'unusable'; readonly failure: UnusableEvidence }
  | {
      readonly kind: 'presented'
      /** What the verdict may be remembered by: the connection, or the text of the header; null where it may not. */
      readonly rememberBy: object | string | null
      /** Decodes; not called where the verdict is remembered. */
      readonly read: () => Result<PresentedCertificates, UnusableEvidence>
    }
