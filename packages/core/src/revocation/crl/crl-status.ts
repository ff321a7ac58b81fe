/**
 * What the CRLs at hand say of one certificate (RFC 5280 6.3.3).
 *
 * Departs from it in the order of things: the newest list of a scope whose signature holds is asked first, and an older one only to say that nothing was
 * revoked while it was the newest still in force. What is revoked stays so though the list is out of date; `good` needs a list that is not.
 */
import type { Certificate } from '../../x509/certificate.ts'
import { isSameBytes } from '../../x509/certificate.ts'
import type { CertificateList } from '../../x509/crl.ts'
import { compareNumbers } from '../../x509/crl-extensions.ts'
import { ALL_REASONS, type DistributionPoint } from '../../x509/distribution-point.ts'
import { nameKey } from '../../x509/name-comparison.ts'
import type { Answer, NoAnswerReason } from '../answer.ts'
import type { CrlEntry } from './crl-entry.ts'
import { pointsOf, reasonsWithin } from './crl-scope.ts'
import type { CrlSnapshot, LoadedCrl } from './loaded-crl.ts'

/** Whether a CRL is signed by somebody who may sign it for this certificate. */
export type SignerVerdict =
  /** `status`: whether the signer is known not to be revoked itself. */
  | { readonly ok: true; readonly signerKey: Uint8Array; readonly status: 'good' | 'unknown' }
  | { readonly ok: false; readonly because: NoAnswerReason; readonly detail: string }

export interface CrlQuestion {
  readonly certificate: Certificate
  /** Milliseconds. */
  readonly at: number
  readonly skewMs: number
  /** Verifies the signature of a CRL, and that its signer belongs to the path. */
  readonly verifySigner: (crl: LoadedCrl) => Promise<SignerVerdict>
}

/**
 * Asks the CRLs of a snapshot about a certificate.
 *
 * @returns Undefined where none of them speaks of it.
 */
export async function crlAnswer(question: CrlQuestion, snapshot: CrlSnapshot): Promise<Answer | undefined> {
  const { certificate } = question
  const candidates = candidatesFor(certificate, snapshot)
  if (candidates.length === 0) return undefined
  const problems: Answer[] = []
  const goods: (Answer & { kind: 'good' })[] = []
  let reasons = 0
  for (const point of pointsOf(certificate)) {
    for (const scope of scopesOf(candidates, point, certificate)) {
      if ((scope.reasons & ~reasons) === 0) continue // e: nothing that is not known yet.
      const answer = await scopeAnswer(question, scope)
      if (answer.kind === 'revoked') return answer
      if (answer.kind === 'good') {
        goods.push(answer)
        reasons |= scope.reasons
      } else problems.push(answer)
    }
  }
  const [good] = goods
  if (good && reasons === ALL_REASONS) return { ...good, freshUntil: Math.min(...goods.map((each) => each.freshUntil)) }
  const [problem] = problems
  if (problem) return problem
  const [first] = candidates
  const source = sourceOf(first)
  return good
    ? { kind: 'none', source, because: 'some-reasons-only', detail: 'no CRL at hand speaks of the other reasons' }
    : { kind: 'none', source, because: 'out-of-scope', detail: 'the CRLs of its issuer speak of other certificates' }
}

const sourceOf = (crl: LoadedCrl | undefined) => ({ kind: 'crl', origin: crl?.origin ?? '' }) as const

/** CRLs of the certificate's issuer, and of those whom its points name. */
function candidatesFor({ issuer, extensions }: Certificate, { byIssuer }: CrlSnapshot): readonly LoadedCrl[] {
  const own = byIssuer.get(nameKey(issuer)) ?? []
  const others = (extensions.cRLDistributionPoints ?? []).flatMap(({ crlIssuer }) =>
    (crlIssuer ?? []).flatMap((name) =>
      name.type === 'directoryName' ? (byIssuer.get(nameKey(name.value)) ?? []) : [],
    ),
  )
  return others.length === 0 ? own : [...new Set([...own, ...others])]
}

/** CRLs that replace each other: complete ones of one issuer and point, newest first, and the deltas to them. */
interface Scope {
  readonly reasons: number
  readonly complete: readonly LoadedCrl[]
  readonly deltas: readonly LoadedCrl[]
}

function scopesOf(
  candidates: readonly LoadedCrl[],
  point: DistributionPoint,
  certificate: Certificate,
): readonly Scope[] {
  const scopes: { reasons: number; complete: LoadedCrl[]; deltas: LoadedCrl[] }[] = []
  for (const crl of candidates) {
    const reasons = reasonsWithin(crl.list, point, certificate)
    if (reasons === 0) continue
    const same = scopes.find(({ complete, deltas }) => isSameScope((complete[0] ?? deltas[0])?.list, crl.list))
    const scope = same ?? { reasons, complete: [], deltas: [] }
    if (!same) scopes.push(scope)
    if (crl.list.extensions.baseCrlNumber) scope.deltas.push(crl)
    else scope.complete.push(crl)
  }
  return scopes.filter(({ complete }) => complete.length > 0)
}

