import { type DerCursor, DerError, read, TAG } from './der.ts'

/** Longest OID that is read, in octets. The longest in use (Microsoft's template ids) have about 30. */
const MAX_OID_OCTETS = 64

/** OIDs already spelled out, by their content octets; bounded, since the octets are the peer's choice. */
const spelled = new Map<string, string>()
const MAX_SPELLED = 256

/** Reads an OBJECT IDENTIFIER as dotted decimal (X.690 8.19). */
export function readOid(cursor: DerCursor, tag: number = TAG.oid): string {
  const { value, end } = read(cursor, tag)
  if (end === value || end - value > MAX_OID_OCTETS) throw new DerError(value, 'OID is empty or too long')
  const key = latin1(cursor.bytes, value, end)
  const known = spelled.get(key)
  if (known !== undefined) return known
  const dotted = spell(cursor.bytes, value, end)
  if (spelled.size === MAX_SPELLED) spelled.clear()
  spelled.set(key, dotted)
  return dotted
}

/** Arcs are BigInt: an arc cut to 32 bits makes one OID pass for another (CVE-2025-66030 in node-forge). */
function spell(bytes: Uint8Array, start: number, end: number): string {
  const arcs: bigint[] = []
  let arc = 0n
  let fresh = true
  for (let index = start; index < end; index++) {
    const octet = bytes[index] ?? 0
    if (fresh && octet === 0x80) throw new DerError(index, 'OID arc is padded')
    arc = (arc << 7n) | BigInt(octet & 0x7f)
    fresh = octet < 0x80
    if (fresh) {
      arcs.push(arc)
      arc = 0n
    }
  }
  if (!fresh) throw new DerError(end - 1, 'OID ends inside an arc')
  const [joint = 0n, ...rest] = arcs
  const first = joint < 40n ? 0n : joint < 80n ? 1n : 2n
  return [first, joint - first * 40n, ...rest].join('.')
}

/** Bytes as a string of one character each: the cheapest map key for bytes that V8 offers (tens of nanoseconds). */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}
