import { escapeHostile } from '../encoding/escape.ts'
import { encodingFailure } from '../encoding/failures.ts'
import {
  type Assertion,
  type HeaderFormat,
  type HeaderLines,
  MAX_CHAIN_CHARACTERS,
  MAX_CHAIN_ENTRIES,
} from '../headers/header-format.ts'
import type { ProxyVerdict } from '../headers/verdict.ts'
import type { AssertedHeaders } from './asserted-headers.ts'
import type { Connection } from './connection.ts'
import type { Evidence, UnusableEvidence } from './evidence.ts'
import { evidenceFailure } from './failures.ts'
import { proxyWords, verdictHeaders, wordFor } from './proxy-words.ts'

/** What the proxy's own verdict may do. It never admits. */
export type OnProxyVerdict = 'consistent' | 'must-succeed' | 'ignore'

/**
 * Reads the certificate that a proxy asserts in headers. The peer has passed the gate.
 *
 * @param format - Of the proxy.
 * @param asserted - Taken from the request, see `takeAssertedHeaders`.
 * @param connection - On which it came.
 */
export function evidenceFromHeaders(
  format: HeaderFormat,
  asserted: AssertedHeaders,
  onProxyVerdict: OnProxyVerdict,
  { key }: Pick<Connection, 'key'>,
): Evidence {
  const assertion = format.read(asserted.values)
  if (!assertion.ok) return { kind: 'unusable', failure: assertion.failure }
  const { certificate } = assertion.value
  const failure = checkVerdict(format, assertion.value, asserted.values, onProxyVerdict)
  if (failure) return { kind: 'unusable', failure, ...(certificate && { asserted: certificate.decode }) }
  if (!certificate) return { kind: 'none', from: `the header ${format.certificateHeader}` }
  return { kind: 'presented', rememberBy: { connection: key, text: certificate.text }, read: certificate.decode }
}

/** Most lines of a header that is a list: no more than it may have entries. */
const MAX_LIST_LINES = MAX_CHAIN_ENTRIES

/** The form of the assertion, whoever sent it: in lines, one value for each header but lists, none too long, under its exact name, not named in Connection. */
export function checkAssertion(
  { listHeaders }: HeaderFormat,
  { values, lookAlikes, hopByHop, withoutLine }: AssertedHeaders,
): UnusableEvidence | undefined {
  const [unseen] = withoutLine
  if (unseen !== undefined) return evidenceFailure('ERR_EVIDENCE_NO_LINE', { header: escapeHostile(unseen) })
  const [lookAlike] = lookAlikes
  if (lookAlike) return evidenceFailure('ERR_EVIDENCE_LOOKALIKE_HEADER', lookAlike)
  for (const [header, lines] of values) {
    const times = lines.length
    if (times > 1 && !listHeaders.has(header))
      return evidenceFailure('ERR_EVIDENCE_DUPLICATE_HEADER', { header, times })
    const failure = checkSize(lines)
    if (failure) return failure
  }
  const [header] = hopByHop
  return header === undefined ? undefined : evidenceFailure('ERR_EVIDENCE_HOP_BY_HOP', { header })
}

/** Before anything reads them: of a list, all lines together count. */
function checkSize(lines: readonly string[]): UnusableEvidence | undefined {
  if (lines.length > MAX_LIST_LINES) {
    return encodingFailure('ERR_ENCODING_TOO_LARGE', { limit: MAX_LIST_LINES, present: lines.length, unit: 'lines' })
  }
  let present = 0
  for (const { length } of lines) present += length
  if (present <= MAX_CHAIN_CHARACTERS) return undefined
  return encodingFailure('ERR_ENCODING_TOO_LARGE', { limit: MAX_CHAIN_CHARACTERS, present, unit: 'characters' })
}

function checkVerdict(
  format: HeaderFormat,
  { certificate, verdict: stated }: Assertion,
  lines: HeaderLines,
  rule: OnProxyVerdict,
): UnusableEvidence | undefined {
  if (rule === 'ignore') return undefined
  if (stated && !stated.ok) return stated.failure
  const verdict = stated?.value
  const presence = certificate ? 'present' : 'absent'
  const isContradiction = verdict
    ? (presence === 'present') !== (verdict.said !== 'none')
    : presence === 'present' && format.withoutVerdict === 'contradiction'
  const says = () => ({ verdict: wordFor(verdict), said: proxyWords(format, lines) })
  if (isContradiction) {
    const { certificateHeader, missingCertificateHint } = format
    const proxyHint = presence === 'absent' ? missingCertificateHint : verdictHint(format, verdict)
    return evidenceFailure('ERR_EVIDENCE_CONTRADICTION', { ...says(), presence, certificateHeader, proxyHint })
  }
  if (presence === 'absent') return undefined
  const isRefused =
    rule === 'must-succeed' ? verdict?.said !== 'success' : verdict?.said === 'failed' && verdict.reason === 'unseen'
  return isRefused ? evidenceFailure('ERR_EVIDENCE_VERDICT', { ...says(), rule }) : undefined
}

/** What to change where the certificate is there, and the verdict denies it or is not. */
function verdictHint(format: HeaderFormat, verdict: ProxyVerdict | undefined): string {
  const headers = verdictHeaders(format).join(' and ')
  const { certificateHeader } = format
  return verdict
    ? `${headers} and ${certificateHeader} have to be of the same connection: have the proxy set all of them, over what a client sends.`
    : `Have the proxy set ${headers} wherever it sets ${certificateHeader}. If it does, somebody had that removed on the way, such as a client that names it in Connection.`
}
