import type { Authority } from '../authority.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import type { Leaf } from '../leaf.ts'

const DAY_MS = 86_400_000

/** Issues a client certificate that ended a day before the authority's clock (RFC 5280 section 4.1.2.5). */
export function expired(authority: Authority, options: CertificateOptions = {}): Leaf {
  const at = authority.at.getTime()
  return authority.issue({ ...options, notBefore: new Date(at - 30 * DAY_MS), notAfter: new Date(at - DAY_MS) })
}

/** Issues a client certificate that begins a day after the authority's clock (RFC 5280 section 4.1.2.5). */
export function notYetValid(authority: Authority, options: CertificateOptions = {}): Leaf {
  const at = authority.at.getTime()
  return authority.issue({ ...options, notBefore: new Date(at + DAY_MS), notAfter: new Date(at + 30 * DAY_MS) })
}
