/** What an OCSP response says of one certificate (RFC 6960 4.2.1). */
import {
  contextTag,
  type DerCursor,
  type DerElement,
  DerError,
  enter,
  finish,
  isAtEnd,
  read,
  readAny,
  readInteger,
  readOctetString,
  readOptional,
  TAG,
  within,
} from '../encoding/der.ts'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from './algorithm-identifier.ts'
import { readExtensions } from './crl-extensions.ts'
import { REVOCATION_REASONS, type RevocationReason } from './revocation-reason.ts'
import { readGeneralizedTime } from './time.ts'

/** Names a certificate without showing it (RFC 6960 4.1.1). */
export interface CertId {
  readonly hashAlgorithm: AlgorithmIdentifier
  readonly issuerNameHash: Uint8Array
  readonly issuerKeyHash: Uint8Array
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array
}

export type CertStatus =
  | { readonly kind: 'good' }
  | { readonly kind: 'revoked'; readonly revokedAt: number; readonly reason: RevocationReason }
  | { readonly kind: 'unknown' }

/** Times in milliseconds since 1970. */
export interface SingleResponse {
  readonly certId: CertId
  readonly status: CertStatus
  readonly thisUpdate: number
  /** Null where it is absent: newer information is to be had all the time (4.2.2.1). */
  readonly nextUpdate: number | null
  /** A critical extension that is not processed: such a status decides nothing. */
  readonly unknownCritical: string | null
}

export function readSingleResponse(cursor: DerCursor): SingleResponse {
  const single = enter(cursor, TAG.sequence)
  const certId = readCertId(single)
  const status = readCertStatus(single)
  const thisUpdate = readGeneralizedTime(single)
  const nextUpdate = readNextUpdate(single)
  const unknownCritical = findUnknownCritical(single)
  finish(single)
  return Object.freeze({ certId, status, thisUpdate, nextUpdate, unknownCritical })
}

function readCertId(single: DerCursor): CertId {
  const inner = enter(single, TAG.sequence)
  const hashAlgorithm = readAlgorithmIdentifier(inner)
  const issuerNameHash = readOctetString(inner)
  const issuerKeyHash = readOctetString(inner)
  const serialNumber = readInteger(inner)
  finish(inner)
  return { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }
}

const GOOD: CertStatus = Object.freeze({ kind: 'good' })
const UNKNOWN: CertStatus = Object.freeze({ kind: 'unknown' })

/** A CHOICE of three implicit tags: NULL, RevokedInfo, NULL. */
function readCertStatus(single: DerCursor): CertStatus {
  const element = readAny(single)
  switch (element.tag) {
    case contextTag(0, 'primitive'):
      checkNull(element)
      return GOOD
    case contextTag(1, 'constructed'):
      return readRevokedInfo(within(single.bytes, element))
    case contextTag(2, 'primitive'):
      checkNull(element)
      return UNKNOWN
    default:
      throw new DerError(element.start, 'neither good nor revoked nor unknown')
  }
}

function checkNull({ value, end }: DerElement): void {
  if (value !== end) throw new DerError(value, 'NULL with contents')
}

function readRevokedInfo(info: DerCursor): CertStatus {
  const revokedAt = readGeneralizedTime(info)
  const wrapper = readOptional(info, contextTag(0, 'constructed'))
  finish(info)
  return { kind: 'revoked', revokedAt, reason: wrapper ? readReason(within(info.bytes, wrapper)) : 'unspecified' }
}

/**
 * `ENUMERATED`, one octet. A number that nobody assigned, or `removeFromCRL`, which belongs to delta CRLs, is `unspecified`: unlike an entry of a CRL, which
 * may be there to lift a hold, who is revoked here is revoked whatever the reason.
 */
function readReason(cursor: DerCursor): RevocationReason {
  const { start, value, end } = read(cursor, TAG.enumerated)
  finish(cursor)
  if (end - value !== 1) throw new DerError(start, 'a reason of more or less than one octet')
  const reason = REVOCATION_REASONS[cursor.bytes[value] ?? 0xff] ?? 'unspecified'
  return reason === 'removeFromCRL' ? 'unspecified' : reason
}

/** `[0] EXPLICIT`. */
function readNextUpdate(single: DerCursor): number | null {
  const wrapper = readOptional(single, contextTag(0, 'constructed'))
  if (!wrapper) return null
  const inner = within(single.bytes, wrapper)
  const nextUpdate = readGeneralizedTime(inner)
  finish(inner)
  return nextUpdate
}

/** `[1] EXPLICIT`. Of those that RFC 6960 4.4 and RFC 6962 3.3 know none changes what a status means, so none is processed. */
function findUnknownCritical(single: DerCursor): string | null {
  if (isAtEnd(single)) return null
  const inner = enter(single, contextTag(1, 'constructed'))
  const critical = readExtensions(inner, []).find((extension) => extension.critical)
  finish(inner)
  return critical ? critical.oid : null
}
