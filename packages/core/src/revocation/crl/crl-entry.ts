/** One entry of a CRL (RFC 5280 5.1.2.6 and 5.3): checked when the CRL is indexed, read when somebody asks for it. */
import {
  cursorOver,
  type DerCursor,
  DerError,
  enter,
  finish,
  isAtEnd,
  read,
  readInteger,
  TAG,
  within,
} from '../../encoding/der.ts'
import { readExtensions } from '../../x509/crl-extensions.ts'
import { readGeneralName } from '../../x509/general-name.ts'
import type { Name } from '../../x509/name.ts'
import { OID } from '../../x509/oids.ts'
import { type CrlReason, REVOCATION_REASONS } from '../../x509/revocation-reason.ts'
import { readTime } from '../../x509/time.ts'

export interface CrlEntry {
  /** Milliseconds since 1970. */
  readonly revokedAt: number
  /** `'unspecified'` where no reason is given. */
  readonly reason: CrlReason
}

/** What the index has to know of an entry's extensions. */
export interface EntryExtensions {
  readonly reason: CrlReason
  /** Of an indirect CRL: the issuer of this entry's certificate and of those that follow (5.3.3). */
  readonly certificateIssuer: Name | null
  readonly unknownCritical: string | null
}

/** `SEQUENCE { SEQUENCE { id-ce-cRLReasons, OCTET STRING { ENUMERATED, one octet`: what nearly every entry with extensions has, and all of it. */
const REASON_ALONE = Uint8Array.of(0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01)

/** The reason of an entry whose only extension it is, without reading extensions; undefined for all others. */
export function reasonAlone(bytes: Uint8Array, start: number, end: number): CrlReason | undefined {
  if (end - start !== REASON_ALONE.length + 1) return undefined
  for (let index = 0; index < REASON_ALONE.length; index++) {
    if (bytes[start + index] !== REASON_ALONE[index]) return undefined
  }
  return REVOCATION_REASONS[bytes[end - 1] ?? 0xff] ?? undefined
}

/** Reads the extensions of an entry. Unknown ones that are not critical are passed over. */
export function readEntryExtensions(bytes: Uint8Array, start: number, end: number): EntryExtensions {
  const reason = reasonAlone(bytes, start, end)
  if (reason !== undefined) return { reason, certificateIssuer: null, unknownCritical: null }
  const cursor = cursorOver(bytes, start, end)
  const decoded: { -readonly [Field in keyof EntryExtensions]: EntryExtensions[Field] } = {
    reason: 'unspecified',
    certificateIssuer: null,
    unknownCritical: null,
  }
  for (const { oid, critical, value } of readExtensions(cursor, [])) {
    if (oid === OID.reasonCode) decoded.reason = readReason(value)
    else if (oid === OID.certificateIssuer) decoded.certificateIssuer = readCertificateIssuer(value)
    else if (oid === OID.invalidityDate) readInvalidityDate(value)
    else if (critical) decoded.unknownCritical ??= oid
  }
  finish(cursor)
  return decoded
}

/** `ENUMERATED`, one octet. */
function readReason(value: Uint8Array): CrlReason {
  const cursor = cursorOver(value)
  const element = read(cursor, 0x0a)
  finish(cursor)
  const reason = element.end - element.value === 1 ? REVOCATION_REASONS[value[element.value] ?? 0xff] : undefined
  if (!reason) throw new DerError(element.start, 'no reason that RFC 5280 5.3.1 knows')
  return reason
}

/** GeneralNames, of which the directoryName is an issuer. Two of them are none: nobody knows which, and to miss the right one would miss a revocation. */
function readCertificateIssuer(value: Uint8Array): Name {
  const cursor = cursorOver(value)
  const names = enter(cursor, TAG.sequence)
  finish(cursor)
  let issuer: Name | undefined
  while (!isAtEnd(names)) {
    const name = readGeneralName(names)
    if (name.type !== 'directoryName') continue
    if (issuer) throw new DerError(names.position, 'certificateIssuer with more than one directoryName')
    issuer = name.value
  }
  if (!issuer) throw new DerError(names.position, 'certificateIssuer without a directoryName')
  return issuer
}

/** Checked and not used: when a key became unsafe is for those who judge old signatures. */
function readInvalidityDate(value: Uint8Array): void {
  const cursor = cursorOver(value)
  readTime(cursor, [])
  finish(cursor)
}

/** Reads the entry that begins at `start`, which was checked before. */
export function readEntry(bytes: Uint8Array, start: number, end: number): CrlEntry {
  const entry = behindSerialNumber(bytes, start, end)
  const revokedAt = readTime(entry, [])
  const reason = isAtEnd(entry) ? 'unspecified' : readEntryExtensions(bytes, entry.position, entry.end).reason
  return { revokedAt, reason }
}

/** Where its time begins. Nearly every entry is shorter than 128 octets, and then two lengths say it: half the time of a lookup otherwise. */
function behindSerialNumber(bytes: Uint8Array, start: number, end: number): DerCursor {
  const length = bytes[start + 1] ?? 0
  if (length < 0x80) return cursorOver(bytes, start + 4 + (bytes[start + 3] ?? 0), start + 2 + length)
  const entry = within(bytes, read(cursorOver(bytes, start, end), TAG.sequence))
  readInteger(entry)
  return entry
}
