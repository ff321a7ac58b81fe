/** What a responder is asked (RFC 6960 4.1), and how it travels (appendix A.1, RFC 5019 section 5). */
import { contextTag, TAG } from '../../encoding/der.ts'
import { encodeElement, encodeOid } from '../../encoding/der-writer.ts'
import { OID } from '../../x509/oids.ts'
import { CERT_ID_HASH_OIDS, type CertIdHash, hashIssuer, type Issued } from './cert-id.ts'

/** RFC 9654 2.1: 32 octets at least of those who ask, and every responder that knows nonces takes 32. */
export const NONCE_OCTETS = 32

export interface OcspRequestOptions {
  readonly certId: CertIdHash
  /** Comes back in an answer that was made for this request. Null for none. */
  readonly nonce: Uint8Array | null
}

const NULL = encodeElement(TAG.null)

/**
 * Encodes a request for the status of one certificate, unsigned.
 *
 * @param issued - Of a verified path.
 */
export function encodeOcspRequest(issued: Issued, { certId, nonce }: OcspRequestOptions): Uint8Array {
  const { nameHash, keyHash } = hashIssuer(issued, certId)
  const reqCert = encodeElement(
    TAG.sequence,
    encodeElement(TAG.sequence, encodeOid(CERT_ID_HASH_OIDS[certId]), NULL),
    encodeElement(TAG.octetString, nameHash),
    encodeElement(TAG.octetString, keyHash),
    encodeElement(TAG.integer, issued.certificate.serialNumber),
  )
  const requestList = encodeElement(TAG.sequence, encodeElement(TAG.sequence, reqCert))
  const extensions = nonce ? [encodeElement(contextTag(2, 'constructed'), encodeNonce(nonce))] : []
  return encodeElement(TAG.sequence, encodeElement(TAG.sequence, requestList, ...extensions))
}

/** The list of extensions with the nonce alone, not critical: a responder may leave it unanswered. */
function encodeNonce(nonce: Uint8Array): Uint8Array {
  const value = encodeElement(TAG.octetString, encodeElement(TAG.octetString, nonce))
  return encodeElement(TAG.sequence, encodeElement(TAG.sequence, encodeOid(OID.ocspNonce), value))
}

/** RFC 6960 A.1, RFC 5019 section 5: longer ones go by POST. */
export const MAX_GET_OCTETS = 255

/**
 * Writes a request into a URL, base64 and then percent-encoded.
 *
 * @returns Null where it has to go by POST: longer than {@link MAX_GET_OCTETS}, or a URL that ends in a query, to which no path can be appended.
 */
export function ocspGetUrl(responder: string, request: Uint8Array): string | null {
  if (/[?#]/.test(responder)) return null
  const base64 = Buffer.from(request.buffer, request.byteOffset, request.length).toString('base64')
  const url = `${responder}${responder.endsWith('/') ? '' : '/'}${encodeURIComponent(base64)}`
  return Buffer.byteLength(url) <= MAX_GET_OCTETS ? url : null
}
