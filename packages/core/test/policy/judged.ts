import type { ClientIdentity } from '../../src/identity/client-identity.ts'
import { checkPolicy } from '../../src/policy/check-policy.ts'
import type { Rule } from '../../src/policy/rule.ts'

/** `allowed`, or the code of the refusal. */
export const judged = (identity: ClientIdentity, rule: Rule): string => checkPolicy(identity, rule)?.code ?? 'allowed'

/** What a call throws: its code and message, as one text to match. */
export function thrownBy(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${String(error.code)} ${error.message}`
    return String(error)
  }
  return 'nothing was thrown'
}
