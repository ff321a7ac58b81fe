/** What CRLs are asked, and how it is found out who signed one. */
import type { Certificate } from '../../x509/certificate.ts'
import type { NoAnswerReason } from '../answer.ts'
import type { LoadedCrl } from './loaded-crl.ts'

/** Whether a CRL is signed by somebody who may sign it for this certificate. */
export type SignerVerdict =
  /** `status`: whether the signer is known not to be revoked itself. */
  | { readonly ok: true; readonly signerKey: Uint8Array; readonly status: 'good' | 'unknown' }
  | { readonly ok: false; readonly because: NoAnswerReason; readonly detail: string }

export interface CrlQuestion {
  readonly certificate: Certificate
  /** Milliseconds. */
  readonly at: number
  readonly skewMs: number
  /** Verifies the signature of a CRL, and that its signer belongs to the path. */
  readonly verifySigner: (crl: LoadedCrl) => Promise<SignerVerdict>
}
