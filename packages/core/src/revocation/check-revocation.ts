import type { VerifiedPath } from '../path/verified-path.ts'
import { ok, type Result, refused } from '../result.ts'
import { askSources } from './ask-sources.ts'
import { MAX_SIGNERS, type RevocationContext } from './context.ts'
import { createDeadline } from './deadline.ts'
import { exemptionOf } from './exemption.ts'
import type { RevocationFailure } from './failures.ts'
import { judge, type Verdict } from './judge.ts'
import { type CertificateReport, type RevocationReport, reportOf } from './report.ts'
import { failureOf } from './verdict-failure.ts'

/** How far "no answer" is remembered, in milliseconds: long enough for a burst, short enough for a source that comes back. */
export const UNANSWERED_MS = 60_000

/**
 * Checks every certificate of a path for revocation (RFC 5280 6.3, RFC 6960), and judges by the mode what the sources say.
 *
 * It takes a {@link VerifiedPath}, so that nothing is ever fetched for a certificate that is not verified. From the anchor down: what an authority says
 * counts only where it is not revoked itself, and for what a revoked one issued nobody is asked.
 *
 * @returns The report, or the failure of the certificate nearest to the anchor: `ERR_REVOCATION_REVOKED`, `ERR_REVOCATION_ON_HOLD` ,
 *   `ERR_REVOCATION_UNKNOWN`, `ERR_REVOCATION_UNAVAILABLE`, `ERR_REVOCATION_NO_SOURCE`.
 */
export async function checkRevocation(
  path: VerifiedPath,
  context: RevocationContext,
): Promise<Result<RevocationReport, RevocationFailure>> {
  const { mode, depth, timeoutMs } = context.settings
  if (mode === 'skip') {
    return ok(Object.freeze({ mode, status: 'not-checked', certificates: [], freshUntil: path.notAfter }))
  }
  const deadline = createDeadline(timeoutMs)
  const reports: CertificateReport[] = []
  let freshUntil = path.notAfter
  try {
    const last = path.certificates.length - 2
    for (let position = depth === 'leaf' ? Math.min(0, last) : last; position >= 0; position--) {
      const certificate = path.certificates[position]
      if (!certificate) continue
      const answers = await askSources(path, position, { ...context, deadline, signers: { left: MAX_SIGNERS } })
      const verdict = judge(mode, answers, exemptionOf(certificate, position))
      const failure = failureOf(verdict, certificate, position, context.settings)
      if (failure) return refused(failure)
      reports.unshift(reportOf(certificate, position, verdict, answers, context.settings))
      freshUntil = Math.min(freshUntil, rememberedUntil(verdict, context))
    }
  } finally {
    deadline.clear()
  }
  const status = reports.some((each) => each.status === 'unanswered') ? 'unanswered' : 'good'
  return ok(Object.freeze({ mode, status, certificates: reports, freshUntil }))
}

/**
 * What was fetched is looked for anew long before it is stale: a responder says *good* for a week, and may say *revoked* tomorrow. "No answer" lives shortly,
 * so that a source that comes back is heard.
 */
function rememberedUntil(verdict: Verdict, { settings, remote, path: { at } }: RevocationContext): number {
  if (verdict.kind === 'unanswered') return at + UNANSWERED_MS
  if (verdict.kind !== 'good') return Number.POSITIVE_INFINITY
  return Math.min(verdict.answer.freshUntil, remote ? at + settings.refreshMs : Number.POSITIVE_INFINITY)
}
