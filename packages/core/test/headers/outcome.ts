/** What the headers of a proxy come to: nobody, certificates, or the code of the refusal. */
import { checkAssertion, evidenceFromHeaders, type OnProxyVerdict } from '../../src/evidence/from-headers.ts'
import type { HeaderFormat, HeaderLines } from '../../src/headers/header-format.ts'

export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly code: string; readonly proxyHint: string | undefined }
  | { readonly kind: 'certificates'; readonly base64: readonly string[] }

/** Reads as `evidence/` does behind an open gate: form, verdict, then the certificates. */
export function outcomeOf(format: HeaderFormat, lines: HeaderLines, rule: OnProxyVerdict = 'consistent'): Outcome {
  const asserted = { values: lines, lookAlikes: [], hopByHop: [], withoutLine: [], lines: lines.size }
  const failure = checkAssertion(format, asserted)
  if (failure) return refusal(failure)
  const evidence = evidenceFromHeaders(format, asserted, rule, { key: {} })
  if (evidence.kind === 'none') return { kind: 'none' }
  if (evidence.kind === 'unusable') return refusal(evidence.failure)
  const certificates = evidence.read()
  if (!certificates.ok) return refusal(certificates.failure)
  return { kind: 'certificates', base64: certificates.value.map((der) => Buffer.from(der).toString('base64')) }
}

function refusal(failure: { readonly code: string; readonly proxyHint?: string }): Outcome {
  return { kind: 'refused', code: failure.code, proxyHint: failure.proxyHint }
}
