/**
 * What the CRLs of one scope say of a certificate (RFC 5280 5.2.4 and 6.3.3 c, h to l): complete ones, which replace each other, and deltas to them.
 *
 * The newest complete list whose signature holds is asked first, with the newest delta in force that belongs to it. What is revoked is so in whichever
 * list it stands, out of date or ahead of this clock, delta without its complete list or not; a hold alone ends with the list that says it, since a
 * newer one may have lifted it. `good` needs a list in force, and no newer one that speaks of a hold.
 */
import { isSameBytes } from '../../x509/certificate.ts'
import { compareNumbers } from '../../x509/crl-extensions.ts'
import type { Answer, NoAnswerReason } from '../answer.ts'
import type { CrlEntry } from './crl-entry.ts'
import type { CrlQuestion } from './crl-question.ts'
import type { LoadedCrl } from './loaded-crl.ts'

/** CRLs of one issuer and one issuing distribution point, each kind newest first. */
export interface Scope {
  /** The reasons for which they would list the certificate. */
  readonly reasons: number
  readonly complete: readonly LoadedCrl[]
  readonly deltas: readonly LoadedCrl[]
}

type NoAnswer = Answer & { readonly kind: 'none' }
type RevokedAnswer = Answer & { readonly kind: 'revoked' }

/** A list whose signature holds, and its entry for the certificate. */
interface Heard {
  readonly kind: 'heard'
  readonly crl: LoadedCrl
  readonly entry: CrlEntry | undefined
  readonly timing: 'in-force' | 'stale' | 'not-yet-valid'
  readonly freshUntil: number
  readonly signerKey: Uint8Array
  readonly signerStatus: 'good' | 'unknown'
}

export async function scopeAnswer(question: CrlQuestion, { complete, deltas }: Scope): Promise<Answer> {
  let outdated: NoAnswer | undefined
  let problem: NoAnswer | undefined
  let ownWord: Answer | undefined
  for (const crl of complete) {
    const heard = await listen(question, crl)
    if (heard.kind === 'none') {
      problem ??= heard
      continue
    }
    const { answer, isFinal } = await completeAnswer(question, heard, deltas)
    if (answer.kind !== 'revoked' && isOfItself(heard, question)) {
      ownWord ??= answer
    } else if (answer.kind === 'none') {
      if (isFinal) return answer
      if (answer.because === 'stale') outdated ??= answer
      else problem ??= answer
    } else if (!outdated || answer.kind === 'good' || answer.reason !== 'certificateHold') {
      return answer
    } // Else a newer list, out of date by now, has lifted the hold.
  }
  const { revoking } = await hearDeltas(question, undefined, deltas)
  if (revoking) return revoking
  if (ownWord?.kind === 'good') return ownWord
  const unheard = none(deltas[0], 'out-of-scope', 'a delta CRL without the CRL that it changes')
  return outdated ?? problem ?? ownWord ?? unheard
}

/**
 * Whether a list is signed with the very key that is asked about. Where nobody else speaks of a separate signer its word is taken; where its authority
 * has revoked it, whoever has its key could write a newer list.
 */
const isOfItself = ({ signerKey }: Heard, { certificate }: CrlQuestion): boolean =>
  isSameBytes(signerKey, certificate.publicKey.der)

/** Final is what no older list can better. */
async function completeAnswer(
  question: CrlQuestion,
  complete: Heard,
  deltas: readonly LoadedCrl[],
): Promise<{ readonly answer: Exclude<Answer, { kind: 'unknown' }>; readonly isFinal: boolean }> {
  const { current, revoking, holding } = await hearDeltas(question, complete, deltas)
  if (revoking) return { answer: revoking, isFinal: true }
  const list = current ?? complete
  // 6.3.3 i, j: the delta's entry counts before that of the complete CRL.
  const entry = current?.entry ?? complete.entry
  const revoked = entry && revocationOf(entry, list)
  if (revoked) return { answer: revoked, isFinal: true }
  const held = holding ?? (entry?.reason === 'certificateHold' ? list : undefined)
  if (held) return { answer: none(held.crl, 'stale', `on hold in a list that ${validity(held)}`), isFinal: true }
  if (list.timing !== 'in-force') {
    return { answer: none(list.crl, list.timing, `a list that ${validity(list)}`), isFinal: false }
  }
  if (list.signerStatus === 'unknown') {
    const detail = 'nobody says whether its signer is revoked'
    return { answer: none(list.crl, 'signer-status-unknown', detail), isFinal: false }
  }
  const { thisUpdate: asOf } = list.crl.list
  return { answer: { kind: 'good', source: sourceOf(list.crl), asOf, freshUntil: list.freshUntil }, isFinal: true }
}

