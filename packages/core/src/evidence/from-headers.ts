import type { HeaderFormat } from '../headers/registry.ts'
import type { ProxyVerdict } from '../headers/verdict.ts'
import type { AssertedHeaders } from './asserted-headers.ts'
import type { Evidence, UnusableEvidence } from './evidence.ts'
import { evidenceFailure } from './failures.ts'

/** What the proxy's own verdict may do. It never admits. */
export type OnProxyVerdict = 'consistent' | 'must-succeed' | 'ignore'

/**
 * Reads the certificate that a proxy asserts in headers. The peer has passed the gate.
 *
 * @param format - The proxy's row of the registry.
 * @param asserted - Taken from the request, see `takeAssertedHeaders`.
 */
export function evidenceFromHeaders(
  format: HeaderFormat,
  asserted: AssertedHeaders,
  onProxyVerdict: OnProxyVerdict,
): Evidence {
  const { certificateHeader: header } = format
  const [text] = asserted.values.get(header) ?? []
  const isAbsent = text === undefined || format.absentValues.includes(text)
  const failure = checkVerdict(format, asserted, isAbsent ? 'absent' : 'present', onProxyVerdict)
  if (failure) return { kind: 'unusable', failure }
  if (isAbsent) return { kind: 'none', from: `the header ${header}` }
  return { kind: 'presented', rememberBy: text, read: () => format.decode(text) }
}

/** The form of the assertion, whoever sent it: one value for each header, under its exact name, not named in Connection. */
export function checkAssertion({ values, lookAlikes, hopByHop }: AssertedHeaders): UnusableEvidence | undefined {
  const [lookAlike] = lookAlikes
  if (lookAlike) return evidenceFailure('ERR_EVIDENCE_LOOKALIKE_HEADER', lookAlike)
  for (const [header, { length: times }] of values) {
    if (times > 1) return evidenceFailure('ERR_EVIDENCE_DUPLICATE_HEADER', { header, times })
  }
  const [header] = hopByHop
  return header === undefined ? undefined : evidenceFailure('ERR_EVIDENCE_HOP_BY_HOP', { header })
}

function checkVerdict(
  format: HeaderFormat,
  asserted: AssertedHeaders,
  certificate: 'present' | 'absent',
  rule: OnProxyVerdict,
): UnusableEvidence | undefined {
  const { verdictHeader: header, missingCertificateHint: proxyHint } = format
  if (header === null || rule === 'ignore') return undefined
  const [text] = asserted.values.get(header) ?? []
  const verdict = text === undefined ? undefined : format.decodeVerdict(text)
  if (verdict && !verdict.ok) return verdict.failure
  const said = verdict?.value
  const word = wordFor(said)
  const isContradiction = said && (certificate === 'present') !== (said.said !== 'none')
  if (isContradiction) return evidenceFailure('ERR_EVIDENCE_CONTRADICTION', { verdict: word, certificate, proxyHint })
  if (certificate === 'absent') return undefined
  const isRefused =
    rule === 'must-succeed' ? said?.said !== 'success' : said?.said === 'failed' && said.reason === 'unseen'
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
