import { isUtf8 } from 'node:buffer'
import { TAG } from '../encoding/der.ts'
import { latin1 } from '../encoding/oid.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true })

/**
 * Decodes the string types that names may have (RFC 5280 4.1.2.4, X.520): null for any other type and for octets that the
 * type does not allow.
 *
 * Lenient: TeletexString is read as Latin-1, as OpenSSL and every browser do; T.61 proper is extinct.
 */
export function decodeDirectoryString(tag: number, octets: Uint8Array): string | null {
  switch (tag) {
    case TAG.utf8String:
      return decodeWith(utf8, octets)
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.numericString:
    case TAG.visibleString:
      return decodeAscii(octets)
    case TAG.teletexString:
      return latin1(octets)
    case TAG.bmpString:
      return octets.length % 2 === 0 ? decodeWith(utf16, octets) : null
    case TAG.universalString:
      return decodeUniversal(octets)
    default:
      return null
  }
}

/**
 * Whether octets have the form of their string type, for the types whose octets have one: UTF-8, UTF-16, UTF-32. The others have an octet for each
 * character, and which characters is a rule that too many issuers break (Latin-1 in PrintableString).
 */
export function isFormOfString(tag: number, octets: Uint8Array): boolean {
  if (tag === TAG.utf8String) return isAscii(octets) || isUtf8(octets)
  return (tag !== TAG.bmpString && tag !== TAG.universalString) || decodeDirectoryString(tag, octets) !== null
}

/** Decodes 7-bit text (IA5String and its subsets), or null where an octet has the eighth bit set. */
export function decodeAscii(octets: Uint8Array): string | null {
  return isAscii(octets) ? latin1(octets) : null
}

/** A loop, since names are short: calling into the runtime takes longer than looking at twenty octets. */
function isAscii(octets: Uint8Array): boolean {
  for (let index = 0; index < octets.length; index++) if ((octets[index] ?? 0) > 0x7f) return false
  return true
}

function decodeWith(decoder: InstanceType<typeof TextDecoder>, octets: Uint8Array): string | null {
  try {
    return decoder.decode(octets)
  } catch {
    return null // Not of its type; the caller shows the octets instead of a guess.
  }
}

function decodeUniversal(octets: Uint8Array): string | null {
  if (octets.length % 4 !== 0) return null
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  let text = ''
  for (let at = 0; at < octets.length; at += 4) {
    const point = view.getUint32(at)
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null
    text += String.fromCodePoint(point)
  }
  return text
}
