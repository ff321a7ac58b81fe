import {
  checkElement,
  cursorOver,
  type DerCursor,
  type DerElement,
  DerError,
  enter,
  isAtEnd,
  read,
  readAny,
  TAG,
  within,
} from '../encoding/der.ts'
import { escapeHostile } from '../encoding/escape.ts'
import { encodeHex } from '../encoding/hex.ts'
import { checkOid, readOid } from '../encoding/oid.ts'
import { decodeDirectoryString, isFormOfString } from './directory-string.ts'

/** A distinguished name (RFC 5280 4.1.2.4), kept as its DER; {@link nameAttributes} spells it out. */
export interface Name {
  readonly der: Uint8Array
  readonly isEmpty: boolean
  /** How many of its SETs are not in DER's order; some private CAs write them so (counted as a leniency). */
  readonly unsorted: number
}

/** One attribute; `value` is null where the type is no string that RFC 5280 4.1.2.4 knows, or one of ASCII whose octets are not. */
export interface NameAttribute {
  readonly oid: string
  readonly value: string | null
  readonly der: Uint8Array
}

/**
 * Most attributes of one name that are read. Real names have under twenty; 5,000 fit into a certificate, and spelling them out takes
 * 8 ms, 28 the first time (Node 20), which is more than one refused client may cost.
 */
export const MAX_ATTRIBUTES = 100

/**
 * Longest name that is read, in octets. Every attribute of RFC 5280 appendix A.1 at its upper bound makes about 1,500; preparing names of 30 kB for
 * comparison took 100 ms each.
 */
export const MAX_NAME_OCTETS = 2_048

/** Reads a name: checks its whole structure, so that {@link nameAttributes} cannot fail later, and keeps no text. */
export function readName(cursor: DerCursor): Name {
  const start = cursor.position
  const rdns = enter(cursor, TAG.sequence)
  if (cursor.position - start > MAX_NAME_OCTETS)
    throw new DerError(start, `name of more than ${MAX_NAME_OCTETS} octets`)
  const isEmpty = isAtEnd(rdns)
  let [attributes, unsorted] = [0, 0]
  while (!isAtEnd(rdns)) {
    const set = enter(rdns, TAG.set)
    if (isAtEnd(set)) throw new DerError(set.position, 'relative distinguished name without attributes')
    let previous: DerElement | undefined
    while (!isAtEnd(set)) {
      if (++attributes > MAX_ATTRIBUTES) throw new DerError(set.position, `more than ${MAX_ATTRIBUTES} attributes`)
      const element = checkAttribute(set)
      if (previous && isUnsorted(set.bytes, previous, element)) unsorted++
      previous = element
    }
  }
  return { der: cursor.bytes.subarray(start, cursor.position), isEmpty, unsorted }
}

function checkAttribute(set: DerCursor): DerElement {
  const element = read(set, TAG.sequence)
  const attribute = within(set.bytes, element)
  checkOid(attribute)
  checkValue(attribute)
  if (!isAtEnd(attribute)) throw new DerError(attribute.position, 'attribute with more than a type and a value')
  return element
}

/** Lenient: X.690 11.6 sorts a SET; several private CAs do not, and the order carries no meaning. */
const isUnsorted = (bytes: Uint8Array, a: DerElement, b: DerElement): boolean =>
  Buffer.compare(bytes.subarray(a.start, a.end), bytes.subarray(b.start, b.end)) > 0

/**
 * The value of an attribute is of any type, so what can be demanded is DER: a type of its own, strings in one piece and text of their type. openssl
 * refuses the others as well, so that no two readers of a chain come to read two names.
 */
function checkValue(attribute: DerCursor): void {
  const { bytes } = attribute
  const { tag, start, value, end } = readAny(attribute)
  if (tag === TAG.sequence || tag === TAG.set) checkElement(cursorOver(bytes, start, end))
  else if ((tag & 0xe0) !== 0) throw new DerError(start, `tag 0x${tag.toString(16)} is no type of an attribute's value`)
  else if (!isFormOfString(tag, bytes.subarray(value, end))) throw new DerError(value, 'no text of its string type')
}

/** Spells a name out: RDNs in the order of the certificate, each with its attributes. */
export function nameAttributes(name: Name): readonly (readonly NameAttribute[])[] {
  const rdns = enter(cursorOver(name.der), TAG.sequence)
  const spelled: NameAttribute[][] = []
  while (!isAtEnd(rdns)) {
    const set = enter(rdns, TAG.set)
    const attributes: NameAttribute[] = []
    while (!isAtEnd(set)) {
      const attribute = enter(set, TAG.sequence)
      const oid = readOid(attribute)
      const element = readAny(attribute)
      const octets = attribute.bytes.subarray(element.value, element.end)
      attributes.push({
        oid,
        value: decodeDirectoryString(element.tag, octets),
        der: attribute.bytes.subarray(element.start, element.end),
      })
    }
    spelled.push(attributes)
  }
  return spelled
}

/** Attribute types that RFC 4514 section 3 and RFC 4519 name; others are written as their OID. */
export const ATTRIBUTE_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.42', 'GN'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
])

/**
 * Writes a name as RFC 4514 does, most specific RDN first. Exact: two names that differ in type or value differ here too,
 * but for string types. Characters that RFC 4514 2.4 escapes are escaped; a value that is no string is `#` and its DER.
 * Departs from 2.4 for types without a name: their values are text too where they are strings, for whoever reads it.
 *
 * The result may hold any other character that the certificate holds; use {@link showName} for logs.
 */
export const nameToString = (name: Name): string => attributesToString(nameAttributes(name))

/** {@link nameToString} of a name that is spelled out already. */
export function attributesToString(rdns: readonly (readonly NameAttribute[])[]): string {
  let text = ''
  for (const rdn of rdns) {
    const written = rdn.length === 1 && rdn[0] ? attributeText(rdn[0]) : rdn.map(attributeText).join('+')
    text = text === '' ? written : `${written},${text}`
  }
  return text
}

const attributeText = ({ oid, value, der }: NameAttribute): string =>
  `${ATTRIBUTE_NAMES.get(oid) ?? oid}=${value === null ? `#${encodeHex(der)}` : escapeSpecials(value)}`

const SPECIALS = /^[ #]|[ ]$|[",+;<=>\\]/g

const escapeSpecials = (value: string): string => value.replace(SPECIALS, '\\$&').replaceAll('\0', '\\00')

/** {@link nameToString} for people and logs: escaped and capped. */
export const showName = (name: Name): string => (name.isEmpty ? '(empty name)' : escapeHostile(nameToString(name)))
