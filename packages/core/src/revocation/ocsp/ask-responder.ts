/** Asking a responder: the request, what comes back, and what is kept of it. */
import { hash, randomBytes } from 'node:crypto'
import { ok, type Result, refused } from '../../result.ts'
import type { Certificate } from '../../x509/certificate.ts'
import type { Answer } from '../answer.ts'
import type { Kept, Problem, Reading, Resource, Resources } from '../cache/resource.ts'
import type { Fetch, FetchRequest } from '../fetch/fetched.ts'
import type { CertIdHash } from './cert-id.ts'
import type { OcspQuestion } from './ocsp-question.ts'
import { encodeOcspRequest, NONCE_OCTETS, ocspGetUrl } from './ocsp-request.ts'
import { answerAt, endOf, noAnswer, type OcspStatement, signerEndOf } from './ocsp-statement.ts'
import { readStatement, type StatusOfResponder } from './verify-response.ts'

export interface Responder {
  /** Out of a certificate: untrusted. */
  readonly url: string
  /**
   * `'get'` is for caches between here and the responder (RFC 5019 section 5), which a nonce would make useless: none is sent. What is too long for it goes by
   * POST all the same.
   */
  readonly method: 'post' | 'get'
  readonly nonce: 'send' | 'omit'
  readonly certId: CertIdHash
  readonly maxBytes: number
}

export interface Asking {
  readonly fetch: Fetch
  readonly resources: Resources
  readonly statusOfResponder: (responder: Certificate, reading: Reading) => ReturnType<StatusOfResponder>
}

/**
 * Asks a responder about a certificate, or what is kept of its last answer.
 *
 * @param question - Certificate and issuer are of a verified path.
 * @returns What holds at the question's instant: what was good when it was kept may be stale, and who was revoked is.
 */
export async function askResponder(question: OcspQuestion, responder: Responder, asking: Asking): Promise<Answer> {
  const { kept, problem } = await asking.resources.obtain(ocspResource(question, responder, asking))
  if (!kept) {
    return noAnswer(question, problem?.because ?? 'unreachable', problem?.detail ?? 'nothing was ever received')
  }
  const answer = answerAt(kept.content, question)
  if (answer.kind !== 'none' || !problem) return answer
  return { ...answer, detail: `${answer.detail}; nothing newer: ${problem.because} (${problem.detail})` }
}

/** The answer of one responder about one certificate, as something that can be fetched and kept. */
export function ocspResource(
  question: OcspQuestion,
  responder: Responder,
  { fetch, statusOfResponder }: Omit<Asking, 'resources'>,
): Resource<OcspStatement> {
  // Of the request under way. One that is kept was made for another request.
  let nonce: Uint8Array | null = null
  const key = keyOf(question, responder)
  return {
    key,
    name: question.origin,
    fetch: () => {
      nonce = responder.nonce === 'send' && responder.method === 'post' ? randomBytes(NONCE_OCTETS) : null
      return fetch(requestOf(question, responder, nonce))
    },
    read: async (octets, from, at) => {
      // Of the network no more are read; who writes to the shared store knows no such limit.
      if (octets.length > responder.maxBytes)
        return refused({ because: 'too-large', detail: `more than ${responder.maxBytes} bytes` })
      const statement = await readStatement(
        octets,
        { ...question, at },
        {
          nonce: from === 'network' ? nonce : null,
          statusOfResponder: (signer) => statusOfResponder(signer, { key, at }),
        },
      )
      return statement.ok ? keep(statement.value, at + question.skewMs) : statement
    },
  }
}

/**
 * What an answer depends on: who was asked, about whose certificate, and which algorithms were let pass. Hashed, since a key of a shared store is short; the
 * key of the issuer is part of it, so that the namesake of an authority never gets its answers.
 */
function keyOf({ certificate, issuer, allowedWeaknesses }: OcspQuestion, { url }: Responder): string {
  const octets = [issuer.publicKey.der, certificate.issuer.der, certificate.serialNumber]
  const parts = [url, ...octets.map((each) => Buffer.from(each).toString('base64')), ...[...allowedWeaknesses].sort()]
  return `ocsp:${hash('sha256', JSON.stringify(parts), 'hex')}`
}

/**
 * The type of what comes back is not looked at: what is accepted has to be signed, and responders that send another type or none are many
 * (RFC 6960 A.2 has them send `application/ocsp-response`).
 */
function requestOf(question: OcspQuestion, responder: Responder, nonce: Uint8Array | null): FetchRequest {
  const { url, method, certId, maxBytes } = responder
  const octets = encodeOcspRequest(question, { certId, nonce })
  const shared = { accept: 'application/ocsp-response', maxBytes }
  const getUrl = method === 'get' ? ocspGetUrl(url, octets) : null
  return getUrl === null
    ? { ...shared, url, body: { type: 'application/ocsp-request', octets } }
    : { ...shared, url: getUrl }
}

/** What a statement takes in memory, in octets: measured on Node 20, 380 for one status and 150 for each more. */
const sizeOf = ({ statuses }: OcspStatement): number => 230 + 150 * statuses.length

/**
 * A `good` whose signer nobody vouches for is not kept, so that it is asked for again when somebody can. Nor is what was issued in the future: it would keep
 * everything older out.
 */
function keep(statement: OcspStatement, latest: number): Result<Kept<OcspStatement>, Problem> {
  const { statuses, signerStatus } = statement
  const asOf = Math.max(...statuses.map(({ thisUpdate }) => thisUpdate))
  if (asOf > latest) return refused({ because: 'not-yet-valid', detail: `issued for ${new Date(asOf).toISOString()}` })
  if (signerStatus === 'unknown' && statuses.every(({ status }) => status.kind === 'good')) {
    return refused({ because: 'signer-status-unknown', detail: 'nobody says whether its signer is revoked' })
  }
  return ok({
    content: statement,
    bytes: sizeOf(statement),
    asOf,
    freshUntil: Math.min(signerEndOf(statement), ...statuses.map(endOf)),
    mayRevoke: statuses.some(({ status }) => status.kind !== 'good'),
  })
}
