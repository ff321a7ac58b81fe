/**
 * An answer out of what a responder sent. CVE-2026-24734 was a server that read the status and verified neither the signature nor the time.
 *
 * Cheap questions come first: is it of this certificate, and for this request? Only then are signatures tried.
 */
import { ok, type Result, refused } from '../../result.ts'
import { type Certificate, isSameBytes } from '../../x509/certificate.ts'
import { type BasicOcspResponse, parseOcspResponse } from '../../x509/ocsp-response.ts'
import { OID } from '../../x509/oids.ts'
import type { Answer } from '../answer.ts'
import type { Problem } from '../cache/resource.ts'
import { isCertIdOf } from './cert-id.ts'
import type { OcspQuestion } from './ocsp-question.ts'
import { verifyOcspSigner } from './ocsp-signer.ts'
import { answerAt, noAnswer, type OcspStatement, type StatedStatus } from './ocsp-statement.ts'

/** Whether a delegated responder is known not to be revoked. */
export type StatusOfResponder = (responder: Certificate) => Promise<'good' | 'revoked' | 'unknown'>

export interface ResponseOptions {
  /**
   * That of the request. A response with another was made for somebody else's, and is refused; one without is judged by its times alone: responders that
   * sign beforehand (RFC 5019) send none, and section 4 there tells clients not to refuse for that. Null where none was sent, and then none is looked at.
   */
  readonly nonce: Uint8Array | null
  readonly statusOfResponder: StatusOfResponder
}

/**
 * Verifies what a responder sent (RFC 6960 3.2), and says what it means for the question.
 *
 * @param octets - Untrusted; the caller bounds their number.
 * @param question - Certificate and issuer are of a verified path.
 * @returns Never rejects but where `statusOfResponder` does.
 */
export async function verifyOcspResponse(
  octets: Uint8Array,
  question: OcspQuestion,
  options: ResponseOptions,
): Promise<Answer> {
  const statement = await readStatement(octets, question, options)
  if (statement.ok) return answerAt(statement.value, question)
  return noAnswer(question, statement.failure.because, statement.failure.detail)
}

/**
 * Verifies what a responder sent, all but its times: they are judged when somebody asks, by {@link answerAt}. The result holds for every question about the
 * same certificate and issuer, at any instant.
 */
export async function readStatement(
  octets: Uint8Array,
  question: OcspQuestion,
  { nonce, statusOfResponder }: ResponseOptions,
): Promise<Result<OcspStatement, Problem>> {
  const parsed = parseOcspResponse(octets)
  if (!parsed.ok) {
    const { field, offset, reason } = parsed.failure
    return problem('malformed', `${field} is malformed at octet ${offset}: ${reason}`)
  }
  if (parsed.value.status !== 'successful') return problem('responder-error', `it says ${parsed.value.status}`)
  const { basic } = parsed.value
  const statuses = statusesFor(basic, question)
  if (!statuses.ok) return statuses
  if (nonce && basic.nonce && !isSameBytes(nonce, basic.nonce)) {
    return problem('wrong-nonce', 'it was made for another request')
  }
  const signer = verifyOcspSigner(basic, question)
  if (!signer.ok) return problem('wrong-signer', signer.failure)
  const { delegate } = signer.value
  const signerStatus = delegate ? await statusOf(delegate, statusOfResponder) : 'good'
  if (signerStatus === 'revoked') return problem('wrong-signer', 'its signer is revoked')
  const signerNotAfter = delegate?.notAfter ?? Number.POSITIVE_INFINITY
  return ok({ statuses: statuses.value, producedAt: basic.producedAt, signerNotAfter, signerStatus })
}

const problem = (because: Problem['because'], detail: string) => refused<Problem>({ because, detail })

/** The statuses of this certificate that may be relied on; those of others are passed over. */
function statusesFor(
  { responses, unknownCritical }: BasicOcspResponse,
  question: OcspQuestion,
): Result<readonly StatedStatus[], Problem> {
  const own = responses.filter(({ certId }) => isCertIdOf(certId, question))
  const [first] = own
  if (!first) return problem('wrong-certificate', 'it speaks of other certificates')
  const readable = unknownCritical === null ? own.filter((single) => single.unknownCritical === null) : []
  if (readable.length === 0) {
    const oid = unknownCritical ?? first.unknownCritical
    return problem('unknown-critical-extension', `the critical extension ${oid} is not processed`)
  }
  return ok(readable.map(({ status, thisUpdate, nextUpdate }) => ({ status, thisUpdate, nextUpdate })))
}

/** 4.2.2.2.1: with nocheck its issuer vouches for the responder as long as its certificate lives. */
async function statusOf(responder: Certificate, statusOfResponder: StatusOfResponder) {
  const isVouchedFor = responder.extensions.all.some(({ oid }) => oid === OID.ocspNoCheck)
  return isVouchedFor ? 'good' : statusOfResponder(responder)
}
