/**
 * Comparing names (RFC 5280 7.1, RFC 4518): without regard to case, surplus white space and string type, attribute by attribute; an RDN of several
 * attributes is a set. Values that are no strings are compared by their octets.
 *
 * A name becomes a key, so that comparing is comparing strings and an index can hold it. The keys are kept by the octets they were made
 * of, since a store sees the same few issuers again and again; bounded, since the octets are the peer's choice.
 */
import { encodeHex } from '../encoding/hex.ts'
import { latin1 } from '../encoding/oid.ts'
import { type Name, type NameAttribute, nameAttributes } from './name.ts'

const keys = new Map<string, readonly string[]>()
const MAX_KEYS = 1_000
/** Longer names are not kept, so that the table stays under a megabyte. */
const MAX_KEPT_OCTETS = 512

/** One key for each RDN, in the order of the certificate; directoryName constraints compare a prefix of them. */
export function rdnKeys(name: Name): readonly string[] {
  if (name.der.length > MAX_KEPT_OCTETS) return makeKeys(name)
  const octets = latin1(name.der)
  const known = keys.get(octets)
  if (known) return known
  const made = makeKeys(name)
  if (keys.size === MAX_KEYS) keys.clear()
  keys.set(octets, made)
  return made
}

/** The key under which a name is indexed and compared: two names are equal where their keys are. */
export const nameKey = (name: Name): string => rdnKeys(name).join('\u0000')

/** Whether two names are equal (RFC 5280 7.1). */
export const isSameName = (a: Name, b: Name): boolean => Buffer.compare(a.der, b.der) === 0 || nameKey(a) === nameKey(b)

const makeKeys = (name: Name): readonly string[] =>
  nameAttributes(name).map((rdn) => rdn.map(attributeKey).sort().join('\u0001'))

const attributeKey = ({ oid, value, der }: NameAttribute): string =>
  value === null ? `${oid}#${encodeHex(der)}` : `${oid}=${prepare(value)}`

/**
 * RFC 4518 in the order of its steps: control and zero-width characters go, white space becomes a space, compatibility forms and case are
 * folded, outer and repeated spaces go. U+0000 and U+0001 are controls, so they can separate keys.
 */
export function prepare(text: string): string {
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)) return text.toLowerCase()
  return text
    .replace(/[\t\n\v\f\r\u0085]/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\ufffc]|\p{Variation_Selector}|\u034f/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[\s\p{Z}]+/gu, ' ')
    .trim()
}
