import { ConfigurationError, shown } from '../configuration-error.ts'
import { ATTRIBUTE_NAMES, type NameAttribute } from '../x509/name.ts'

/** One attribute as a rule compares it. */
export interface WrittenAttribute {
  readonly oid: string
  readonly value: string
}

const OIDS = new Map([...ATTRIBUTE_NAMES].map(([oid, name]) => [name.toLowerCase(), oid]))

/**
 * Reads a distinguished name as RFC 4514 writes it: `CN=alice,OU=Ops,O=Example`, most specific first. Returned in the certificate's
 * order. Values may be escaped as section 2.4 has it; `#` values are not read.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` where it is none, `ERR_CONFIG_EMPTY_RULE` where it is empty.
 */
export function parseDistinguishedName(text: string, option: string): readonly (readonly WrittenAttribute[])[] {
  const rdns: WrittenAttribute[][] = [[]]
  let at = 0
  const fail = (problem: string) =>
    new ConfigurationError(
      'ERR_CONFIG_VALUE',
      option,
      `${shown(text)}: ${problem}`,
      'Write it as RFC 4514: CN=alice,O=Example.',
    )
  if (text.trim() === '') throw new ConfigurationError('ERR_CONFIG_EMPTY_RULE', option, 'is empty', 'Give a name.')
  while (at <= text.length) {
    const equals = text.indexOf('=', at)
    if (equals === -1) throw fail(`no attribute at character ${at}`)
    const type = text.slice(at, equals).trim()
    const oid = /^\d+(\.\d+)+$/.test(type) ? type : OIDS.get(type.toLowerCase())
    if (oid === undefined) throw fail(`${shown(type)} is no attribute type that is known; write its OID`)
    const value = readValue(text, equals + 1)
    if (value === undefined) throw fail(`the value at character ${equals + 1} is broken`)
    rdns.at(-1)?.push({ oid, value: value.text })
    if (text[value.end] === ',') rdns.push([])
    at = value.end + 1
  }
  return rdns.reverse()
}

// RFC 4514 section 3: `\` before a special or before two hexadecimal digits; specials do not stand alone.
const VALUE = /(?:\\(?:[0-9A-Fa-f]{2}|[ "#+,;<=>\\])|[^\\",+;<>])*/y
const ESCAPES = /((?:\\[0-9A-Fa-f]{2})+)|\\(.)/gu

/** Reads up to the next separator; white space around a value does not belong to it unless escaped. */
function readValue(text: string, start: number): { text: string; end: number } | undefined {
  VALUE.lastIndex = start
  const raw = VALUE.exec(text)?.[0] ?? ''
  const end = start + raw.length
  if (end < text.length && text[end] !== ',' && text[end] !== '+') return undefined
  const value = raw
    .replace(/^ +/, '')
    .replace(/(?<!\\) +$/, '')
    .replace(ESCAPES, (_, octets: string | undefined, special: string | undefined) =>
      octets === undefined ? (special ?? '') : Buffer.from(octets.replaceAll('\\', ''), 'hex').toString('utf8'),
    )
  return { text: value, end }
}

/** Whether a certificate's name is the written one: the same RDNs in the same order, each with the same set of types and values. */
export function isWrittenName(
  name: readonly (readonly NameAttribute[])[],
  written: readonly (readonly WrittenAttribute[])[],
): boolean {
  return (
    name.length === written.length &&
    name.every((rdn, index) => {
      const wanted = written[index] ?? []
      const isThere = ({ oid, value }: WrittenAttribute) => rdn.some((each) => each.oid === oid && each.value === value)
      return rdn.length === wanted.length && wanted.every(isThere)
    })
  )
}
