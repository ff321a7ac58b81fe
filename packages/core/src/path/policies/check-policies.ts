/** Certificate policies over a whole path (RFC 5280 6.1.2 to 6.1.5 with RFC 9618's graph). */
import type { Certificate } from '../../x509/certificate.ts'
import { certificateRef } from '../../x509/certificate-ref.ts'
import { isSameName } from '../../x509/name-comparison.ts'
import { ANY_POLICY } from '../../x509/policy-extensions.ts'
import { type Budget, spend } from '../budget.ts'
import { type PathFailure, pathFailure } from '../failures.ts'
import { addLevel, authorityPolicies, mapPolicies, type PolicyLevel, rootLevel } from './policy-graph.ts'

/** The inputs of RFC 5280 6.1.1 (c) to (g). */
export interface PolicyInputs {
  /** user-initial-policy-set; null is any-policy. */
  readonly accepted: ReadonlySet<string> | null
  readonly requireExplicit: boolean
  readonly inhibitMapping: boolean
  readonly inhibitAny: boolean
}

/** No policy is asked for: the path fails only where an authority on it requires one. */
export const ANY_POLICY_INPUTS: PolicyInputs = {
  accepted: null,
  requireExplicit: false,
  inhibitMapping: false,
  inhibitAny: false,
}

/**
 * @param path - End entity first, anchor last. The anchor's own policyConstraints and inhibitAnyPolicy count from the first certificate
 *   below it on, and its certificatePolicies narrow the accepted ones (RFC 5937 section 3.2).
 */
export function checkPolicies(
  path: readonly Certificate[],
  inputs: PolicyInputs,
  budget: Budget,
): PathFailure | undefined {
  if (!inputs.requireExplicit && !path.some(isAboutPolicies)) return undefined
  const last = path.length - 1
  const anchor = path[last]
  const length = Math.max(last, 1)
  // RFC 5280 6.1.2 d to f: how many certificates may still pass before the restriction holds.
  let explicit = inputs.requireExplicit ? 0 : length + 1
  let mapping = inputs.inhibitMapping ? 0 : length + 1
  let any = inputs.inhibitAny ? 0 : length + 1
  /** Whose demand it is, for the refusal. */
  let demandedBy: 'application' | number = 'application'
  const restrict = ({ extensions }: Certificate, position: number) => {
    const { policyConstraints: limits, inhibitAnyPolicy } = extensions
    const demanded = limits?.requireExplicitPolicy ?? null
    if (demanded !== null && demanded < explicit) [explicit, demandedBy] = [demanded, position]
    mapping = Math.min(mapping, limits?.inhibitPolicyMapping ?? mapping)
    any = Math.min(any, inhibitAnyPolicy ?? any)
  }
  if (anchor && last > 0) restrict(anchor, last)

  let level: PolicyLevel = rootLevel()
  for (let position = Math.max(last - 1, 0); position >= 0; position--) {
    const certificate = path[position]
    if (!certificate) break
    const { certificatePolicies, policyMappings } = certificate.extensions
    const isEndEntity = position === 0
    const isSelfIssued = isSameName(certificate.subject, certificate.issuer)
    const entries = (certificatePolicies?.length ?? 0) + (policyMappings?.length ?? 0)
    const overspent = spend(budget, 'policies', level.size === 0 ? 0 : level.size - 1 + entries)
    if (overspent) return pathFailure('ERR_PATH_BUDGET', overspent, certificateRef(certificate, position))
    level = addLevel(level, certificatePolicies, any > 0 || (!isEndEntity && isSelfIssued))
    if (level.size === 0 && explicit <= 0)
      return refusal(certificate, position, { accepted: inputs.accepted, demandedBy })
    if (isEndEntity) {
      // 6.1.5 a, b: the end entity counts itself, and may demand a policy of itself.
      explicit = Math.max(explicit - 1, 0)
      if (certificate.extensions.policyConstraints?.requireExplicitPolicy === 0) restrict(certificate, 0)
      break
    }
    if (
      policyMappings?.some(
        ({ issuerDomain, subjectDomain }) => issuerDomain === ANY_POLICY || subjectDomain === ANY_POLICY,
      )
    ) {
      return pathFailure('ERR_PATH_POLICY_MAPPING', { policy: ANY_POLICY }, certificateRef(certificate, position))
    }
    if (policyMappings) level = mapPolicies(level, policyMappings, mapping > 0)
    if (!isSelfIssued) {
      explicit = Math.max(explicit - 1, 0)
      mapping = Math.max(mapping - 1, 0)
      any = Math.max(any - 1, 0)
    }
    restrict(certificate, position)
  }
  const endEntity = path[0]
  if (explicit > 0 || !endEntity || isAccepted(level, acceptedBy(inputs.accepted, anchor))) return undefined
  return refusal(endEntity, 0, { accepted: inputs.accepted, demandedBy })
}

/** Whether a certificate demands a policy or maps one. Where none does and nobody asks for one, a path cannot fail for its policies. */
const isAboutPolicies = ({ extensions }: Certificate): boolean =>
  extensions.policyMappings !== null ||
  (extensions.policyConstraints !== null && extensions.policyConstraints.requireExplicitPolicy !== null)

/** RFC 5937 section 3.2: what the anchor is for narrows what is asked for. */
function acceptedBy(accepted: ReadonlySet<string> | null, anchor: Certificate | undefined): ReadonlySet<string> | null {
  const own = anchor?.extensions.certificatePolicies ?? null
  if (own === null || own.includes(ANY_POLICY)) return accepted
  return new Set(accepted === null ? own : own.filter((policy) => accepted.has(policy)))
}

/** 6.1.5 g: whether a policy survives that is accepted. */
function isAccepted(level: PolicyLevel, accepted: ReadonlySet<string> | null): boolean {
  if (level.size === 0) return false
  const policies = authorityPolicies(level)
  if (policies === 'any') return accepted === null || accepted.size > 0
  return accepted === null ? policies.size > 0 : [...policies].some((policy) => accepted.has(policy))
}

const refusal = (
  certificate: Certificate,
  position: number,
  {
    accepted,
    demandedBy,
  }: { readonly accepted: ReadonlySet<string> | null; readonly demandedBy: 'application' | number },
): PathFailure =>
  pathFailure(
    'ERR_PATH_POLICY',
    {
      accepted: accepted && [...accepted].slice(0, 8),
      present: (certificate.extensions.certificatePolicies ?? []).slice(0, 8),
      demandedBy,
    },
    certificateRef(certificate, position),
  )
