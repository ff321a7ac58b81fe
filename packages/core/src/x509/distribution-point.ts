/** Where CRLs are found, and for what each of them speaks (RFC 5280 4.2.1.13, 4.2.1.15, 5.2.5). */
import {
  cursorOver,
  type DerCursor,
  DerError,
  enter,
  finish,
  isAtEnd,
  readBitString,
  readOptional,
  TAG,
  within,
} from '../encoding/der.ts'
import { type GeneralName, readGeneralName } from './general-name.ts'
import { type Name, readName } from './name.ts'

/** RFC 5280 4.2.1.13 ReasonFlags as a mask; bit 0, `unused`, is never set. */
export type ReasonFlags = number

/** Bits 1 to 8, from keyCompromise to aACompromise. */
export const ALL_REASONS: ReasonFlags = 0b1_1111_1110

/** RFC 5280 4.2.1.13. `relative` is what stands below the name of the CRL's issuer: the SET of one RDN, whole. */
export type DistributionPointName =
  | { readonly kind: 'full'; readonly names: readonly GeneralName[] }
  | { readonly kind: 'relative'; readonly rdn: Uint8Array }

/** Each field null where it is absent. */
export interface DistributionPoint {
  readonly name: DistributionPointName | null
  readonly reasons: ReasonFlags | null
  readonly crlIssuer: readonly GeneralName[] | null
}

/**
 * Most points, and most names in one, that are read; real certificates have under ten. Each is compared with each CRL: 2,560 different names took 12 to
 * 30 ms for it, and whoever issues below an anchor may issue such a certificate.
 */
const MAX_POINTS = 32
const MAX_NAMES = 32

/** Reads cRLDistributionPoints and freshestCRL: `SEQUENCE SIZE (1..MAX) OF DistributionPoint`. */
export function readDistributionPoints(cursor: DerCursor): readonly DistributionPoint[] {
  const list = enter(cursor, TAG.sequence)
  if (isAtEnd(list)) throw new DerError(list.position, 'no distribution point')
  const points: DistributionPoint[] = []
  while (!isAtEnd(list)) {
    if (points.length === MAX_POINTS) throw new DerError(list.position, `more than ${MAX_POINTS} distribution points`)
    points.push(readDistributionPoint(list))
  }
  return points
}

function readDistributionPoint(list: DerCursor): DistributionPoint {
  const point = enter(list, TAG.sequence)
  const name = readPointName(point, 0xa0)
  const reasons = readReasonFlags(point, 0x81)
  const crlIssuer = readNames(point, 0xa2)
  finish(point)
  // 4.2.1.13: "a DistributionPoint MUST NOT consist of only the reasons field".
  if (name === null && crlIssuer === null) throw new DerError(point.position, 'a point without name and CRL issuer')
  return { name, reasons, crlIssuer }
}

/** `[0] DistributionPointName OPTIONAL`; a CHOICE, so its tag is explicit. */
export function readPointName(cursor: DerCursor, tag: number): DistributionPointName | null {
  const element = readOptional(cursor, tag)
  if (!element) return null
  const inner = within(cursor.bytes, element)
  const names = readNames(inner, 0xa0)
  if (names) {
    finish(inner)
    return { kind: 'full', names }
  }
  const rdn = readOptional(inner, 0xa1)
  if (!rdn) throw new DerError(inner.position, 'neither fullName nor nameRelativeToCRLIssuer')
  finish(inner)
  const relative = { kind: 'relative', rdn: asSet(inner.bytes.subarray(rdn.start, rdn.end)) } as const
  readName(cursorOver(nameBelow(null, relative.rdn))) // It is an RDN, or this throws.
  return relative
}

/** The tag is implicit, so the SET has lost its own. */
function asSet(element: Uint8Array): Uint8Array {
  const set = element.slice()
  set[0] = TAG.set
  return set
}

/** `GeneralNames OPTIONAL` under an implicit tag; never empty. */
function readNames(cursor: DerCursor, tag: number): readonly GeneralName[] | null {
  const element = readOptional(cursor, tag)
  if (!element) return null
  const list = within(cursor.bytes, element)
  if (isAtEnd(list)) throw new DerError(list.position, 'no name')
  const names: GeneralName[] = []
  while (!isAtEnd(list)) {
    if (names.length === MAX_NAMES) throw new DerError(list.position, `more than ${MAX_NAMES} names`)
    names.push(readGeneralName(list))
  }
  return names
}

/** `ReasonFlags OPTIONAL` under an implicit tag. Trailing zero bits do not matter here. */
export function readReasonFlags(cursor: DerCursor, tag: number): ReasonFlags | null {
  if (isAtEnd(cursor) || cursor.bytes[cursor.position] !== tag) return null
  const { octets } = readBitString(cursor, tag)
  let flags: ReasonFlags = 0
  for (let bit = 1; bit <= 8; bit++) if (((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) flags |= 1 << bit
  return flags
}

/**
 * The name that a relative one stands for: the issuer's with one RDN more (RFC 5280 4.2.1.13).
 *
 * @returns Undefined where it is longer than names are read: it is nobody's.
 */
export function relativeName(issuer: Name, rdn: Uint8Array): Name | undefined {
  try {
    return readName(cursorOver(nameBelow(issuer, rdn)))
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

function nameBelow(issuer: Name | null, rdn: Uint8Array): Uint8Array {
  const above = issuer ? enter(cursorOver(issuer.der), TAG.sequence) : null
  const rdns = above ? above.bytes.subarray(above.position, above.end) : new Uint8Array()
  const length = rdns.length + rdn.length
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  if (length > 0xffff) throw new DerError(0, 'a name of more than 65,535 octets')
  return Buffer.concat([Uint8Array.of(TAG.sequence, ...head), rdns, rdn])
}
