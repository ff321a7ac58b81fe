/** What answers mean under a mode: the table of `docs/revocation.md`, and nothing else. Pure. */
import type { Answer } from './answer.ts'
import type { Exemption } from './exemption.ts'

/**
 * `'skip'`: nobody is asked. `'ignore-ca-error'`: who is revoked is refused, and no answer is let pass. `'strict'`: who is not known to be good is refused.
 * The words and their meaning are those of Kong's `revocation_check_mode`.
 */
export const REVOCATION_MODES = ['skip', 'ignore-ca-error', 'strict'] as const

export type RevocationMode = (typeof REVOCATION_MODES)[number]

type Said<Kind extends Answer['kind']> = Extract<Answer, { readonly kind: Kind }>

export type Verdict =
  | { readonly kind: 'good'; readonly answer: Said<'good'> }
  | { readonly kind: 'revoked'; readonly answer: Said<'revoked'> }
  | { readonly kind: 'unknown'; readonly answer: Said<'unknown'> }
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
  const revoked = answers.find((answer) => answer.kind === 'revoked')
  if (revoked) return { kind: 'revoked', answer: revoked }
  const good = answers.find((answer) => answer.kind === 'good')
  if (good) return { kind: 'good', answer: good }
  const unknown = answers.find((answer) => answer.kind === 'unknown')
  if (unknown) return { kind: 'unknown', answer: unknown }
  if (exemption) return { kind: 'exempt', exemption }
  return { kind: mode === 'strict' ? 'unavailable' : 'unanswered', answers }
}
