/** Why nobody need be asked about a certificate. */
import type { Certificate } from '../x509/certificate.ts'
import { OID } from '../x509/oids.ts'

/** RFC 9608: its issuer publishes no revocations; it is short-lived. */
export type Exemption = 'no-revocation-available'

/** RFC 9608 section 4: for end entities alone; an authority that has the extension is asked about as if it had not. */
export function exemptionOf({ extensions }: Certificate, position: number): Exemption | null {
  if (position > 0 || extensions.basicConstraints?.ca) return null
  return extensions.all.some(({ oid }) => oid === OID.noRevAvail) ? 'no-revocation-available' : null
}