/** What the deltas say that are newer than a complete list, or all of them where there is none. */
interface DeltasHeard {
  /** The newest one that together with the complete list makes a newer one. */
  readonly current?: Heard
  readonly revoking?: RevokedAnswer
  /** One that says the certificate was on hold once. */
  readonly holding?: Heard
}

async function hearDeltas(
  question: CrlQuestion,
  complete: Heard | undefined,
  deltas: readonly LoadedCrl[],
): Promise<DeltasHeard> {
  let holding: Heard | undefined
  for (const delta of deltas) {
    if (complete && delta.list.thisUpdate < complete.crl.list.thisUpdate) break
    const heard = await listen(question, delta)
    if (heard.kind === 'none') continue
    const found = holding ? { holding } : {}
    if (isCombinable(heard, complete)) return { ...found, current: heard }
    const revoking = heard.entry && revocationOf(heard.entry, heard)
    if (revoking) return { ...found, revoking }
    if (heard.entry?.reason === 'certificateHold') holding ??= heard
  }
  return holding ? { holding } : {}
}

/**
 * RFC 5280 5.2.4, with c 1 and c 2 in the scope: the delta starts from the complete list or an older one, is no older than it, and is signed with
 * the same key.
 */
function isCombinable(delta: Heard, complete: Heard | undefined): boolean {
  const { crlNumber: number, baseCrlNumber: base } = delta.crl.list.extensions
  const from = complete?.crl.list.extensions.crlNumber
  if (!complete || !number || !base || !from || delta.timing !== 'in-force') return false
  if (compareNumbers(base, from) > 0 || compareNumbers(number, from) < 0) return false
  return isSameBytes(delta.signerKey, complete.signerKey)
}

/** Verifies the list, and looks the certificate up in it. */
async function listen(question: CrlQuestion, crl: LoadedCrl): Promise<Heard | NoAnswer> {
  const { certificate, at, skewMs, verifySigner } = question
  const { list, index } = crl
  // 5.2, 5.3: such a CRL must not be used.
  const unknown = list.extensions.unknownCritical ?? index.unknownCritical
  if (unknown !== null) {
    return none(crl, 'unknown-critical-extension', `the critical extension ${unknown} is not processed`)
  }
  const signer = await verifySigner(crl)
  if (!signer.ok) return none(crl, signer.because, signer.detail)
  const freshUntil = (list.nextUpdate ?? Number.NEGATIVE_INFINITY) + skewMs
  return {
    kind: 'heard',
    crl,
    entry: index.find(certificate.serialNumber, certificate.issuer),
    timing: at > freshUntil ? 'stale' : list.thisUpdate > at + skewMs ? 'not-yet-valid' : 'in-force',
    freshUntil,
    signerKey: signer.signerKey,
    signerStatus: signer.status,
  }
}

/** Undefined where the entry lifts a revocation, and for a hold that may have been lifted since. */
function revocationOf({ reason, revokedAt }: CrlEntry, { crl, timing, freshUntil }: Heard): RevokedAnswer | undefined {
  if (reason === 'removeFromCRL' || (reason === 'certificateHold' && timing === 'stale')) return undefined
  return { kind: 'revoked', source: sourceOf(crl), reason, revokedAt, asOf: crl.list.thisUpdate, freshUntil }
}

const sourceOf = (crl: LoadedCrl | undefined) => ({ kind: 'crl', origin: crl?.origin ?? '' }) as const

const none = (crl: LoadedCrl | undefined, because: NoAnswerReason, detail: string): NoAnswer => ({
  kind: 'none',
  source: sourceOf(crl),
  because,
  detail,
})

function validity({ crl: { list }, timing }: Heard): string {
  if (timing === 'not-yet-valid') return `is for ${shown(list.thisUpdate)}`
  return list.nextUpdate === null ? 'has no nextUpdate' : `was valid until ${shown(list.nextUpdate)}`
}

const shown = (at: number): string => new Date(at).toISOString()
