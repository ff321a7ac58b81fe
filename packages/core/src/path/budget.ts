import type { PathEvidence } from './failures.ts'

/**
 * What one search may cost. Costs, not counts: a P-521 signature takes as long as forty of RSA-2048 (measured on Node 20), and the
 * peer chooses the algorithms. What one refused client may cost altogether is 15 ms of the event loop.
 */
export interface Budget {
  /** Signature cost left, where one RSA-2048 verification (about 28 us) is 1. */
  signatures: number
  /** Candidate issuers left to be looked at. */
  steps: number
  /** Comparisons of a name with a subtree left. */
  comparisons: number
  /** Certificate policies and mappings left to be followed from one depth to the next. */
  policies: number
  readonly limits: BudgetLimits
}

export interface BudgetLimits {
  readonly signatures: number
  readonly steps: number
  readonly comparisons: number
  readonly policies: number
}

/**
 * 200 units are about 6 ms. The longest honest path (eight intermediates) costs 9 with RSA-2048, 54 with P-256, and nothing else a
 * private CA uses comes near; webpki stops at 100 signatures whatever they cost.
 */
export const DEFAULT_SIGNATURE_COST = 200

/** Each step is a microsecond of checks. webpki allows 200,000, after CVE-2018-16875 in Go; an honest search takes under ten. */
export const DEFAULT_SEARCH_STEPS = 2_000

/** Up to half a microsecond each, and five where nothing is compiled yet. webpki and Go allow 250,000, which would be a tenth of a second here. */
export const DEFAULT_NAME_COMPARISONS = 10_000

/**
 * About a microsecond each. An honest path has under a hundred; 32 paths through five pairs of authorities with 200 policies and 200 mappings
 * each stopped the loop for 1.5 s without it.
 */
export const DEFAULT_POLICIES = 5_000

export const createBudget = (limits: BudgetLimits): Budget => ({
  signatures: limits.signatures,
  steps: limits.steps,
  comparisons: limits.comparisons,
  policies: limits.policies,
  limits,
})

/** Takes from the budget; what is returned is the evidence that it does not suffice. */
export function spend(
  budget: Budget,
  kind: keyof BudgetLimits,
  cost: number,
): PathEvidence['ERR_PATH_BUDGET'] | undefined {
  budget[kind] -= cost
  return budget[kind] < 0 ? { budget: kind, limit: budget.limits[kind] } : undefined
}
