import type { Authentication, CertificateFailure, PresentedClient } from './decision.ts'
import type { PresentedCertificates } from './evidence/evidence.ts'
import { identityOf } from './identity/client-identity.ts'
import { type VerifyPathOptions, verifyPath } from './path/verify-path.ts'
import { checkRevocation } from './revocation/check-revocation.ts'
import type { Remote, RevocationSettings } from './revocation/context.ts'
import type { CrlSnapshot } from './revocation/crl/loaded-crl.ts'
import type { TrustSnapshot } from './trust/snapshot.ts'
import type { Certificate } from './x509/certificate.ts'
import { type PresentedLimits, parsePresented } from './x509/parse-presented.ts'

/** What the legs need to know besides the evidence; free of mode and policy, so that what is remembered serves every route. */
export interface AuthenticateOptions extends VerifyPathOptions, PresentedLimits {
  readonly revocation: RevocationSettings
  /** The CRLs at hand at this moment. */
  readonly crls: CrlSnapshot
  /** What fetches the others; null where nothing is fetched. */
  readonly remote: Remote | null
  /** Intermediates with which this very end entity was verified before; asked where it comes alone. */
  readonly issuersOf: (endEntity: Certificate) => readonly Certificate[]
}

/**
 * What the certificates prove: the legs in order, each line a folder. Knows nothing of the route that asks.
 *
 * @param presented - The end entity, then whatever came with it. Untrusted.
 * @param snapshot - What is trusted at this moment.
 * @param options.at - The one reading of the clock for this decision.
 */
export async function authenticate(
  presented: PresentedCertificates,
  snapshot: TrustSnapshot,
  options: AuthenticateOptions,
): Promise<Authentication> {
  const certificates = parsePresented(presented, options)
  if (!certificates.ok) return refusedWith(certificates.failure, presented[0], null)

  const [endEntity, ...sent] = certificates.value
  const others = sent.length > 0 ? sent : options.issuersOf(endEntity)
  const path = verifyPath(endEntity, others, snapshot, options)
  if (!path.ok) return refusedWith(path.failure, presented[0], endEntity)

  const revocation = await checkRevocation(path.value, {
    settings: options.revocation,
    crls: options.crls,
    remote: options.remote,
    trust: snapshot,
    presented: others,
    path: options,
  })
  if (!revocation.ok) return refusedWith(revocation.failure, presented[0], endEntity)

  return { kind: 'verified', identity: identityOf(path.value), path: path.value, revocation: revocation.value }
}

function refusedWith(failure: CertificateFailure, der: Uint8Array, certificate: Certificate | null): Authentication {
  const presented: PresentedClient = Object.freeze({ der, certificate })
  return { kind: 'refused', failure, presented }
}
