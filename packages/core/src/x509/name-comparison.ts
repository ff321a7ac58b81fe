/**
 * Comparing names (RFC 5280 7.1, RFC 4518): without regard to case, surplus white space and string type, attribute by attribute; an RDN of several
 * attributes is a set. Values that are no strings are compared by their octets.
 *
 * A name becomes a key, so that comparing is comparing strings and an index can hold it. The keys are also kept by the octets they were made of,
 * since a store sees the same few issuers again and again; bounded, since the octets are the peer's choice.
 */
import { encodeHex } from '../encoding/hex.ts'
import { latin1 } from '../encoding/oid.ts'
import { type Name, type NameAttribute, nameAttributes } from './name.ts'

interface Keys {
  readonly rdns: readonly string[]
  readonly whole: string
}

const MAX_KEPT = 1_000
/** Longer names are not in the table, so that it stays under a megabyte. */
const MAX_KEPT_OCTETS = 512

/** Keeps what is made of names, by their octets. */
export function byOctets<Made extends object | string>(make: (name: Name) => Made): (name: Name) => Made {
  const kept = new Map<string, Made>()
  return (name) => {
    if (name.der.length > MAX_KEPT_OCTETS) return make(name)
    const octets = latin1(name.der)
    const known = kept.get(octets)
    if (known !== undefined) return known
    const made = make(name)
    if (kept.size === MAX_KEPT) kept.clear()
    kept.set(octets, made)
    return made
  }
}

/** Each name that was read is prepared once: a search compares it many times, and how long it takes is the peer's choice. */
const prepared = new WeakMap<Name, Keys>()

/** The table comes first, since a name of every certificate is that of an issuer, and putting an object into a weak map takes a microsecond. */
const keysOf = byOctets((name) => {
  const own = prepared.get(name)
  if (own) return own
  const keys = makeKeys(name)
  prepared.set(name, keys)
  return keys
})

/** One key for each RDN, in the order of the certificate; directoryName constraints compare a prefix of them. */
export const rdnKeys = (name: Name): readonly string[] => keysOf(name).rdns

/** The key under which a name is indexed and compared: two names are equal where their keys are. */
export const nameKey = (name: Name): string => keysOf(name).whole

/** Whether two names are equal (RFC 5280 7.1). */
export const isSameName = (a: Name, b: Name): boolean => Buffer.compare(a.der, b.der) === 0 || nameKey(a) === nameKey(b)

function makeKeys(name: Name): Keys {
  const rdns = nameAttributes(name).map((rdn) => rdn.map(attributeKey).sort().join('\u0001'))
  return { rdns, whole: rdns.join('\u0000') }
}

function attributeKey({ oid, value, der }: NameAttribute): string {
  const text = value === null ? null : prepare(value)
  return text === null ? `${oid}#${encodeHex(der)}` : `${oid}=${text}`
}

/** UAX #15 section 13: text has no more marks than these on one letter. Ordering them takes the square of their number: 300 ms for 20,000. */
const TOO_MANY_MARKS = /[\p{M}\uff9e\uff9f]{31}/u

/** A compatibility form stands for up to 18 characters (U+FDFA), a text for little more than itself. */
const isBlownUp = (form: string, text: string): boolean => form.length > 64 + 2 * text.length

/**
 * RFC 4518 in the order of its steps: control and zero-width characters go, white space becomes a space, compatibility forms and case are
 * folded, outer and repeated spaces go. U+0000 and U+0001 are controls, so they can separate keys.
 *
 * @returns Null for what is no text but made to take time; it is equal to nothing but itself.
 */
export function prepare(value: string): string | null {
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)) return value.toLowerCase()
  const text = value
    .replace(/[\t\n\v\f\r\u0085]/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\ufffc]|\p{Variation_Selector}|\u034f/gu, '')
  if (TOO_MANY_MARKS.test(text)) return null
  const form = text.normalize('NFKC')
  if (isBlownUp(form, text)) return null
  return form
    .toLowerCase()
    .replace(/\p{Changes_When_Casefolded}/gu, fold)
    .normalize('NFKC')
    .replace(/[\s\p{Z}]+/gu, ' ')
    .trim()
}

/** Folds what lower case leaves (RFC 3454 B.2), by way of the capitals: it has two kinds of sigma, and a sharp s beside SS. */
const fold = (letter: string): string => letter.toUpperCase().toLowerCase()
