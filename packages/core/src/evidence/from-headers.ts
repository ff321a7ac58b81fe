import type { Assertion, HeaderFormat } from '../headers/header-format.ts'
import type { ProxyVerdict } from '../headers/verdict.ts'
import type { AssertedHeaders } from './asserted-headers.ts'
import type { Evidence, UnusableEvidence } from './evidence.ts'
import { evidenceFailure } from './failures.ts'

/** What the proxy's own verdict may do. It never admits. */
export type OnProxyVerdict = 'consistent' | 'must-succeed' | 'ignore'

/**
 * Reads the certificate that a proxy asserts in headers. The peer has passed the gate.
 *
 * @param format - Of the proxy.
 * @param asserted - Taken from the request, see `takeAssertedHeaders`.
 */
export function evidenceFromHeaders(
  format: HeaderFormat,
  asserted: AssertedHeaders,
  onProxyVerdict: OnProxyVerdict,
): Evidence {
  const assertion = format.read(asserted.values)
  if (!assertion.ok) return { kind: 'unusable', failure: assertion.failure }
  const { certificate } = assertion.value
  const failure = checkVerdict(format, assertion.value, onProxyVerdict)
  if (failure) return { kind: 'unusable', failure }
  if (!certificate) return { kind: 'none', from: `the header ${format.certificateHeader}` }
  return { kind: 'presented', rememberBy: certificate.text, read: certificate.decode }
}

/** The form of the assertion, whoever sent it: one value for each header but lists, under its exact name, not named in Connection. */
export function checkAssertion(
  { listHeaders }: HeaderFormat,
  { values, lookAlikes, hopByHop }: AssertedHeaders,
): UnusableEvidence | undefined {
  const [lookAlike] = lookAlikes
  if (lookAlike) return evidenceFailure('ERR_EVIDENCE_LOOKALIKE_HEADER', lookAlike)
  for (const [header, { length: times }] of values) {
    if (times > 1 && !listHeaders.has(header))
      return evidenceFailure('ERR_EVIDENCE_DUPLICATE_HEADER', { header, times })
  }
  const [header] = hopByHop
  return header === undefined ? undefined : evidenceFailure('ERR_EVIDENCE_HOP_BY_HOP', { header })
}

function checkVerdict(
  { certificateHeader, verdictHeader, withoutVerdict, missingCertificateHint: proxyHint }: HeaderFormat,
  { certificate: asserted, verdict: said }: Assertion,
  rule: OnProxyVerdict,
): UnusableEvidence | undefined {
  if (rule === 'ignore') return undefined
  if (said && !said.ok) return said.failure
  const verdict = said?.value
  const certificate = asserted ? 'present' : 'absent'
  const isContradiction = verdict
    ? (certificate === 'present') !== (verdict.said !== 'none')
    : certificate === 'present' && withoutVerdict === 'contradiction'
  const word = wordFor(verdict)
  if (isContradiction) return evidenceFailure('ERR_EVIDENCE_CONTRADICTION', { verdict: word, certificate, proxyHint })
  if (certificate === 'absent') return undefined
  const header = verdictHeader ?? certificateHeader
  const isRefused =
    rule === 'must-succeed' ? verdict?.said !== 'success' : verdict?.said === 'failed' && verdict.reason === 'unseen'
  return isRefused ? evidenceFailure('ERR_EVIDENCE_VERDICT', { header, rule, verdict: word }) : undefined
}

/** The verdict in a word of ours: what the header says literally may be anybody's text. */
function wordFor(verdict: ProxyVerdict | undefined): string {
  if (!verdict) return 'nothing'
  if (verdict.said !== 'failed') return verdict.said
  return verdict.reason === 'path'
    ? 'failed (for a reason that is judged again here)'
    : 'failed (for a reason only it can see)'
}
