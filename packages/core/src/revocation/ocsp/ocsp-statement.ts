/**
 * What a responder said, verified, and what that means at an instant: what is kept is the former, since a moment later it may mean less.
 */
import type { SingleResponse } from '../../x509/ocsp-single-response.ts'
import type { Answer, NoAnswerReason } from '../answer.ts'
import type { OcspQuestion } from './ocsp-question.ts'

export type StatedStatus = Pick<SingleResponse, 'status' | 'thisUpdate' | 'nextUpdate'>

/** Holds no octets of the response. */
export interface OcspStatement {
  /** Of the certificate: one, of an odd responder more. */
  readonly statuses: readonly StatedStatus[]
  readonly producedAt: number
  /** notAfter of a delegated responder, in milliseconds; infinite where the issuer itself signed, whose end is that of the path. */
  readonly signerNotAfter: number
  /** Whether the signer is known not to be revoked. */
  readonly signerStatus: 'good' | 'unknown'
}

/**
 * How long an answer without nextUpdate is relied on, in milliseconds. It says that newer information is to be had all the time (RFC 6960 2.4), so that the
 * alternatives are to ask for each request and to hope. OpenSSL's `-status_age` is unlimited by default; five minutes are its skew.
 */
export const MAX_AGE_MS = 300_000

/** Who is called revoked is, whatever else is said of it; and who is called good beside being unknown is not known well. */
const BY_WEIGHT = ['revoked', 'unknown', 'good', 'none'] as const

/** What a statement means at the instant of the question. */
export function answerAt(statement: OcspStatement, question: Pick<OcspQuestion, 'at' | 'skewMs' | 'origin'>): Answer {
  const answers = statement.statuses.map((each) => answerOf(each, statement, question))
  const [heaviest] = BY_WEIGHT.flatMap((kind) => answers.filter((answer) => answer.kind === kind))
  return heaviest ?? noAnswer(question, 'wrong-certificate', 'it speaks of no certificate')
}

export const noAnswer = (
  { origin }: Pick<OcspQuestion, 'origin'>,
  because: NoAnswerReason,
  detail: string,
): Answer => ({
  kind: 'none',
  source: { kind: 'ocsp', origin },
  because,
  detail,
})

/** Until when a status may be relied on: its own end, or that of the certificate of who signed it, whose last second lasts until the next one begins. */
export const endOf = ({ thisUpdate, nextUpdate }: StatedStatus): number => nextUpdate ?? thisUpdate + MAX_AGE_MS

export const signerEndOf = ({ signerNotAfter }: OcspStatement): number => signerNotAfter + 999

function answerOf(
  stated: StatedStatus,
  statement: OcspStatement,
  question: Pick<OcspQuestion, 'at' | 'skewMs' | 'origin'>,
): Answer {
  const { at, skewMs, origin } = question
  const { status, thisUpdate } = stated
  // 4.2.2.1: nothing of the future is believed. Written so that an instant that is no number is before every other.
  const issued = Math.max(thisUpdate, statement.producedAt)
  if (!(issued <= at + skewMs)) return noAnswer(question, 'not-yet-valid', `issued for ${shown(issued)}`)
  const freshUntil = Math.min(endOf(stated) + skewMs, signerEndOf(statement))
  const problem = ageProblem(stated, statement, question)
  const said = { source: { kind: 'ocsp', origin }, asOf: thisUpdate, freshUntil } as const
  if (status.kind === 'revoked') {
    // A hold may have been lifted since; everything else is for ever.
    if (problem && status.reason === 'certificateHold') return problem
    return { ...said, kind: 'revoked', reason: status.reason, revokedAt: status.revokedAt }
  }
  if (problem) return problem
  if (status.kind === 'unknown') return { ...said, kind: 'unknown' }
  if (statement.signerStatus === 'unknown') {
    return noAnswer(question, 'signer-status-unknown', 'nobody says whether its signer is revoked')
  }
  return { ...said, kind: 'good' }
}

function ageProblem(
  stated: StatedStatus,
  statement: OcspStatement,
  question: Pick<OcspQuestion, 'at' | 'skewMs' | 'origin'>,
): Answer | undefined {
  const end = endOf(stated)
  if (end < stated.thisUpdate) return noAnswer(question, 'stale', 'it ends before it begins')
  if (!(question.at <= end + question.skewMs)) {
    const limit = stated.nextUpdate === null ? 'without nextUpdate, relied on' : 'valid'
    return noAnswer(question, 'stale', `${limit} until ${shown(end)}`)
  }
  const signerEnd = signerEndOf(statement)
  if (question.at <= signerEnd) return undefined
  return noAnswer(question, 'wrong-signer', `the certificate of its signer ended at ${shown(statement.signerNotAfter)}`)
}

const shown = (at: number): string => new Date(at).toISOString()
