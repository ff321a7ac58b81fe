/**
 * DER encodings as plain bytes, one function per ASN.1 type.
 *
 * asn1js writes the identifier and length octets; everything above it passes `Uint8Array` around, so a test can replace
 * any piece of a certificate by bytes of its own, well formed or not. (A tree of typed nodes would refuse, or silently
 * repair, exactly the encodings a strict reader has to be tested with.)
 */

import { BmpString, ObjectIdentifier, Primitive, UniversalString } from 'asn1js'

const UNIVERSAL = 1
const CONTEXT = 3

type Form = 'primitive' | 'constructed'

function element(tagClass: number, tagNumber: number, form: Form, content: Uint8Array): Uint8Array {
  const block = new Primitive({ idBlock: { tagClass, tagNumber }, valueHex: content.slice() })
  block.idBlock.isConstructed = form === 'constructed'
  return new Uint8Array(block.toBER())
}

/** Joins pieces into one run of bytes. */
export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    joined.set(piece, offset)
    offset += piece.length
  }
  return joined
}

/** Reads hexadecimal digits, spaces allowed, as bytes. */
export function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'))
}

export function sequence(...members: readonly Uint8Array[]): Uint8Array {
  return element(UNIVERSAL, 16, 'constructed', concat(...members))
}

/** A SET with its members in the given order, which for SET OF need not be DER's. */
export function set(...members: readonly Uint8Array[]): Uint8Array {
  return element(UNIVERSAL, 17, 'constructed', concat(...members))
}

/** A SET OF in DER's order: ascending by encoding (X.690 11.6). */
export function setOf(...members: readonly Uint8Array[]): Uint8Array {
  return set(...members.toSorted((a, b) => Buffer.compare(a, b)))
}

/** An INTEGER: a number in its minimal two's complement, or content octets exactly as given. */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  return element(UNIVERSAL, 2, 'primitive', value instanceof Uint8Array ? value : twosComplement(BigInt(value)))
}

/** An unsigned big-endian magnitude as INTEGER: zero octets are trimmed or added so that it is minimal and positive. */
export function unsignedInteger(magnitude: Uint8Array): Uint8Array {
  return integer(BigInt(`0x0${Buffer.from(magnitude).toString('hex')}`))
}

function twosComplement(value: bigint): Uint8Array {
  const octets: number[] = []
  let rest = value
  do {
    octets.unshift(Number(BigInt.asUintN(8, rest)))
    rest >>= 8n
  } while (rest !== 0n && rest !== -1n)
  const negative = value < 0n
  const first = octets[0] ?? 0
  if (negative !== first >= 0x80) octets.unshift(negative ? 0xff : 0)
  return Uint8Array.from(octets)
}

export function boolean(value: boolean): Uint8Array {
  return element(UNIVERSAL, 1, 'primitive', Uint8Array.of(value ? 0xff : 0))
}

/** An ENUMERATED of one octet. */
export function enumerated(value: number): Uint8Array {
  return element(UNIVERSAL, 10, 'primitive', Uint8Array.of(value))
}

export function nullValue(): Uint8Array {
  return element(UNIVERSAL, 5, 'primitive', new Uint8Array())
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  const encoded = new Uint8Array(new ObjectIdentifier({ value: dotted }).toBER())
  if (encoded.length < 3) throw new TypeError(`not a dotted object identifier: ${JSON.stringify(dotted)}`)
  return encoded
}

export function octetString(content: Uint8Array): Uint8Array {
  return element(UNIVERSAL, 4, 'primitive', content)
}

export function bitString(content: Uint8Array, unusedBits = 0): Uint8Array {
  return element(UNIVERSAL, 3, 'primitive', concat(Uint8Array.of(unusedBits), content))
}

/** The content octets of a named bit list: the bits that are set, without trailing zero bits (X.690 11.2.2). */
export function namedBits(positions: readonly number[]): Uint8Array {
  const last = Math.max(-1, ...positions)
  const octets = new Uint8Array(Math.ceil((last + 1) / 8))
  for (const position of positions) octets[position >> 3] = (octets[position >> 3] ?? 0) | (0x80 >> (position & 7))
  return concat(Uint8Array.of(last < 0 ? 0 : 7 - (last & 7)), octets)
}

/** `[number] IMPLICIT` around the content octets of a primitive type. */
export function implicitPrimitive(number: number, content: Uint8Array): Uint8Array {
  return element(CONTEXT, number, 'primitive', content)
}

/** `[number]` around whole encodings: EXPLICIT tagging, or IMPLICIT tagging of a SEQUENCE or SET whose members are given. */
export function explicit(number: number, ...members: readonly Uint8Array[]): Uint8Array {
  return element(CONTEXT, number, 'constructed', concat(...members))
}

/** String types of X.520 attribute values. `teletex` is written as Latin-1, as everybody does. */
export type StringType = 'utf8' | 'printable' | 'ia5' | 'teletex' | 'bmp' | 'universal' | 'numeric' | 'visible'

const ONE_BYTE_STRINGS = { utf8: 12, numeric: 18, printable: 19, teletex: 20, ia5: 22, visible: 26 } as const

/** Text in one of the ASN.1 string types. The characters are not checked against the type's alphabet. */
export function string(text: string, as: StringType): Uint8Array {
  if (as === 'bmp') return new Uint8Array(new BmpString({ value: text }).toBER())
  if (as === 'universal') return new Uint8Array(new UniversalString({ value: text }).toBER())
  return element(UNIVERSAL, ONE_BYTE_STRINGS[as], 'primitive', Buffer.from(text, as === 'teletex' ? 'latin1' : 'utf8'))
}

/** A Time: UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5). Whole seconds; the rest is cut. */
export function time(instant: Date): Uint8Array {
  const year = instant.getUTCFullYear()
  return year >= 1950 && year < 2050 ? utcTime(instant) : generalizedTime(instant)
}

/** A UTCTime whatever the year, which loses the century. */
export function utcTime(instant: Date): Uint8Array {
  return element(UNIVERSAL, 23, 'primitive', Buffer.from(digitsOf(instant).slice(2)))
}

/** A GeneralizedTime whatever the year; before 2050 RFC 5280 forbids it. */
export function generalizedTime(instant: Date): Uint8Array {
  return element(UNIVERSAL, 24, 'primitive', Buffer.from(digitsOf(instant)))
}

function digitsOf(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
}
