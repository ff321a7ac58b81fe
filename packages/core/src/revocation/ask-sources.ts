/**
 * Asking about one certificate: what is known already, the CRLs at hand, then the places that it names, as far as they are followed.
 *
 * In this order since the operator's own lists cost nothing and depend on nobody; OCSP before the distribution points by default, since an answer is a
 * kilobyte and a list may be megabytes. The first that says `good` or `revoked` ends it, but for lists that are in memory: they are looked into though a
 * responder said `good`, since `revoked` always wins. `unknown` does not end it.
 */
import { escapeHostile } from '../encoding/escape.ts'
import type { VerifiedPath } from '../path/verified-path.ts'
import { verifyPath } from '../path/verify-path.ts'
import { NO_WEAKNESS } from '../signatures/weakness.ts'
import { type Certificate, isSameBytes } from '../x509/certificate.ts'
import type { Answer, AnswerSource } from './answer.ts'
import type { Problem, Reading, Resources } from './cache/resource.ts'
import { type Inquiry, MAX_SIGNERS, type Pointer, type Remote } from './context.ts'
import type { CrlQuestion } from './crl/crl-question.ts'
import { verifyCrlSigner } from './crl/crl-signer.ts'
import { crlAnswer } from './crl/crl-status.ts'
import { type Followed, type FollowOptions, followDistributionPoints, heldCrls } from './crl/distribution-points.ts'
import { type CrlSnapshot, crlSnapshot, type LoadedCrl } from './crl/loaded-crl.ts'
import { createDeadline } from './deadline.ts'
import { exemptionOf } from './exemption.ts'
import { judge } from './judge.ts'
import type { Issued } from './known-revocations.ts'
import { askResponder } from './ocsp/ask-responder.ts'
import { respondersOf } from './ocsp/responders.ts'

/** One certificate of a verified path, who issued it, and what is at hand to ask about it. */
interface Subject extends Issued {
  readonly path: VerifiedPath
  readonly inquiry: Inquiry
  /** Certificates whose status is being asked for, this one included: what one of them would have to vouch for vouches for nothing. */
  readonly asking: readonly Certificate[]
}

/**
 * Asks until somebody knows.
 *
 * @param asking - Certificates whose status is being asked for already.
 * @returns What each source said, in the order in which they were asked; nothing, where there is none.
 */
export async function askSources(
  path: VerifiedPath,
  position: number,
  inquiry: Inquiry,
  asking: readonly Certificate[] = [],
): Promise<readonly Answer[]> {
  const [certificate, issuer] = [path.certificates[position], path.certificates[position + 1]]
  if (!certificate || !issuer) return []
  const subject: Subject = { path, position, certificate, issuer, inquiry, asking: [...asking, certificate] }
  const known = inquiry.remote?.known.recall(subject, inquiry.path.at)
  if (known && known.reason !== 'certificateHold') return [known]
  const answers = await askAll(subject)
  // A hold may have been lifted: somebody has to say so, and after it was said.
  const isLifted = answers.some((answer) => answer.kind === 'good' && known && answer.asOf > known.asOf)
  return known && !isLifted ? [...answers, known] : answers
}

async function askAll(subject: Subject): Promise<readonly Answer[]> {
  const { certificate, position, inquiry } = subject
  const { remote, settings } = inquiry
  const atHand = await askCrls(subject, inquiry.crls)
  const answers: Answer[] = atHand ? [atHand] : inquiry.crls.missing.map(missingAnswer)
  if (!remote || isFinal(atHand) || exemptionOf(certificate, position)) return answers

  for (const pointer of settings.follow) {
    const said = await follow(pointer, subject, remote)
    answers.push(...said)
    if (said.some(isFinal) || (said.length > 0 && settings.fallback === 'none')) break
  }
  const revoked = answers.find((answer) => answer.kind === 'revoked')
  if (revoked) remote.known.note(subject, revoked)
  return answers
}

const isFinal = (answer: Answer | undefined): boolean => answer?.kind === 'good' || answer?.kind === 'revoked'

/** It may hold the CRL of this issuer, or not. */
const missingAnswer = ({ source: origin, error: detail }: CrlSnapshot['missing'][number]): Answer => ({
  kind: 'none',
  source: { kind: 'crl', origin },
  because: 'unreachable',
  detail,
})

function follow(pointer: Pointer, subject: Subject, remote: Remote): Promise<readonly Answer[]> {
  switch (pointer) {
    case 'ocsp':
      return askResponders(subject, remote)
    case 'crl':
      return askDistributionPoints(subject, remote)
    default:
      return pointer satisfies never
  }
}

/** One after the other: they are the same authority's, and the second is there for when the first is not. */
async function askResponders(subject: Subject, remote: Remote): Promise<readonly Answer[]> {
  const { certificate, issuer, inquiry } = subject
  const { settings, deadline, path } = inquiry
  const answers: Answer[] = []
  for (const url of settings.responder ? [settings.responder] : respondersOf(certificate)) {
    const origin = escapeHostile(url)
    const question = {
      certificate,
      issuer,
      origin,
      at: path.at,
      skewMs: settings.skewMs,
      allowedWeaknesses: path.allowedWeaknesses ?? NO_WEAKNESS,
    }
    const responder = { ...settings.ocsp, url, maxBytes: settings.maxOcspBytes }
    const statusOfResponder = (signer: Certificate, reading: Reading) =>
      whileReading(subject, reading, (reader) => responderStatus(signer, reader))
    const answer = await deadline.within(askResponder(question, responder, { ...remote, statusOfResponder }), () =>
      late({ kind: 'ocsp', origin }, settings.timeoutMs),
    )
    answers.push(answer)
    if (answer.kind !== 'none') break
  }
  const held = answers.some(({ kind }) => kind === 'good') ? heldCrls(subject, followOptions(subject, remote)) : []
  const byList = held.length === 0 ? undefined : await askCrls(subject, crlSnapshot(held))
  return byList?.kind === 'revoked' ? [...answers, byList] : answers
}

