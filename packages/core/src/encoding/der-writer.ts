/**
 * A writer for DER, for the little that this library writes: what a responder is asked.
 *
 * Why our own: measured on Node 20.20, a request takes 17 us here and 740 with pkijs, loading asn1js and pkijs takes 80 ms, and with what they depend on they
 * are 2.4 MB in five packages, in a library that depends on none. That the octets are those that pkijs writes is tested.
 */
import { TAG } from './der.ts'

/** Writes one element around its contents, which are whole encodings where it is constructed. */
export function encodeElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, { length }) => sum + length, 0)
  return Buffer.concat([encodeHeader(tag, length), ...contents])
}

/** Lengths are minimal (X.690 10.1). */
function encodeHeader(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length)
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Uint8Array.of(tag, 0x80 | octets.length, ...octets)
}

/** Writes an OBJECT IDENTIFIER from its dotted form, of which no arc has more than 31 bits (X.690 8.19). */
export function encodeOid(dotted: string): Uint8Array {
  const [root = 0, second = 0, ...arcs] = dotted.split('.').map(Number)
  return encodeElement(TAG.oid, Uint8Array.from([root * 40 + second, ...arcs].flatMap(encodeArc)))
}

function encodeArc(arc: number): number[] {
  const octets = [arc & 0x7f]
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) octets.unshift(0x80 | (rest & 0x7f))
  return octets
}
