import { type DerCursor, type DerElement, DerError, read, TAG } from './der.ts'

/** Longest OID that is read, in octets. The longest in use (Microsoft's template ids) have about 30. */
const MAX_OID_OCTETS = 64

/**
 * OIDs already spelled out, each in the slot of its hash: a certificate has fifteen, nearly always the same, and with a string of the octets as key
 * they were a third of the time that parsing took. A slot keeps the last that came, since the octets are the peer's choice; the fifty
 * that certificates are made of share none.
 */
const SLOTS = 1_024
const spelled = new Array<{ readonly octets: Uint8Array; readonly dotted: string } | null>(SLOTS).fill(null)

/** Reads an OBJECT IDENTIFIER as dotted decimal (X.690 8.19). */
export function readOid(cursor: DerCursor, tag: number = TAG.oid): string {
  const { value, end } = readContents(cursor, tag)
  const { bytes } = cursor
  const slot = hashOf(bytes, value, end) % SLOTS
  const known = spelled[slot]
  if (known && isSpelled(known.octets, bytes, value, end)) return known.dotted
  checkArcs(bytes, value, end)
  const dotted = spell(bytes, value, end)
  spelled[slot] = { octets: bytes.slice(value, end), dotted }
  return dotted
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193)
  return hash >>> 0
}

function isSpelled(octets: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (octets.length !== end - start) return false
  for (let index = 0; index < octets.length; index++) if (octets[index] !== bytes[start + index]) return false
  return true
}

/** Reads past an OBJECT IDENTIFIER that will be spelled out later: what this lets through, {@link readOid} reads. */
export function checkOid(cursor: DerCursor): void {
  const { value, end } = readContents(cursor, TAG.oid)
  checkArcs(cursor.bytes, value, end)
}

function readContents(cursor: DerCursor, tag: number): DerElement {
  const element = read(cursor, tag)
  const length = element.end - element.value
  if (length === 0 || length > MAX_OID_OCTETS) throw new DerError(element.value, 'OID is empty or too long')
  return element
}

/** Longest arc, in octets of seven bits: a UUID of 128 bits (X.667), the longest that anybody assigns. Longer ones are quadratic to spell out. */
const MAX_ARC_OCTETS = 19

function checkArcs(bytes: Uint8Array, start: number, end: number): void {
  let isFirst = true
  let length = 0
  for (let index = start; index < end; index++) {
    const octet = bytes[index] ?? 0
    if (isFirst && octet === 0x80) throw new DerError(index, 'OID arc is padded')
    isFirst = octet < 0x80
    length = isFirst ? 0 : length + 1
    if (length === MAX_ARC_OCTETS) throw new DerError(index, 'OID arc is longer than 128 bits')
  }
  if (!isFirst) throw new DerError(end - 1, 'OID ends inside an arc')
}

/** An arc cut to 32 bits makes one OID pass for another (CVE-2025-66030 in node-forge), so long ones are BigInt. */
function spell(bytes: Uint8Array, start: number, end: number): string {
  const arcs: (number | bigint)[] = []
  for (let first = start; first < end; ) {
    let last = first
    while ((bytes[last] ?? 0) >= 0x80) last++
    arcs.push(last - first < MAX_EXACT_OCTETS ? shortArc(bytes, first, last) : longArc(bytes, first, last))
    first = last + 1
  }
  const [joint = 0, ...rest] = arcs
  const root = joint < 40 ? 0 : joint < 80 ? 1 : 2
  const second = typeof joint === 'bigint' ? joint - BigInt(root * 40) : joint - root * 40
  return [root, second, ...rest].join('.')
}

/** Seven octets of seven bits are exact in a double. */
const MAX_EXACT_OCTETS = 7

function shortArc(bytes: Uint8Array, first: number, last: number): number {
  let arc = 0
  for (let index = first; index <= last; index++) arc = arc * 128 + ((bytes[index] ?? 0) & 0x7f)
  return arc
}

function longArc(bytes: Uint8Array, first: number, last: number): bigint {
  let arc = 0n
  for (let index = first; index <= last; index++) arc = (arc << 7n) | BigInt((bytes[index] ?? 0) & 0x7f)
  return arc
}

/** Bytes as a string of one character each: the cheapest map key for bytes that V8 offers (tens of nanoseconds). */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}
