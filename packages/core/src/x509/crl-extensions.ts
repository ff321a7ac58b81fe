/** The extensions of CRLs and of their entries (RFC 5280 5.2 and 5.3). */
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
} from '../encoding/der.ts'
import {
  type DistributionPoint,
  type DistributionPointName,
  type ReasonFlags,
  readDistributionPoints,
  readPointName,
  readReasonFlags,
} from './distribution-point.ts'
import { type Extension, findRepeated, type Leniency, readAuthorityKeyIdentifier, readExtension } from './extensions.ts'
import { OID } from './oids.ts'

/** RFC 5280 5.2.5: for which certificates a CRL speaks. */
export interface IssuingDistributionPoint {
  readonly name: DistributionPointName | null
  readonly contains: 'all' | 'user-certificates' | 'authority-certificates' | 'attribute-certificates'
  readonly reasons: ReasonFlags | null
  readonly indirect: boolean
}

/** Each null where it is absent. Numbers are content octets without leading zeros. */
export interface CrlExtensions {
  readonly crlNumber: Uint8Array | null
  /** Of a delta CRL: the number of the complete CRL that it starts from (5.2.4). */
  readonly baseCrlNumber: Uint8Array | null
  readonly issuingDistributionPoint: IssuingDistributionPoint | null
  /** The same as its octets: two CRLs of one issuer replace each other where these are equal. */
  readonly scope: Uint8Array | null
  readonly authorityKeyIdentifier: Uint8Array | null
  readonly freshestCrl: readonly DistributionPoint[] | null
  /** A critical extension that is not processed: such a CRL decides nothing (5.2). */
  readonly unknownCritical: string | null
}

/** Of a CRL of version 1. */
export const NO_CRL_EXTENSIONS: CrlExtensions = Object.freeze({
  crlNumber: null,
  baseCrlNumber: null,
  issuingDistributionPoint: null,
  scope: null,
  authorityKeyIdentifier: null,
  freshestCrl: null,
  unknownCritical: null,
})

/** Most extensions of one CRL, or of one entry. */
const MAX_EXTENSIONS = 64

/** Reads crlExtensions: `SEQUENCE SIZE (1..MAX) OF Extension`, each once. */
export function readCrlExtensions(cursor: DerCursor, leniencies: Leniency[]): CrlExtensions {
  const decoded: { -readonly [Field in keyof CrlExtensions]: CrlExtensions[Field] } = { ...NO_CRL_EXTENSIONS }
  for (const { oid, critical, value } of readExtensions(cursor, leniencies)) {
    const inner = cursorOver(value)
    switch (oid) {
      case OID.cRLNumber:
        decoded.crlNumber = readNumber(inner)
        break
      case OID.deltaCRLIndicator:
        decoded.baseCrlNumber = readNumber(inner)
        break
      case OID.issuingDistributionPoint:
        decoded.issuingDistributionPoint = readIssuingDistributionPoint(inner)
        decoded.scope = value
        break
      case OID.authorityKeyIdentifier:
        decoded.authorityKeyIdentifier = readAuthorityKeyIdentifier(inner)
        break
      case OID.freshestCRL:
        decoded.freshestCrl = readDistributionPoints(inner)
        break
      default:
        if (critical) decoded.unknownCritical ??= oid
        continue
    }
    finish(inner)
  }
  return decoded
}

/** Reads a list of extensions, each identifier once. */
export function readExtensions(cursor: DerCursor, leniencies: Leniency[]): readonly Extension[] {
  const list = enter(cursor, TAG.sequence)
  if (isAtEnd(list)) throw new DerError(list.position, 'extensions are present but empty')
  const all: Extension[] = []
  while (!isAtEnd(list)) {
    if (all.length === MAX_EXTENSIONS) throw new DerError(list.position, `more than ${MAX_EXTENSIONS} extensions`)
    all.push(readExtension(list, leniencies))
  }
  const repeated = findRepeated(all)
  if (repeated) throw new DerError(list.position, `the extension ${repeated.oid} is present more than once`)
  return all
}

/** Up to 20 octets (5.2.3); more are refused, since numbers are compared and nobody needs them. */
function readNumber(cursor: DerCursor): Uint8Array {
  const start = cursor.position
  const octets = readInteger(cursor)
  const number = octets[0] === 0 ? octets.subarray(1) : octets
  if ((octets[0] ?? 0) >= 0x80 || number.length > 20) throw new DerError(start, 'a number that is negative or too long')
  return number
}

/** Orders two numbers by value: `crl_number_order_uses_integer_value` is what webpki had to learn. */
export const compareNumbers = (a: Uint8Array, b: Uint8Array): number => a.length - b.length || Buffer.compare(a, b)

function readIssuingDistributionPoint(cursor: DerCursor): IssuingDistributionPoint {
  const inner = enter(cursor, TAG.sequence)
  const name = readPointName(inner, 0xa0)
  const user = readFlag(inner, 0x81)
  const authority = readFlag(inner, 0x82)
  const reasons = readReasonFlags(inner, 0x83)
  const indirect = readFlag(inner, 0x84)
  const attribute = readFlag(inner, 0x85)
  finish(inner)
  // 5.2.5: at most one of the three.
  if (Number(user) + Number(authority) + Number(attribute) > 1) {
    throw new DerError(inner.position, 'a CRL for more than one kind of certificates only')
  }
  const contains = user
    ? 'user-certificates'
    : authority
      ? 'authority-certificates'
      : attribute
        ? 'attribute-certificates'
        : 'all'
  return { name, contains, reasons, indirect }
}

/** `[n] BOOLEAN DEFAULT FALSE`. An encoded FALSE is let pass, as in certificates. */
function readFlag(cursor: DerCursor, tag: number): boolean {
  if (isAtEnd(cursor) || cursor.bytes[cursor.position] !== tag) return false
  const { value, end } = read(cursor, tag)
  const octet = end - value === 1 ? cursor.bytes[value] : undefined
  if (octet !== 0x00 && octet !== 0xff) throw new DerError(value, 'BOOLEAN is neither 00 nor FF')
  return octet === 0xff
}
