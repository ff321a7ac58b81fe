import {
  contextTag,
  cursorOver,
  type DerCursor,
  DerError,
  enter,
  finish,
  isAtEnd,
  read,
  readOctetBits,
  readOctetString,
  readOptional,
  readSmallInteger,
  TAG,
  within,
} from '../encoding/der.ts'
import { readOid } from '../encoding/oid.ts'
import type { Result } from '../result.ts'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from './algorithm-identifier.ts'
import { readExtensions } from './crl-extensions.ts'
import { type Malformed, type Reading, readWhole } from './malformed.ts'
import { type Name, readName } from './name.ts'
import { readSingleResponse, type SingleResponse } from './ocsp-single-response.ts'
import { OID } from './oids.ts'
import { enterSigned } from './signed.ts'
import { readGeneralizedTime } from './time.ts'

/** RFC 6960 4.2.1, by their numbers; 4 is not used. */
const RESPONSE_STATUSES = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  null,
  'sigRequired',
  'unauthorized',
] as const

/** What a responder says instead of an answer. Nobody signs it. */
export type OcspError = Exclude<(typeof RESPONSE_STATUSES)[number], 'successful' | null>

/** What a responder sent, as it stands, read strictly. Views over its bytes: nothing is copied, and nothing in it is trusted because it could be read. */
export type OcspResponse =
  | { readonly status: 'successful'; readonly basic: BasicOcspResponse }
  | { readonly status: OcspError }

/** Who says that it signed: a hint at which key to try, and no more. */
export type ResponderId =
  | { readonly by: 'name'; readonly name: Name }
  /** SHA-1 of the content of its subjectPublicKey. */
  | { readonly by: 'key'; readonly keyHash: Uint8Array }

export interface BasicOcspResponse {
  /** The signed part, `tbsResponseData`. */
  readonly tbs: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly responderId: ResponderId
  /** Milliseconds since 1970. */
  readonly producedAt: number
  readonly responses: readonly SingleResponse[]
  /** Null where it is absent. */
  readonly nonce: Uint8Array | null
  /** A critical extension of the whole that is not processed: such a response decides nothing (RFC 6960 4.4, RFC 5280 4.2). */
  readonly unknownCritical: string | null
  /** Certificates that came along, not read yet. */
  readonly certificates: readonly Uint8Array[]
}

/** Statuses of one response. One is asked for; those who publish responses beforehand put a few together, and each is looked at. */
export const MAX_SINGLE_RESPONSES = 256

/** Certificates of one response. A responder sends its own, some a path besides. */
export const MAX_RESPONSE_CERTIFICATES = 8

/** RFC 9654 2.1. */
const MAX_NONCE_OCTETS = 128

/**
 * Parses what an OCSP responder sent (RFC 6960 4.2.1), strictly, all but the certificates in it.
 *
 * Makes no trust decision: neither signature nor time nor for which certificate it is is looked at.
 *
 * @param der - Untrusted; the caller bounds its length. Kept, not copied: do not write to it afterwards.
 */
export function parseOcspResponse(der: Uint8Array): Result<OcspResponse, Malformed> {
  return readWhole('ocspResponse', (at) => readOcspResponse(der, at))
}

function readOcspResponse(der: Uint8Array, at: Reading): OcspResponse {
  const outer = cursorOver(der)
  const response = enter(outer, TAG.sequence)
  finish(outer)
  at.field = 'responseStatus'
  const status = readStatus(response)
  at.field = 'responseBytes'
  // 4.2.1: errors come without, and `successful` with.
  if (status !== 'successful') {
    finish(response)
    return Object.freeze({ status })
  }
  const explicit = enter(response, contextTag(0, 'constructed'))
  finish(response)
  const responseBytes = enter(explicit, TAG.sequence)
  finish(explicit)
  at.field = 'responseType'
  const type = readOid(responseBytes)
  if (type !== OID.ocspBasic)
    throw new DerError(responseBytes.position, `a response of type ${type}, not id-pkix-ocsp-basic`)
  const { value, end } = read(responseBytes, TAG.octetString)
  finish(responseBytes)
  return Object.freeze({ status, basic: readBasic(cursorOver(der, value, end), at) })
}

function readStatus(response: DerCursor): OcspError | 'successful' {
  const { start, value, end } = read(response, TAG.enumerated)
  const status = end - value === 1 ? RESPONSE_STATUSES[response.bytes[value] ?? 0xff] : undefined
  if (!status) throw new DerError(start, 'no status that RFC 6960 4.2.1 knows')
  return status
}