async function askDistributionPoints(subject: Subject, remote: Remote): Promise<readonly Answer[]> {
  const { crls, deadline, settings } = subject.inquiry
  const followed = await deadline.within<Followed>(
    followDistributionPoints(subject, followOptions(subject, remote)),
    () => ({
      crls: [],
      problems: [late({ kind: 'crl', origin: 'of its distribution points' }, settings.timeoutMs)],
    }),
  )
  if (followed.crls.length === 0) return followed.problems
  // Together with what is at hand: a delta of the one may belong to a list of the other.
  const answer = await askCrls(subject, crlSnapshot([...followed.crls, ...crls.all]))
  return answer ? [answer, ...followed.problems] : followed.problems
}

const followOptions = (subject: Subject, { fetch, resources }: Remote): FollowOptions => ({
  fetch,
  resources,
  maxBytes: subject.inquiry.settings.maxCrlBytes,
  skewMs: subject.inquiry.settings.skewMs,
  verifySigner: (crl, reading) => whileReading(subject, reading, (reader) => verifySigner(reader, crl)),
})

const late = (source: AnswerSource, timeoutMs: number): Answer => ({
  kind: 'none',
  source,
  because: 'timeout',
  detail: `the ${timeoutMs} ms of this decision are over`,
})

/**
 * What is fetched is read when the decision that asked for it may be long over; so its signers are asked about within a time of their own. Who signs a list may
 * be listed in the same one: what is being read is not waited for, since it waits for this.
 */
async function whileReading<Outcome>(
  { inquiry, ...subject }: Subject,
  { key, at }: Reading,
  ask: (subject: Subject) => Promise<Outcome>,
): Promise<Outcome> {
  const deadline = createDeadline(inquiry.settings.timeoutMs)
  const signers = { left: MAX_SIGNERS }
  const remote = inquiry.remote && { ...inquiry.remote, resources: without(key, inquiry.remote.resources) }
  try {
    return await ask({ ...subject, inquiry: { ...inquiry, path: { ...inquiry.path, at }, deadline, signers, remote } })
  } finally {
    deadline.clear()
  }
}

const BEING_READ: Problem = {
  because: 'signer-status-unknown',
  detail: 'it is being read, and its own signer is asked about',
}

const without = (key: string, resources: Resources): Resources => ({
  ...resources,
  obtain: async (resource) =>
    resource.key === key ? { kept: resources.held(resource), problem: BEING_READ } : resources.obtain(resource),
})

function askCrls(subject: Subject, crls: CrlSnapshot): Promise<Answer | undefined> {
  const { settings, path } = subject.inquiry
  const question: CrlQuestion = {
    certificate: subject.certificate,
    at: path.at,
    skewMs: settings.skewMs,
    verifySigner: (crl) => verifySigner(subject, crl),
  }
  return crlAnswer(question, crls)
}

const verifySigner = ({ path, position, inquiry, asking }: Subject, { list }: LoadedCrl) =>
  verifyCrlSigner(list, {
    path,
    position,
    trust: inquiry.trust,
    presented: inquiry.presented,
    options: inquiry.path,
    statusOf: (signer) => signerStatus(signer, inquiry, asking),
  })

/** A delegated responder without id-pkix-ocsp-nocheck is asked about like any certificate (RFC 6960 4.2.2.2.1). */
async function responderStatus(responder: Certificate, { issuer, inquiry, asking }: Subject): Promise<SignerStatus> {
  // Whoever holds its key would say that it is good.
  if (asking.some(({ publicKey }) => isSameBytes(publicKey.der, responder.publicKey.der))) return 'unknown'
  const options = { ...inquiry.path, requiredEku: null }
  const path = verifyPath(responder, [issuer, ...inquiry.presented], inquiry.trust, options)
  return path.ok ? signerStatus(path.value, inquiry, asking) : 'unknown'
}

const isAmong = (certificates: readonly Certificate[], { der }: Certificate): boolean =>
  certificates.some((each) => isSameBytes(each.der, der))

type SignerStatus = 'good' | 'revoked' | 'unknown'

/**
 * A client, its responder, who signs the list about that, and one in reserve. Signers are as many as an authority likes to certify, and each may name
 * another: a responder that has itself vouched for by a new one each time was asked until the process ended.
 */
const MAX_ASKING = 4

/** Whether the certificates of a signer's path are revoked. The anchor is not asked about. */
async function signerStatus(
  path: VerifiedPath,
  inquiry: Inquiry,
  asking: readonly Certificate[],
): Promise<SignerStatus> {
  if (asking.length >= MAX_ASKING || --inquiry.signers.left < 0) return 'unknown'
  let status: 'good' | 'unknown' = 'good'
  for (let position = path.certificates.length - 2; position >= 0; position--) {
    const certificate = path.certificates[position]
    if (!certificate) continue
    if (isAmong(asking, certificate)) {
      // A signer whose list speaks of itself is taken at its word. One below the authority in question is not: it could be of that authority's own make.
      if (position > 0) status = 'unknown'
      continue
    }
    const answers = await askSources(path, position, inquiry, asking)
    const verdict = judge('strict', answers, exemptionOf(certificate, position))
    if (verdict.kind === 'revoked') return 'revoked'
    if (verdict.kind !== 'good' && verdict.kind !== 'exempt') status = 'unknown'
  }
  return status
}