/** The same issuer, and the same issuing distribution point to the octet, or none (6.3.3 c 2). */
function isSameScope(a: CertificateList | undefined, b: CertificateList): boolean {
  if (!a || nameKey(a.issuer) !== nameKey(b.issuer)) return false
  const [ours, theirs] = [a.extensions.scope, b.extensions.scope]
  return ours && theirs ? isSameBytes(ours, theirs) : ours === theirs
}

async function scopeAnswer(question: CrlQuestion, { complete, deltas }: Scope): Promise<Answer> {
  let problem: Answer | undefined
  let newest: Answer | undefined
  for (const crl of complete) {
    const answer = await completeAnswer(question, crl, deltas)
    if (answer.kind === 'revoked') {
      // An older list says that it was revoked once; a newer one that no longer does has lifted it.
      if (newest === undefined) return answer
      continue
    }
    if (answer.kind === 'good') return answer
    if (answer.kind === 'none' && answer.because === 'stale') newest ??= answer
    else problem ??= answer
  }
  return newest ?? problem ?? { kind: 'none', source: sourceOf(complete[0]), because: 'stale', detail: 'out of date' }
}

/** One complete CRL, with the newest delta that belongs to it. */
async function completeAnswer(question: CrlQuestion, crl: LoadedCrl, deltas: readonly LoadedCrl[]): Promise<Answer> {
  const { certificate, at, skewMs, verifySigner } = question
  const source = sourceOf(crl)
  const none = (because: NoAnswerReason, detail: string): Answer => ({ kind: 'none', source, because, detail })
  const spoiled = problemOf(crl)
  if (spoiled) return none('unknown-critical-extension', spoiled)
  if (crl.list.thisUpdate > at + skewMs) return none('not-yet-valid', `issued for ${shown(crl.list.thisUpdate)}`)
  const signer = await verifySigner(crl)
  if (!signer.ok) return none(signer.because, signer.detail)

  const { current: delta, revoking } = await deltasTo(crl, deltas, signer.signerKey, question)
  if (revoking) return revoking
  const current = delta ?? crl
  const entry = entryOf(certificate, crl, delta)
  const { thisUpdate: asOf, nextUpdate } = current.list
  const freshUntil = (nextUpdate ?? Number.NEGATIVE_INFINITY) + skewMs
  const isFresh = at <= freshUntil
  if (entry && entry.reason !== 'removeFromCRL') {
    const { reason, revokedAt } = entry
    // A hold may have been lifted in a list that is not at hand; everything else is for ever.
    if (isFresh || reason !== 'certificateHold') {
      return { kind: 'revoked', source, reason, revokedAt, asOf, freshUntil }
    }
  }
  if (!isFresh) return none('stale', nextUpdate === null ? 'without nextUpdate' : `valid until ${shown(nextUpdate)}`)
  if (signer.status === 'unknown') return none('signer-status-unknown', 'nobody says whether its signer is revoked')
  return { kind: 'good', source, asOf, freshUntil }
}

const shown = (at: number): string => new Date(at).toISOString()

function problemOf({ list, index }: LoadedCrl): string | undefined {
  const oid = list.extensions.unknownCritical ?? index.unknownCritical
  return oid === null ? undefined : `the critical extension ${oid} is not processed`
}

/** The delta's entry counts before that of the complete CRL (6.3.3 i, j). */
function entryOf(
  { serialNumber, issuer }: Certificate,
  complete: LoadedCrl,
  delta: LoadedCrl | undefined,
): CrlEntry | undefined {
  return delta?.index.find(serialNumber, issuer) ?? complete.index.find(serialNumber, issuer)
}

/**
 * The newest delta in force that starts from this CRL or an older one, signed with the same key (5.2.4, 6.3.3 c). One that is out of date says no more
 * than what it revoked.
 */
async function deltasTo(
  { list: { extensions, thisUpdate } }: LoadedCrl,
  deltas: readonly LoadedCrl[],
  signerKey: Uint8Array,
  { certificate, at, skewMs, verifySigner }: CrlQuestion,
): Promise<{ readonly current?: LoadedCrl; readonly revoking?: Answer }> {
  const { crlNumber } = extensions
  if (!crlNumber) return {}
  for (const delta of deltas) {
    const { crlNumber: number, baseCrlNumber: base } = delta.list.extensions
    if (!number || !base || compareNumbers(base, crlNumber) > 0 || compareNumbers(number, crlNumber) < 0) continue
    if (delta.list.thisUpdate < thisUpdate || delta.list.thisUpdate > at + skewMs || problemOf(delta)) continue
    const signer = await verifySigner(delta)
    if (!signer.ok || !isSameBytes(signer.signerKey, signerKey)) continue
    const freshUntil = (delta.list.nextUpdate ?? Number.NEGATIVE_INFINITY) + skewMs
    if (at <= freshUntil) return { current: delta }
    const entry = delta.index.find(certificate.serialNumber, certificate.issuer)
    if (!entry || entry.reason === 'certificateHold' || entry.reason === 'removeFromCRL') continue
    const { reason, revokedAt } = entry
    const asOf = delta.list.thisUpdate
    return { revoking: { kind: 'revoked', source: sourceOf(delta), reason, revokedAt, asOf, freshUntil } }
  }
  return {}
}
