/** What is known of revocation for an accepted path: for each certificate who said what, as of when, and for how long. */

import type { Certificate } from '../x509/certificate.ts'
import { showName } from '../x509/name.ts'
import { type Answer, shownSource } from './answer.ts'
import type { RevocationSettings } from './context.ts'
import { nobodyToAsk } from './failures.ts'
import type { RevocationMode, Verdict } from './judge.ts'
import { noSourceOf } from './verdict-failure.ts'

export interface CertificateReport {
  /** 0 is the end entity. */
  readonly position: number
  /** RFC 4514, escaped, as in failures. */
  readonly subject: string
  /** `'unanswered'` is not `'good'`: `ignore-ca-error` let it pass. */
  readonly status: 'good' | 'unanswered' | 'exempt'
  /** Who said so; null where nobody did. */
  readonly source: string | null
  readonly asOf: Date | null
  readonly freshUntil: Date | null
  /** What the other sources said, one line for each; or why none is needed. */
  readonly notes: readonly string[]
}

export interface RevocationReport {
  readonly mode: RevocationMode
  /** `'good'` where every certificate that was to be checked is; `'not-checked'` where nobody was asked. */
  readonly status: 'good' | 'unanswered' | 'not-checked'
  readonly certificates: readonly CertificateReport[]
  /** Until when this may be remembered, in milliseconds. */
  readonly freshUntil: number
}

/** @param verdict - One that lets the certificate pass. */
export function reportOf(
  certificate: Certificate,
  position: number,
  verdict: Verdict,
  answers: readonly Answer[],
  { follow }: RevocationSettings,
): CertificateReport {
  const subject = showName(certificate.subject)
  const blank = { position, subject, source: null, asOf: null, freshUntil: null }
  if (verdict.kind === 'good') {
    const { answer } = verdict
    return Object.freeze({
      position,
      subject,
      status: 'good',
      source: shownSource(answer),
      asOf: new Date(answer.asOf),
      freshUntil: new Date(answer.freshUntil),
      notes: answers.filter((each) => each !== answer).map(noteOf),
    })
  }
  if (verdict.kind === 'exempt') {
    return Object.freeze({ ...blank, status: 'exempt', notes: [verdict.exemption, ...answers.map(noteOf)] })
  }
  const notes = answers.length === 0 ? [nobodyToAsk(noSourceOf(certificate, follow))] : answers.map(noteOf)
  return Object.freeze({ ...blank, status: 'unanswered', notes })
}

/** One source in one line. */
const noteOf = (answer: Answer): string =>
  answer.kind === 'none'
    ? `${shownSource(answer)}: ${answer.because} (${answer.detail})`
    : `${shownSource(answer)}: ${answer.kind}`
