import { TAG } from '../encoding/der.ts'
import { encodeHex } from '../encoding/hex.ts'
import { latin1 } from '../encoding/oid.ts'
import { decodeDirectoryString } from './directory-string.ts'
import { type Name, type NameAttribute, nameAttributes } from './name.ts'
import { OPENSSL_SHORT_NAMES } from './openssl-short-names.ts'

/**
 * Writes a name as OpenSSL does with `-nameopt RFC2253`, which is what nginx forwards in `$ssl_client_s_dn`: the last RDN first and the last attribute of
 * each first, short names, special characters behind a backslash, every octet of UTF-8 that is no printable ASCII as `\HH`; a value of a type without a
 * name, and one that is no string, as `#` and its DER.
 *
 * The result is printable ASCII whatever the certificate holds, so that it may stand in a header. For people and rules there is `nameToString`.
 */
export const opensslName = (name: Name): string =>
  nameAttributes(name)
    .map((rdn) => rdn.map(attributeText).reverse().join('+'))
    .reverse()
    .join(',')

function attributeText({ oid, der }: NameAttribute): string {
  const name = OPENSSL_SHORT_NAMES.get(oid)
  const octets = name === undefined ? null : utf8Of(der)
  return `${name ?? oid}=${octets === null ? `#${encodeHex(der).toUpperCase()}` : escapeOctets(octets)}`
}

/** Types that OpenSSL takes for one octet of Latin-1 per character, whatever RFC 5280 allows in them. */
const LATIN1_TAGS: ReadonlySet<number> = new Set([
  TAG.numericString,
  TAG.printableString,
  TAG.teletexString,
  TAG.ia5String,
  TAG.visibleString,
  TAG.utcTime,
  TAG.generalizedTime,
])

/** The text in UTF-8; null where the value is no string. */
function utf8Of(der: Uint8Array): Uint8Array | null {
  const tag = der[0] ?? 0
  // The value was read as DER before: one octet of tag, then its length in one, two or three.
  const length = der[1] ?? 0
  const octets = der.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f))
  if (tag === TAG.utf8String) return octets
  const text = LATIN1_TAGS.has(tag) ? latin1(octets) : decodeDirectoryString(tag, octets)
  return text === null ? null : Buffer.from(text, 'utf8')
}

/**
 * RFC 2253 2.4 and, as OpenSSL's ESC_CTRL and ESC_MSB, whatever is no printable ASCII. A `#` that is the whole value stands bare: OpenSSL 3.0 asks of the
 * only character whether it is the last, and no longer whether it is the first.
 */
function escapeOctets(octets: Uint8Array): string {
  const last = octets.length - 1
  let text = ''
  for (const [index, octet] of octets.entries()) {
    const character = String.fromCharCode(octet)
    const isEdge = character === ' ' ? index === 0 || index === last : character === '#' && index === 0 && last > 0
    if (isEdge || ',+"\\<>;'.includes(character)) text += `\\${character}`
    else if (octet >= 0x20 && octet < 0x7f) text += character
    else text += `\\${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}
