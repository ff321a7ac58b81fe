import type { Authority } from '../authority.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import * as der from '../der-pieces.ts'
import { type Extension, encodeExtension, ocspNoCheck } from '../extensions.ts'
import type { IssuedCertificate } from '../issued-certificate.ts'
import type { Leaf } from '../leaf.ts'
import { type SignatureInput, schemeOf, usualSignature } from '../signing/algorithms.ts'
import { keyHashOf } from './cert-id.ts'
import { encodeSingleResponse, generalizedTimeOf, type SingleResponseOptions } from './single-response.ts'
import { subjectOf } from './subject-of.ts'

/** RFC 6960 section 4.2.1; 4 is not used. */
const STATUSES = {
  successful: 0,
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  sigRequired: 5,
  unauthorized: 6,
} as const

export type OcspErrorName = Exclude<keyof typeof STATUSES, 'successful'>

/** What may be asked of an answer. Everything has a default that makes it a good one; nothing is checked for sense. */
export type OcspResponseOptions = Readonly<{
  /** Who issued the certificates that are spoken of. */
  issuer: Authority
  /** Who signs: the issuer unless said otherwise, or whom {@link issueResponder} made; anybody else makes an answer that counts for nothing. */
  signer?: Leaf
  /** Of which certificates, and what. */
  responses: readonly SingleResponseOptions[]
  /** How the signer is named, or a whole ResponderID. Default `'name'`. */
  responderId?: 'name' | 'key' | Uint8Array
  /** Default: the authority's clock. */
  producedAt?: Date | Uint8Array
  /** The nonce of the request. Default none. */
  nonce?: Uint8Array | null
  /** responseExtensions besides the nonce. */
  extensions?: readonly Extension[]
  /** What goes along. Default: the certificate of the signer, unless it is the issuer. */
  certificates?: readonly IssuedCertificate[]
  /** Default: what suits the signer's key. */
  signature?: SignatureInput
  /** Replaces the signed part just before it is signed: the way to DER that no option makes. */
  alterTbs?: (tbs: Uint8Array) => Uint8Array
}>

/**
 * Mints what an OCSP responder answers (RFC 6960 section 4.2.1).
 *
 * @returns DER of an OCSPResponse.
 * @example
 * const root = createAuthority()
 * const leaf = root.issue()
 * mintOcspResponse({ issuer: root, responses: [{ certificate: leaf, status: { reason: 'keyCompromise' } }] })
 */
export function mintOcspResponse(options: OcspResponseOptions): Uint8Array {
  const { issuer, signer = issuer, alterTbs = (tbs) => tbs } = options
  const scheme = schemeOf(options.signature ?? usualSignature(signer.privateKey))
  const tbs = alterTbs(encodeResponseData(options, signer))
  const { certificates = signer === issuer ? [] : [signer.certificate] } = options
  return encodeBasicResponse(
    der.sequence(
      tbs,
      scheme.identifier,
      der.bitString(scheme.sign(tbs, signer.privateKey)),
      ...(certificates.length === 0 ? [] : [der.explicit(0, der.sequence(...certificates.map((each) => each.der)))]),
    ),
  )
}

/** Wraps a BasicOCSPResponse, whatever is in it, as a successful answer. */
export function encodeBasicResponse(basic: Uint8Array): Uint8Array {
  const responseBytes = der.sequence(der.oid('1.3.6.1.5.5.7.48.1.1'), der.octetString(basic))
  return der.sequence(der.enumerated(STATUSES.successful), der.explicit(0, responseBytes))
}

/** Mints what a responder says instead of an answer, signed by nobody. A number is taken as it is. */
export function mintOcspError(status: OcspErrorName | number): Uint8Array {
  return der.sequence(der.enumerated(typeof status === 'number' ? status : STATUSES[status]))
}

/**
 * Issues a delegated responder: a certificate for OCSPSigning with id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2).
 *
 * @param options - As of any certificate; `extensions: []` leaves nocheck out.
 */
export function issueResponder(authority: Authority, options: CertificateOptions = {}): Leaf {
  return authority.issue({ subject: 'OCSP responder', eku: ['OCSPSigning'], extensions: [ocspNoCheck()], ...options })
}

function encodeResponseData(options: OcspResponseOptions, signer: Leaf): Uint8Array {
  const { issuer, responses, producedAt = issuer.at, nonce = null, responderId = 'name' } = options
  const extensions = [...(nonce === null ? [] : [ocspNonce(nonce)]), ...(options.extensions ?? [])]
  return der.sequence(
    encodeResponderId(responderId, signer),
    generalizedTimeOf(producedAt),
    der.sequence(...responses.map((each) => encodeSingleResponse(issuer, each))),
    ...(extensions.length === 0 ? [] : [der.explicit(1, der.sequence(...extensions.map(encodeExtension)))]),
  )
}

/** id-pkix-ocsp-nonce (RFC 9654 section 2.1). */
export function ocspNonce(nonce: Uint8Array): Extension {
  return { oid: '1.3.6.1.5.5.7.48.1.2', value: der.octetString(nonce) }
}

function encodeResponderId(id: 'name' | 'key' | Uint8Array, signer: Leaf): Uint8Array {
  if (id instanceof Uint8Array) return id
  return id === 'name'
    ? der.explicit(1, subjectOf(signer))
    : der.explicit(2, der.octetString(keyHashOf(signer, 'sha1')))
}
