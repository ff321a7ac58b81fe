import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

export interface PolicyEvidence {
  /** `rule` is what the application wrote; `presented` what the certificate has of that kind, escaped. */
  ERR_POLICY_REFUSED: { readonly rule: string; readonly presented: readonly string[] }
  ERR_POLICY_FOREIGN_IDENTITY: { readonly rule: string }
}

export type PolicyFailure = FailureUnion<PolicyEvidence>

export const POLICY_FAILURES: FailureTable<PolicyEvidence> = {
  ERR_POLICY_REFUSED: {
    fault: 'client',
    clause: 'option allow',
    meaning: 'The certificate is verified, and the rule of the application does not allow it in.',
    message: ({ rule, presented }) =>
      `the rule ${rule} does not allow it${presented.length === 0 ? '; the certificate has nothing of that kind' : `; it has ${presented.join(', ')}`}`,
    hint: 'Extend `allow` if this client should come in; otherwise it has to use another certificate.',
  },
  ERR_POLICY_FOREIGN_IDENTITY: {
    fault: 'server',
    clause: 'proofs do not match across copies of a module',
    meaning: 'The identity was not derived by this copy of @clientcert/core, so nothing is known about it.',
    message: ({ rule }) => `the rule ${rule} was asked about an identity of another copy of @clientcert/core`,
    hint: 'Install one version: `npm ls @clientcert/core` shows the copies, `npm dedupe` removes them.',
  },
}

export const policyFailure = failureMaker('policy', POLICY_FAILURES)
