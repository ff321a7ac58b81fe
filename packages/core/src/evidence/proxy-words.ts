import { escapeHostile } from '../encoding/escape.ts'
import { type HeaderFormat, type HeaderLines, lineOf } from '../headers/header-format.ts'
import { verifyErrorText } from '../headers/openssl-verify-result.ts'
import type { ProxyVerdict } from '../headers/verdict.ts'

/** Longest repetition of what a verdict's header says: the longest text of OpenSSL 3.0 that matters has 44 characters behind `FAILED:`. */
const MAX_WORD = 64

/** The headers from which a proxy's verdict is read; none where it is said by the header of the certificate. */
export const verdictHeaders = ({ verdictHeader, otherVerdictHeaders = [] }: HeaderFormat): readonly string[] =>
  verdictHeader === null ? [] : [verdictHeader, ...otherVerdictHeaders]

/**
 * Repeats what the headers of a verdict say, one by one: for the operator, who looks for that text in the proxy's log and manual. Escaped and cut, since it
 * may be anybody's.
 */
export const proxyWords = (format: HeaderFormat, lines: HeaderLines): readonly string[] =>
  verdictHeaders(format).map((header) => {
    const value = lineOf(lines, header)
    if (value === undefined) return `${header} is absent`
    const text = verifyErrorText(value)
    return `${header} is '${escapeHostile(value, MAX_WORD)}'${text === undefined ? '' : ` (${text}, if it is a number of OpenSSL)`}`
  })

/** The verdict in a word of ours. */
export function wordFor(verdict: ProxyVerdict | undefined): string {
  if (!verdict) return 'nothing'
  if (verdict.said !== 'failed') return verdict.said
  return verdict.reason === 'path'
    ? 'failed, for a reason that is judged again here'
    : 'failed, for a reason that only it can see'
}
