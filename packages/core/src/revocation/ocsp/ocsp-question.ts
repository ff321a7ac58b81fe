/** What a responder is asked, and what its answer is judged by. */
import type { Weakness } from '../../signatures/weakness.ts'
import type { Certificate } from '../../x509/certificate.ts'

export interface OcspQuestion {
  readonly certificate: Certificate
  /** Who issued it, of the verified path. */
  readonly issuer: Certificate
  /** Milliseconds. */
  readonly at: number
  readonly skewMs: number
  readonly allowedWeaknesses: ReadonlySet<Weakness>
  /** For people: the URL of the responder. */
  readonly origin: string
}
