/**
 * Distinguished names as OpenSSL prints them with `-nameopt RFC2253`, which is what nginx forwards in
 * `$ssl_client_s_dn` and `$ssl_client_i_dn`.
 *
 * Reversed order, short names, `,` between RDNs and `+` within; special characters behind a backslash, every octet of
 * UTF-8 outside printable ASCII as `\HH`; an unknown attribute type or value as `#` and the DER in hexadecimal.
 */

import { type BaseBlock, type BaseStringBlock, Constructed, fromBER, ObjectIdentifier } from 'asn1js'
import { ATTRIBUTE_TYPES } from '../object-identifiers.ts'

const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(ATTRIBUTE_TYPES).map(([name, oid]) => [oid, name]),
)

/** Universal tags of the string types: UTF8, Numeric, Printable, Teletex, IA5, Visible, Universal, BMP. */
const STRING_TAGS: readonly number[] = [12, 18, 19, 20, 22, 26, 28, 30]

/** The names in a certificate, as text. */
export function namesOf(certificate: Uint8Array): Readonly<{ subject: string; issuer: string }> {
  const [tbs] = membersOf(fromBER(certificate).result)
  const fields = tbs === undefined ? [] : membersOf(tbs)
  // version, if it is there, is the one field of context class before the names.
  const [, , issuer, , subject] = fields[0]?.idBlock.tagClass === 3 ? fields.slice(1) : fields
  if (issuer === undefined || subject === undefined)
    throw new TypeError('not a certificate: a proxy would not forward it')
  return { subject: textOf(subject), issuer: textOf(issuer) }
}

function textOf(name: BaseBlock): string {
  const rdns = membersOf(name).map((rdn) => membersOf(rdn).map(attributeText).reverse().join('+'))
  return rdns.reverse().join(',')
}

function attributeText(attribute: BaseBlock): string {
  const [type, value] = membersOf(attribute)
  if (!(type instanceof ObjectIdentifier) || value === undefined) throw new TypeError('not an attribute')
  const dotted = type.valueBlock.toString()
  const shortName = SHORT_NAMES.get(dotted)
  return `${shortName ?? dotted}=${shortName !== undefined && isString(value) ? escaped(value.getValue()) : hexOf(value)}`
}

function isString(value: BaseBlock): value is BaseStringBlock {
  return value.idBlock.tagClass === 1 && STRING_TAGS.includes(value.idBlock.tagNumber)
}

function hexOf(value: BaseBlock): string {
  return `#${Buffer.from(value.toBER()).toString('hex').toUpperCase()}`
}

function escaped(text: string): string {
  const octets = [...Buffer.from(text, 'utf8')]
  return octets
    .map((octet, index) => {
      const character = String.fromCharCode(octet)
      const atEnd = index === octets.length - 1
      // A value that is `#` alone is not escaped by OpenSSL.
      const atEdge = (index === 0 && !atEnd && /[ #]/.test(character)) || (atEnd && character === ' ')
      if (atEdge || /[,+"\\<>;]/.test(character)) return `\\${character}`
      if (octet >= 0x20 && octet < 0x7f) return character
      return `\\${octet.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

function membersOf(block: BaseBlock): BaseBlock[] {
  return block instanceof Constructed ? block.valueBlock.value : []
}
