/**
 * Asking about one certificate: what is known already, the CRLs at hand, then the places that it names, as far as they are followed.
 *
 * In this order since the operator's own lists cost nothing and depend on nobody; OCSP before the distribution points by default, since an answer is a
 * kilobyte and a list may be megabytes. The first that says `good` or `revoked` ends it; `unknown` does not.
 */
import type { VerifiedPath } from '../path/verified-path.ts'
import { verifyPath } from '../path/verify-path.ts'
import { NO_WEAKNESS } from '../signatures/weakness.ts'
import { type Certificate, isSameBytes } from '../x509/certificate.ts'
import type { Answer, AnswerSource } from './answer.ts'
import type { Inquiry, Pointer, Remote } from './context.ts'
import { verifyCrlSigner } from './crl/crl-signer.ts'
import { type CrlQuestion, crlAnswer } from './crl/crl-status.ts'
import { type Followed, followDistributionPoints } from './crl/distribution-points.ts'
import { type CrlSnapshot, crlSnapshot } from './crl/loaded-crl.ts'
import { exemptionOf } from './exemption.ts'
import { judge } from './judge.ts'
import type { Issued } from './known-revocations.ts'
import { askResponder } from './ocsp/ask-responder.ts'
import { respondersOf } from './ocsp/responders.ts'

/** One certificate of a verified path, and who issued it. */
interface Subject extends Issued {
  readonly path: VerifiedPath
}

/**
 * Asks until somebody knows.
 *
 * @param asking - Certificates whose status is being asked for already: what one of them would have to vouch for vouches for nothing.
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
  const subject: Subject = { path, position, certificate, issuer }
  const { remote, settings, path: verified } = inquiry
  const known = remote?.known.recall(subject, verified.at)
  if (known) return [known]

  const question = crlQuestion(subject, inquiry, [...asking, certificate])
  const atHand = await crlAnswer(question, inquiry.crls)
  const answers: Answer[] = atHand ? [atHand] : inquiry.crls.missing.map(missingAnswer)
  if (!remote || isFinal(atHand) || exemptionOf(certificate, position)) return answers

  for (const pointer of settings.follow) {
    const said = await follow(pointer, subject, question, inquiry, remote, [...asking, certificate])
    answers.push(...said)
    if (said.some(isFinal) || (said.length > 0 && settings.fallback === 'none')) break
  }
  const revoked = answers.find((answer) => answer.kind === 'revoked')
  if (revoked) remote.known.note(subject, revoked)
  return answers
}

/** It may hold the CRL of this issuer, or not. */
const missingAnswer = ({ source: origin, error: detail }: CrlSnapshot['missing'][number]): Answer => ({
  kind: 'none',
  source: { kind: 'crl', origin },
  because: 'unreachable',
  detail,
})

const isFinal = (answer: Answer | undefined): boolean => answer?.kind === 'good' || answer?.kind === 'revoked'

function follow(
  pointer: Pointer,
  subject: Subject,
  question: CrlQuestion,
  inquiry: Inquiry,
  remote: Remote,
  asking: readonly Certificate[],
): Promise<readonly Answer[]> {
  switch (pointer) {
    case 'ocsp':
      return askResponders(subject, inquiry, remote, asking)
    case 'crl':
      return askDistributionPoints(subject, question, inquiry, remote)
    default:
      return pointer satisfies never
  }
}

/** One after the other: they are the same authority's, and the second is there for when the first is not. */
async function askResponders(
  { certificate, issuer }: Subject,
  inquiry: Inquiry,
  remote: Remote,
  asking: readonly Certificate[],
): Promise<readonly Answer[]> {
  const { settings, deadline, path } = inquiry
  const answers: Answer[] = []
  for (const origin of settings.responder ? [settings.responder] : respondersOf(certificate)) {
    const question = {
      certificate,
      issuer,
      origin,
      at: path.at,
      skewMs: settings.skewMs,
      allowedWeaknesses: path.allowedWeaknesses ?? NO_WEAKNESS,
    }
    const responder = { ...settings.ocsp, url: origin, maxBytes: settings.maxOcspBytes }
    const statusOfResponder = (responder: Certificate) => responderStatus(responder, issuer, inquiry, asking)
    const answer = await deadline.within(askResponder(question, responder, { ...remote, statusOfResponder }), () =>
      late({ kind: 'ocsp', origin }, settings.timeoutMs),
    )
    answers.push(answer)
    if (answer.kind !== 'none') break
  }
  return answers
}

async function askDistributionPoints(
  subject: Subject,
  question: CrlQuestion,
  { crls, deadline, settings }: Inquiry,
  { fetch, resources }: Remote,
): Promise<readonly Answer[]> {
  const { verifySigner } = question
  const options = { fetch, resources, maxBytes: settings.maxCrlBytes, verifySigner }
  const followed = await deadline.within<Followed>(followDistributionPoints(subject, options), () => ({
    crls: [],
    problems: [late({ kind: 'crl', origin: 'of its distribution points' }, settings.timeoutMs)],
  }))
  if (followed.crls.length === 0) return followed.problems
  // Together with what is at hand: a delta of the one may belong to a list of the other.
  const answer = await crlAnswer(question, crlSnapshot([...followed.crls, ...crls.all]))
  return answer ? [answer, ...followed.problems] : followed.problems
}

const late = (source: AnswerSource, timeoutMs: number): Answer => ({
  kind: 'none',
  source,
  because: 'timeout',
  detail: `the ${timeoutMs} ms of this decision are over`,
})

function crlQuestion(
  { path, position, certificate }: Subject,
  inquiry: Inquiry,
  asking: readonly Certificate[],
): CrlQuestion {
  return {
    certificate,
    at: inquiry.path.at,
    skewMs: inquiry.settings.skewMs,
    verifySigner: ({ list }) =>
      verifyCrlSigner(list, {
        path,
        position,
        trust: inquiry.trust,
        presented: inquiry.presented,
        options: inquiry.path,
        statusOf: (signer) => signerStatus(signer, inquiry, asking),
      }),
  }
}

/** A delegated responder without id-pkix-ocsp-nocheck is asked about like any certificate (RFC 6960 4.2.2.2.1). */
async function responderStatus(
  responder: Certificate,
  issuer: Certificate,
  inquiry: Inquiry,
  asking: readonly Certificate[],
): Promise<'good' | 'revoked' | 'unknown'> {
  const options = { ...inquiry.path, requiredEku: null }
  const path = verifyPath(responder, [issuer, ...inquiry.presented], inquiry.trust, options)
  return path.ok ? signerStatus(path.value, inquiry, asking) : 'unknown'
}

/** Whether the certificates of a signer's path are revoked. The anchor is not asked about. */
async function signerStatus(
  path: VerifiedPath,
  inquiry: Inquiry,
  asking: readonly Certificate[],
): Promise<'good' | 'revoked' | 'unknown'> {
  let status: 'good' | 'unknown' = 'good'
  for (let position = path.certificates.length - 2; position >= 0; position--) {
    const certificate = path.certificates[position]
    if (!certificate) continue
    if (asking.some(({ der }) => isSameBytes(der, certificate.der))) {
      // A signer whose list speaks of itself is taken at its word; one below the authority that is in question is not: it could be that authority's own make.
      if (position > 0) status = 'unknown'
      continue
    }
    const verdict = judge(
      'strict',
      await askSources(path, position, inquiry, asking),
      exemptionOf(certificate, position),
    )
    if (verdict.kind === 'revoked') return 'revoked'
    if (verdict.kind !== 'good' && verdict.kind !== 'exempt') status = 'unknown'
  }
  return status
}
