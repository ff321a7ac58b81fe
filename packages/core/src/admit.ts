import type { Authentication, Decision, Rejected } from './decision.ts'
import { evidenceFailure } from './evidence/failures.ts'
import { UNANCHORED_CODES } from './path/rank.ts'
import { checkPolicy } from './policy/check-policy.ts'
import type { Rule } from './policy/rule.ts'

export const MODES = ['required', 'optional', 'optional-no-ca', 'accept-unverified', 'off'] as const

/**
 * What a route does without a certificate, and with a bad one.
 *
 * | mode | no certificate | bad certificate |
 * | --- | --- | --- |
 * | `required` | refused | refused |
 * | `optional` | anonymous | refused |
 * | `optional-no-ca` | anonymous | unverified, where the store merely knows nobody who vouches for it; else refused |
 * | `accept-unverified` | anonymous | unverified |
 * | `off` | not looked at | not looked at |
 *
 * Unusable evidence (an untrusted peer, a duplicate or undecodable header, a contradiction) is refused in every mode but `off`.
 */
export type Mode = (typeof MODES)[number]

/** What admission depends on besides the authentication. */
export interface Admission {
  readonly mode: Exclude<Mode, 'off'>
  readonly allow: Rule | null
}

/**
 * Decides for one route what an authentication is worth there. Pure and synchronous; runs on every request, so that nothing a route says is
 * ever remembered for another.
 */
export function admit(authentication: Authentication, { mode, allow }: Admission): Decision {
  switch (authentication.kind) {
    case 'none':
      return mode === 'required'
        ? rejected('required', evidenceFailure('ERR_EVIDENCE_NO_CERTIFICATE', { from: authentication.from }))
        : { outcome: 'anonymous' }
    case 'unusable':
      return rejected('rejected', authentication.failure)
    case 'refused': {
      const { failure, presented } = authentication
      const isPassedOn =
        mode === 'accept-unverified' || (mode === 'optional-no-ca' && UNANCHORED_CODES.has(failure.code))
      return isPassedOn
        ? { outcome: 'unverified', failure, presented }
        : { ...rejected('rejected', failure), presented }
    }
    case 'verified': {
      const { identity, path, revocation } = authentication
      const failure = allow && checkPolicy(identity, allow)
      if (failure) return { ...rejected('forbidden', failure), identity }
      return { outcome: 'accepted', identity, path, revocation }
    }
    default:
      return authentication satisfies never
  }
}

const rejected = (reason: Rejected['reason'], failure: Rejected['failure']): Rejected => ({
  outcome: 'rejected',
  reason,
  failure,
  presented: null,
  identity: null,
})
