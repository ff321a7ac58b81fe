import { ConfigurationError, type Decision, verifyCertificate } from '@clientcert/core'
import type { Case, Question, Verdict } from './suite.ts'

/** No case may take longer, whatever its verdict. */
export const SLOW_MS = 1_000

/** What the library said. */
export interface Judgement {
  /** `'no-verdict'` agrees with nothing: there is no option for what the case asks, or the library threw. */
  readonly verdict: Verdict | 'no-verdict'
  /** Null where it accepts. */
  readonly code: string | null
  readonly reason: string
  readonly elapsedMs: number
}

/** Puts one case to the public API, for one purpose after the other. */
export async function judge({ question, about }: Case): Promise<Judgement> {
  const started = performance.now()
  const answer =
    question === null ? { verdict: 'no-verdict' as const, code: null, reason: about } : await answerTo(question)
  return { ...answer, elapsedMs: performance.now() - started }
}

type Answer = Omit<Judgement, 'elapsedMs'>

async function answerTo({ input, options, purposes }: Question): Promise<Answer> {
  try {
    for (const purpose of purposes) {
      const refusal = refusalOf(await verifyCertificate(input, { ...options, purpose }))
      if (refusal) return refusal
    }
    return { verdict: 'accept', code: null, reason: 'accepted' }
  } catch (error) {
    // An anchor or a CRL that cannot be read is refused before there is a decision.
    const code = error instanceof ConfigurationError ? error.code : null
    const isUnreadable = code !== null && /^ERR_CONFIG_(TRUST|CRL)_/.test(code)
    return { verdict: isUnreadable ? 'reject' : 'no-verdict', code, reason: String(error) }
  }
}

function refusalOf(decision: Decision): Answer | undefined {
  if (decision.outcome === 'accepted') return undefined
  if (decision.outcome !== 'rejected') return { verdict: 'no-verdict', code: null, reason: decision.outcome }
  return { verdict: 'reject', code: decision.failure.code, reason: decision.failure.message }
}