function readBasic(outer: DerCursor, at: Reading): BasicOcspResponse {
  const { rest: basic, tbs, octets } = enterSigned(outer, at, 'tbsResponseData')

  at.field = 'version'
  checkVersion(tbs)
  at.field = 'responderID'
  const responderId = readResponderId(tbs)
  at.field = 'producedAt'
  const producedAt = readGeneralizedTime(tbs)
  at.field = 'responses'
  const responses = readResponses(tbs)
  at.field = 'responseExtensions'
  const extensions = readResponseExtensions(tbs)
  at.field = 'tbsResponseData'
  finish(tbs)

  at.field = 'signatureAlgorithm'
  const signatureAlgorithm = readAlgorithmIdentifier(basic)
  at.field = 'signature'
  const signature = readOctetBits(basic)
  at.field = 'certs'
  const certificates = readCertificates(basic)
  finish(basic)

  return Object.freeze({
    tbs: octets,
    signatureAlgorithm,
    signature,
    responderId,
    producedAt,
    responses,
    nonce: extensions.nonce,
    unknownCritical: extensions.unknownCritical,
    certificates,
  })
}

/** `[0] EXPLICIT`, v1 alone is defined, and being DEFAULT is never written out (X.690 11.5). */
function checkVersion(tbs: DerCursor): void {
  const element = readOptional(tbs, contextTag(0, 'constructed'))
  if (!element) return
  const written = readSmallInteger(within(tbs.bytes, element))
  throw new DerError(element.start, written === 0 ? 'v1 is never written out' : `version ${written + 1}`)
}

/** A CHOICE of two explicit tags. */
function readResponderId(tbs: DerCursor): ResponderId {
  const byName = readOptional(tbs, contextTag(1, 'constructed'))
  if (byName) {
    const inner = within(tbs.bytes, byName)
    const name = readName(inner)
    finish(inner)
    return { by: 'name', name }
  }
  const inner = enter(tbs, contextTag(2, 'constructed'))
  const keyHash = readOctetString(inner)
  finish(inner)
  return { by: 'key', keyHash }
}

function readResponses(tbs: DerCursor): readonly SingleResponse[] {
  const list = enter(tbs, TAG.sequence)
  const responses: SingleResponse[] = []
  while (!isAtEnd(list)) {
    if (responses.length === MAX_SINGLE_RESPONSES) {
      throw new DerError(list.position, `more than ${MAX_SINGLE_RESPONSES} responses`)
    }
    responses.push(readSingleResponse(list))
  }
  return responses
}

/** `[1] EXPLICIT`. */
function readResponseExtensions(tbs: DerCursor): { nonce: Uint8Array | null; unknownCritical: string | null } {
  const wrapper = readOptional(tbs, contextTag(1, 'constructed'))
  let nonce: Uint8Array | null = null
  let unknownCritical: string | null = null
  if (!wrapper) return { nonce, unknownCritical }
  const inner = within(tbs.bytes, wrapper)
  for (const { oid, critical, value } of readExtensions(inner, [])) {
    if (oid === OID.ocspNonce) nonce = readNonce(value)
    else if (critical) unknownCritical ??= oid
  }
  finish(inner)
  return { nonce, unknownCritical }
}

/** An OCTET STRING within that of the extension, of 1 to 128 octets (RFC 9654 2.1). */
function readNonce(value: Uint8Array): Uint8Array {
  const cursor = cursorOver(value)
  const nonce = readOctetString(cursor)
  finish(cursor)
  if (nonce.length === 0 || nonce.length > MAX_NONCE_OCTETS) {
    throw new DerError(0, `a nonce of ${nonce.length} octets, not 1 to ${MAX_NONCE_OCTETS}`)
  }
  return nonce
}

/** `[0] EXPLICIT SEQUENCE OF Certificate`. Each is read when its turn comes to have signed. */
function readCertificates(basic: DerCursor): readonly Uint8Array[] {
  const wrapper = readOptional(basic, contextTag(0, 'constructed'))
  if (!wrapper) return []
  const explicit = within(basic.bytes, wrapper)
  const list = enter(explicit, TAG.sequence)
  finish(explicit)
  const certificates: Uint8Array[] = []
  while (!isAtEnd(list)) {
    if (certificates.length === MAX_RESPONSE_CERTIFICATES) {
      throw new DerError(list.position, `more than ${MAX_RESPONSE_CERTIFICATES} certificates`)
    }
    const { start, end } = read(list, TAG.sequence)
    certificates.push(list.bytes.subarray(start, end))
  }
  return certificates
}
