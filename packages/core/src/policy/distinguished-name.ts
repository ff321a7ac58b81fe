import { ConfigurationError, shown } from '../configuration-error.ts'
import { encodeHex } from '../encoding/hex.ts'
import { ATTRIBUTE_NAMES, type NameAttribute } from '../x509/name.ts'

/** One attribute as a rule compares it. */
export interface WrittenAttribute {
  readonly oid: string
  readonly value: WrittenValue
}

/** Text, compared whatever its string type; or the DER of the value in hexadecimal, compared octet by octet. */
type WrittenValue = { readonly text: string } | { readonly hex: string }

/** RFC 4512 1.4 `numericoid`, below one of the three roots there are (X.660): no other spelling is an OID of a certificate. */
const OID = /^[0-2](?:\.(?:0|[1-9]\d*))+$/
const OIDS = new Map([...ATTRIBUTE_NAMES].map(([oid, name]) => [name.toLowerCase(), oid]))

/**
 * Reads a distinguished name as RFC 4514 writes it: `CN=alice,OU=Ops,O=Example`, most specific first. Returned in the certificate's
 * order. Values may be escaped as section 2.4 has it, or be `#` and the DER of the value in hexadecimal.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` where it is none, `ERR_CONFIG_EMPTY_RULE` where it is empty.
 */
export function parseDistinguishedName(text: string, option: string): readonly (readonly WrittenAttribute[])[] {
  let rdn: WrittenAttribute[] = []
  const rdns = [rdn]
  let at = 0
  const fail = (problem: string) =>
    new ConfigurationError(
      'ERR_CONFIG_VALUE',
      option,
      `${shown(text)}: ${problem}`,
      'Write it as RFC 4514: CN=alice,O=Example.',
    )
  if (typeof text !== 'string') {
    throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(text)}`, 'Give a name as a string.')
  }
  if (text.trim() === '') throw new ConfigurationError('ERR_CONFIG_EMPTY_RULE', option, 'is empty', 'Give a name.')
  while (at <= text.length) {
    const equals = text.indexOf('=', at)
    if (equals === -1) throw fail(`no attribute at character ${at}`)
    const type = text.slice(at, equals).trim()
    const oid = OID.test(type) ? type : OIDS.get(type.toLowerCase())
    if (oid === undefined) throw fail(`${shown(type)} is no attribute type that is known; write its OID`)
    const value = readValue(text, equals + 1)
    if (value === undefined) throw fail(`the value at character ${equals + 1} is broken`)
    rdn.push({ oid, value: value.written })
    if (text[value.end] === ',') {
      rdn = []
      rdns.push(rdn)
    }
    at = value.end + 1
  }
  return rdns.reverse()
}

// RFC 4514 section 3: `\` before a special or before two hexadecimal digits; specials do not stand alone.
const VALUE = /(?:\\(?:[0-9A-Fa-f]{2}|[ "#+,;<=>\\])|[^\\",+;<>])*/y
/** White space around a value does not belong to it unless escaped. */
const TRIMMED = /^ *((?:\\.|[^\\])*?) *$/su
const HEX = /^#((?:[0-9A-Fa-f]{2})+)$/
const ESCAPES = /((?:\\[0-9A-Fa-f]{2})+)|\\./gu
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads up to the next separator. */
function readValue(text: string, start: number): { written: WrittenValue; end: number } | undefined {
  VALUE.lastIndex = start
  VALUE.test(text) // Always: of nothing, at least. It leaves off where the value ends.
  const end = VALUE.lastIndex
  if (end < text.length && text[end] !== ',' && text[end] !== '+') return undefined
  const trimmed = text.slice(start, end).replace(TRIMMED, '$1')
  if (trimmed.startsWith('#')) {
    const hex = HEX.exec(trimmed)?.[1]
    return hex === undefined ? undefined : { written: { hex: hex.toLowerCase() }, end }
  }
  try {
    return { written: { text: trimmed.replace(ESCAPES, plain) }, end }
  } catch {
    return undefined // Escaped octets that are no UTF-8.
  }
}

const plain = (escaped: string, octets: string | undefined): string =>
  octets === undefined ? escaped.slice(1) : utf8.decode(Buffer.from(octets.replaceAll('\\', ''), 'hex'))

/** Whether a certificate's name is the written one: the same RDNs in the same order, each with the same set of types and values. */
export function isWrittenName(
  name: readonly (readonly NameAttribute[])[],
  written: readonly (readonly WrittenAttribute[])[],
): boolean {
  return (
    name.length === written.length &&
    name.every((rdn, index) => {
      const wanted = written[index] ?? []
      return (
        rdn.length === wanted.length &&
        wanted.every((attribute) => rdn.some((each) => isWrittenAttribute(each, attribute))) &&
        rdn.every((each) => wanted.some((attribute) => isWrittenAttribute(each, attribute)))
      )
    })
  )
}

const isWrittenAttribute = ({ oid, value, der }: NameAttribute, written: WrittenAttribute): boolean =>
  oid === written.oid && ('text' in written.value ? value === written.value.text : encodeHex(der) === written.value.hex)
