import type { VerifiedPath } from '../path/verified-path.ts'
import type { VerifyPathOptions } from '../path/verify-path.ts'
import { ok, type Result, refused } from '../result.ts'
import type { TrustSnapshot } from '../trust/snapshot.ts'
import { type Certificate, isSameBytes } from '../x509/certificate.ts'
import { certificateRef } from '../x509/certificate-ref.ts'
import { OID } from '../x509/oids.ts'
import type { Answer } from './answer.ts'
import { verifyCrlSigner } from './crl/crl-signer.ts'
import { crlAnswer } from './crl/crl-status.ts'
import type { CrlSnapshot } from './crl/loaded-crl.ts'
import { type RevocationFailure, revocationFailure } from './failures.ts'
import { type Exemption, judge, type RevocationMode, type Verdict } from './judge.ts'
import type { CertificateReport, RevocationReport } from './report.ts'

/** How far an answer without limit is remembered, in milliseconds: long enough for a burst, short enough for a source that comes back. */
export const UNANSWERED_MS = 60_000

export interface RevocationSettings {
  readonly mode: RevocationMode
  /** Which certificates are checked: the end entity alone, or every one below the anchor. */
  readonly depth: 'leaf' | 'chain'
  readonly skewMs: number
}

export interface RevocationContext {
  readonly settings: RevocationSettings
  readonly crls: CrlSnapshot
  readonly trust: TrustSnapshot
  /** What the client sent besides its certificate; who signs a CRL may be among it. Untrusted. */
  readonly presented: readonly Certificate[]
  /** As the path was verified; `at` is the one instant of the decision. */
  readonly path: VerifyPathOptions
}

/**
 * Checks every certificate of a path for revocation (RFC 5280 6.3), and judges by the mode what the sources say.
 *
 * Asynchronous, since sources may be; it takes a {@link VerifiedPath}, so that nothing is ever fetched for a certificate that is not verified.
 *
 * @returns The report, or the failure of the certificate nearest to the anchor: `ERR_REVOCATION_REVOKED`, `ERR_REVOCATION_ON_HOLD` ,
 *   `ERR_REVOCATION_UNKNOWN`, `ERR_REVOCATION_UNAVAILABLE`, `ERR_REVOCATION_NO_SOURCE`.
 */
export async function checkRevocation(
  path: VerifiedPath,
  context: RevocationContext,
): Promise<Result<RevocationReport, RevocationFailure>> {
  const { mode, depth } = context.settings
  if (mode === 'skip') {
    return ok(Object.freeze({ mode, status: 'not-checked', certificates: [], freshUntil: path.notAfter }))
  }
  const reports: CertificateReport[] = []
  let freshUntil = path.notAfter
  const last = path.certificates.length - 2
  // From the anchor down: what an authority says counts only where it is not revoked itself.
  for (let position = depth === 'leaf' ? Math.min(0, last) : last; position >= 0; position--) {
    const answers = await answersFor(path, position, context, [])
    const verdict = judge(mode, answers, exemptionOf(path, position))
    const failure = failureOf(verdict, path, position)
    if (failure) return refused(failure)
    reports.unshift(reportOf(position, verdict))
    freshUntil = Math.min(freshUntil, freshnessOf(verdict, context.path.at))
  }
  const status = reports.some((each) => each.status === 'unanswered') ? 'unanswered' : 'good'
  return ok(Object.freeze({ mode, status, certificates: reports, freshUntil }))
}

/** @param asking - Certificates whose status is being asked for already: a CRL whose signer it would have to vouch for vouches for nothing. */
async function answersFor(
  path: VerifiedPath,
  position: number,
  context: RevocationContext,
  asking: readonly Certificate[],
): Promise<readonly Answer[]> {
  const certificate = path.certificates[position]
  if (!certificate) return []
  const { at } = context.path
  const { skewMs } = context.settings
  const within = [...asking, certificate]
  const answer = await crlAnswer(
    {
      certificate,
      at,
      skewMs,
      verifySigner: ({ list }) =>
        verifyCrlSigner(list, {
          path,
          position,
          trust: context.trust,
          presented: context.presented,
          options: context.path,
          statusOf: (signer) => signerStatus(signer, context, within),
        }),
    },
    context.crls,
  )
  return answer ? [answer] : []
}

