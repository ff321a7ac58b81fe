import type { SignaturesFailure } from '../../signatures/failures.ts'
import type { Placed } from '../../signatures/verify-signature.ts'
import type { Weakness } from '../../signatures/weakness.ts'
import type { PathFailure } from '../failures.ts'

/** What a check may know besides the certificate. */
export interface CheckContext {
  /** The one instant of this decision, in milliseconds. */
  readonly at: number
  /** OID of the purpose that every restriction must include; null where none is asked for, as of who signs CRLs. */
  readonly requiredEku: string | null
  /** Intermediates below this certificate that are not self-issued (RFC 5280 6.1.4 l). */
  readonly intermediatesBelow: number
  /** Weak algorithms that the application lets pass. */
  readonly allowedWeaknesses: ReadonlySet<Weakness>
}

/** One rule: pure, synchronous, no search, no keys. Returns the failure, or nothing. */
export type Check = (placed: Placed, context: CheckContext) => PathFailure | SignaturesFailure | undefined
