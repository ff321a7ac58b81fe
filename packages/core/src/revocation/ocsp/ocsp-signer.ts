/**
 * Who may sign an OCSP response (RFC 6960 4.2.2.2): the issuer of the certificate itself, or whom it certified, directly and by name, to do so.
 *
 * The third case of that clause, a responder that the client was configured to trust whoever issued it, is not offered. Nor are the issuer's constraints on
 * names applied to its responder: it could sign the answer itself.
 */
import { hash } from 'node:crypto'
import type { CheckContext } from '../../path/checks/check.ts'
import { checkResponderPurpose } from '../../path/checks/extended-key-usage.ts'
import { checkCriticalExtensions } from '../../path/checks/extensions.ts'
import { checkResponderUsage } from '../../path/checks/key-usage.ts'
import { checkValidity } from '../../path/checks/validity.ts'
import { ok, type Result, refused } from '../../result.ts'
import { isSigned, type Placed, prepare, verifySignature } from '../../signatures/verify-signature.ts'
import { type Certificate, isSameBytes, parseCertificate } from '../../x509/certificate.ts'
import { isSameName } from '../../x509/name-comparison.ts'
import type { BasicOcspResponse, ResponderId } from '../../x509/ocsp-response.ts'
import type { OcspQuestion } from './ocsp-question.ts'

export interface OcspSigner {
  /** Null where the issuer itself signed, which is on the path already. */
  readonly delegate: Certificate | null
}

/** Certificates whose signatures are tried, of those that the response names: one is honest, a second where a responder changes its key. */
export const MAX_CANDIDATES = 3

/** In the order of cost. Of the issuer itself nothing is asked: whoever holds its key can certify a responder that satisfies them. */
const CHECKS = [checkValidity, checkResponderPurpose, checkResponderUsage, checkCriticalExtensions]

/**
 * Finds who signed the response, among the issuer and the certificates that came along.
 *
 * The responder must have been valid when it signed. Does not look at whether it is revoked, nor at whether it is valid still.
 *
 * @returns The signer, or why there is none that counts.
 */
export function verifyOcspSigner(basic: BasicOcspResponse, question: OcspQuestion): Result<OcspSigner, string> {
  const { issuer, allowedWeaknesses } = question
  const problems: string[] = []
  if (isNamedBy(basic.responderId, issuer)) {
    const problem = signatureProblem(basic, issuer, question)
    if (problem === undefined) return ok({ delegate: null })
    problems.push(problem)
  }
  const context = { at: basic.producedAt, requiredEku: null, intermediatesBelow: 0, allowedWeaknesses }
  for (const delegate of delegatesOf(basic, issuer)) {
    const problem = delegationProblem(delegate, question, context) ?? signatureProblem(basic, delegate, question)
    if (problem === undefined) {
      remember(issuer, delegate)
      return ok({ delegate })
    }
    problems.push(problem)
  }
  return refused(problems[0] ?? 'it names neither the issuer nor the holder of a certificate that came along')
}

/** Certificates that came along and that the response names: which key it was, before any signature is tried. */
function delegatesOf({ certificates, responderId }: BasicOcspResponse, issuer: Certificate): readonly Certificate[] {
  const delegates: Certificate[] = []
  for (const der of certificates) {
    const delegate = known.get(issuer)?.find((each) => isSameBytes(each.der, der)) ?? parsed(der)
    if (delegate && isNamedBy(responderId, delegate)) delegates.push(delegate)
    if (delegates.length === MAX_CANDIDATES) break
  }
  return delegates
}

/** Of a copy, so that what is remembered does not hold the whole response. */
function parsed(der: Uint8Array): Certificate | undefined {
  const certificate = parseCertificate(Uint8Array.from(der))
  return certificate.ok ? certificate.value : undefined
}

function isNamedBy(id: ResponderId, { subject, publicKey }: Certificate): boolean {
  return id.by === 'name'
    ? isSameName(id.name, subject)
    : isSameBytes(id.keyHash, hash('sha1', publicKey.key, 'buffer'))
}

/** Not at 0: the judgement of a key is kept for issuers. */
const placed = (certificate: Certificate): Placed => ({ certificate, position: 1 })

function delegationProblem(
  delegate: Certificate,
  { certificate, issuer }: OcspQuestion,
  context: CheckContext,
): string | undefined {
  // Whoever stole the key of a certificate would otherwise be asked whether it was stolen; in whichever certificate the key is.
  if (isSameBytes(delegate.publicKey.der, certificate.publicKey.der))
    return 'its signer is the holder of the certificate itself'
  if (!isSameName(delegate.issuer, issuer.subject)) return 'its signer was certified by another than the issuer'
  for (const check of CHECKS) {
    const failure = check(placed(delegate), context)
    if (failure) return `its signer: ${failure.message}`
  }
  const verified = verifySignature(placed(delegate), placed(issuer), context.allowedWeaknesses)
  return verified.ok ? undefined : `its signer: ${verified.failure.message}`
}

/** Undefined where the signature holds. */
function signatureProblem(
  basic: BasicOcspResponse,
  signer: Certificate,
  { allowedWeaknesses }: OcspQuestion,
): string | undefined {
  const verification = prepare(basic, () => null, placed(signer), allowedWeaknesses)
  if (!verification.ok) return verification.failure.message
  if (isSigned(basic, verification.value)) return undefined
  return `its signature (${verification.value.name}) does not hold under the key of its signer`
}

/**
 * Delegates by their issuers, so that a responder that is asked again is not read, its key not imported and its certificate not verified again (P-256 on Node
 * 20: 78 us instead of 202). Weakly: what belongs to an issuer that a stranger presented is forgotten with it.
 */
const known = new WeakMap<Certificate, readonly Certificate[]>()
const MAX_KNOWN = 4

function remember(issuer: Certificate, delegate: Certificate): void {
  const others = known.get(issuer) ?? []
  if (!others.includes(delegate)) known.set(issuer, [delegate, ...others.slice(0, MAX_KNOWN - 1)])
}