/** Whether the certificates of a signer's path are revoked. The anchor is the same, and is not asked about. */
async function signerStatus(
  path: VerifiedPath,
  context: RevocationContext,
  asking: readonly Certificate[],
): Promise<'good' | 'revoked' | 'unknown'> {
  let status: 'good' | 'unknown' = 'good'
  for (let position = path.certificates.length - 2; position >= 0; position--) {
    const certificate = path.certificates[position]
    if (certificate && asking.some(({ der }) => isSameBytes(der, certificate.der))) continue
    const answers = await answersFor(path, position, context, asking)
    const verdict = judge('strict', answers, exemptionOf(path, position))
    if (verdict.kind === 'revoked') return 'revoked'
    if (verdict.kind !== 'good' && verdict.kind !== 'exempt') status = 'unknown'
  }
  return status
}

/** RFC 9608 section 4: for end entities alone. */
function exemptionOf(path: VerifiedPath, position: number): Exemption | null {
  const extensions = path.certificates[position]?.extensions
  const isExempt = position === 0 && extensions?.all.some(({ oid }) => oid === OID.noRevAvail)
  return isExempt && !extensions?.basicConstraints?.ca ? 'no-revocation-available' : null
}

function failureOf(verdict: Verdict, path: VerifiedPath, position: number): RevocationFailure | undefined {
  const certificate = path.certificates[position]
  if (!certificate) return undefined
  const ref = certificateRef(certificate, position)
  switch (verdict.kind) {
    case 'good':
    case 'exempt':
    case 'unanswered':
      return undefined
    case 'unknown':
    case 'revoked': {
      const { answer } = verdict
      if (answer.kind === 'none') return undefined
      const said = { source: shownSource(answer), asOf: new Date(answer.asOf) }
      if (answer.kind !== 'revoked') return revocationFailure('ERR_REVOCATION_UNKNOWN', said, ref)
      const { reason } = answer
      const revokedAt = new Date(answer.revokedAt)
      return reason === 'certificateHold'
        ? revocationFailure('ERR_REVOCATION_ON_HOLD', { ...said, revokedAt }, ref)
        : revocationFailure('ERR_REVOCATION_REVOKED', { ...said, revokedAt, reason }, ref)
    }
    case 'unavailable': {
      const { answers } = verdict
      if (answers.length > 0)
        return revocationFailure('ERR_REVOCATION_UNAVAILABLE', { tried: answers.map(unansweredOf) }, ref)
      const { cRLDistributionPoints, authorityInfoAccess } = certificate.extensions
      const pointers = cRLDistributionPoints || authorityInfoAccess ? 'not-followed' : 'none'
      return revocationFailure('ERR_REVOCATION_NO_SOURCE', { pointers }, ref)
    }
    default:
      return verdict satisfies never
  }
}

const shownSource = ({ source }: Answer): string =>
  `${source.kind === 'crl' ? 'the CRL' : 'the responder'} ${source.origin}`

const unansweredOf = (answer: Answer) => ({
  source: shownSource(answer),
  because: answer.kind === 'none' ? answer.because : answer.kind,
  detail: answer.kind === 'none' ? answer.detail : '',
})

function reportOf(position: number, verdict: Verdict): CertificateReport {
  const blank = { position, source: null, asOf: null, freshUntil: null, notes: [] }
  if (verdict.kind === 'good' && verdict.answer.kind === 'good') {
    const { answer } = verdict
    return {
      ...blank,
      status: 'good',
      source: shownSource(answer),
      asOf: new Date(answer.asOf),
      freshUntil: new Date(answer.freshUntil),
    }
  }
  if (verdict.kind === 'exempt') return { ...blank, status: 'exempt', notes: [verdict.exemption] }
  const answers = verdict.kind === 'unanswered' ? verdict.answers : []
  const notes = answers.map(unansweredOf).map(({ source, because, detail }) => `${source}: ${because} (${detail})`)
  return { ...blank, status: 'unanswered', notes: notes.length === 0 ? ['nobody could be asked'] : notes }
}

/** "No answer" lives shortly, so that a source that comes back is heard. */
function freshnessOf(verdict: Verdict, at: number): number {
  if (verdict.kind === 'unanswered') return at + UNANSWERED_MS
  return verdict.kind === 'good' && verdict.answer.kind === 'good'
    ? verdict.answer.freshUntil
    : Number.POSITIVE_INFINITY
}
