import { escapeHostile } from '../encoding/escape.ts'
import { type ClientIdentity, isClientIdentity } from '../identity/client-identity.ts'
import { certificateRef } from '../x509/certificate-ref.ts'
import { type PolicyFailure, policyFailure } from './failures.ts'
import type { Rule } from './rule.ts'

/** How many of the certificate's names a failure repeats. */
const SHOWN = 8

/**
 * Checks an identity against a rule. Pure and synchronous.
 *
 * @param identity - Must come from this copy of the library: TypeScript says so, and this says so to JavaScript.
 * @returns Nothing, or `ERR_POLICY_REFUSED`, `ERR_POLICY_FOREIGN_IDENTITY`.
 */
export function checkPolicy(identity: ClientIdentity, rule: Rule): PolicyFailure | undefined {
  if (!isClientIdentity(identity)) return policyFailure('ERR_POLICY_FOREIGN_IDENTITY', { rule: rule.text })
  const { allowed, presented } = rule.judge(identity)
  if (allowed) return undefined
  const shown = presented.slice(0, SHOWN).map((name) => escapeHostile(name))
  return policyFailure(
    'ERR_POLICY_REFUSED',
    { rule: rule.text, presented: shown },
    certificateRef(identity.certificate, 0),
  )
}
