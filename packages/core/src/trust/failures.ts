import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

export interface TrustEvidence {
  ERR_TRUST_NOT_READY: { readonly waitingFor: readonly string[] }
}

export type TrustFailure = FailureUnion<TrustEvidence>

export const TRUST_FAILURES: FailureTable<TrustEvidence> = {
  ERR_TRUST_NOT_READY: {
    fault: 'server',
    clause: 'decision: closed until configured',
    meaning: 'A trust source has not loaded yet, so nobody can be verified. Answered with 503.',
    message: ({ waitingFor }) => `not loaded yet: ${waitingFor.join(', ')}`,
    hint: "Await `ready()` before listening; `status()` says what the source's last error was.",
  },
}

export const trustFailure = failureMaker('trust', TRUST_FAILURES)
