/** What answers mean under a mode: the table of `docs/revocation.md`, and nothing else. Pure. */
import type { Answer } from './answer.ts'

/**
 * `'skip'`: nobody is asked. `'ignore-ca-error'`: who is revoked is refused, and no answer is let pass. `'strict'`: who is not known to be good is refused.
 * The words and their meaning are those of Kong's `revocation_check_mode`.
 */
export const REVOCATION_MODES = ['skip', 'ignore-ca-error', 'strict'] as const

export type RevocationMode = (typeof REVOCATION_MODES)[number]

/** Why nobody need be asked about a certificate. */
export type Exemption =
  /** RFC 9608: its issuer publishes no revocations; it is short-lived. */
  | 'no-revocation-available'
  /** It is the anchor itself. */
  | 'anchor'

export type Verdict =
  | { readonly kind: 'good' | 'revoked' | 'unknown'; readonly answer: Answer }
  | { readonly kind: 'exempt'; readonly exemption: Exemption }
  /** Passed on without an answer; `'ignore-ca-error'` alone does this. */
  | { readonly kind: 'unanswered'; readonly answers: readonly Answer[] }
  | { readonly kind: 'unavailable'; readonly answers: readonly Answer[] }

/**
 * @param answers - In the order in which the sources were asked.
 * @returns What holds for the certificate. `revoked`, `unknown` and `unavailable` refuse it.
 */
export function judge(
  mode: Exclude<RevocationMode, 'skip'>,
  answers: readonly Answer[],
  exemption: Exemption | null,
): Verdict {
  const said = (kind: 'good' | 'revoked' | 'unknown') => answers.find((answer) => answer.kind === kind)
  const revoked = said('revoked')
  if (revoked) return { kind: 'revoked', answer: revoked }
  const good = said('good')
  if (good) return { kind: 'good', answer: good }
  const unknown = said('unknown')
  if (unknown) return { kind: 'unknown', answer: unknown }
  if (exemption) return { kind: 'exempt', exemption }
  return { kind: mode === 'strict' ? 'unavailable' : 'unanswered', answers }
}
