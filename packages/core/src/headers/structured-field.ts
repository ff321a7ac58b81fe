/**
 * Structured Fields (RFC 9651, before it RFC 8941), as far as certificates need them: a Byte Sequence, and a List of Byte Sequences.
 *
 * Two departures, both towards fewer texts for one certificate. Base64 is canonical: section 4.2.7 asks parsers to bear with missing padding where their
 * decoder cannot refuse it; ours can, 4.1.8 has every writer pad, and none was seen that does not (client-certificate-auth #240). And parameters are
 * refused: RFC 9440 defines none, so none says anything about a certificate.
 */
import { decodeBase64 } from '../encoding/base64.ts'
import { encodingFailure } from '../encoding/failures.ts'
import { ok, type Refused, type Result, refused } from '../result.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'
import {
  checkLength,
  type HeaderTextFailure,
  MAX_CERTIFICATE_CHARACTERS,
  MAX_CHAIN_CHARACTERS,
  MAX_CHAIN_ENTRIES,
} from './header-format.ts'

/** Whose field it is, for messages. */
export interface FieldName {
  readonly proxy: string
  readonly header: string
}

/** States that a header is not of its grammar. @param offset - In characters. */
export const syntaxFailure = ({ proxy, header }: FieldName, offset: number, reason: string): Refused<HeadersFailure> =>
  refused(headersFailure('ERR_HEADERS_SYNTAX', { proxy, what: header, offset, reason }))

/**
 * Decodes an Item that is a Byte Sequence (RFC 9651 4.2 and 4.2.7): `:base64:`, with spaces around it at most.
 *
 * @param text - Untrusted. Its length is checked first.
 */
export function decodeByteSequence(text: string, field: FieldName): Result<Uint8Array, HeaderTextFailure> {
  const tooLong = checkLength(text, MAX_CERTIFICATE_CHARACTERS)
  if (tooLong) return tooLong
  const item = sequenceAt(text, skip(text, 0, ' '), field)
  if (!item.ok) return item
  const end = skip(text, item.value.end, ' ')
  return end === text.length ? ok(item.value.octets) : syntaxFailure(field, end, 'something behind the Byte Sequence')
}

/**
 * Decodes a List of Byte Sequences (RFC 9651 4.2.1), which may come in several lines; no line or an empty one is an empty List. Nothing may be missing
 * between commas, before the first or behind the last.
 *
 * @param lines - Values of the header's lines in their order. Untrusted. Their length is checked first.
 */
export function decodeByteSequences(
  lines: readonly string[],
  field: FieldName,
): Result<readonly Uint8Array[], HeaderTextFailure> {
  const text = joinLines(lines)
  const tooLong = checkLength(text, MAX_CHAIN_CHARACTERS)
  if (tooLong) return tooLong
  const list: Uint8Array[] = []
  let at = skip(text, 0, ' ')
  while (at < text.length || list.length > 0) {
    if (list.length === MAX_CHAIN_ENTRIES) {
      const limit = MAX_CHAIN_ENTRIES
      return refused(encodingFailure('ERR_ENCODING_TOO_LARGE', { limit, present: limit + 1, unit: 'certificates' }))
    }
    const item = sequenceAt(text, at, field)
    if (!item.ok) return item
    list.push(item.value.octets)
    at = skip(text, item.value.end, ' \t')
    if (at === text.length) break
    if (text[at] !== ',') return syntaxFailure(field, at, 'something behind a Byte Sequence that is no comma')
    at = skip(text, at + 1, ' \t')
  }
  return ok(list)
}

/** The lines of a list as the one value that they are (RFC 9110 5.2). */
export const joinLines = (lines: readonly string[]): string => lines.join(', ')

export const encodeByteSequence = (octets: Uint8Array): string =>
  `:${Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64')}:`

export const encodeByteSequences = (list: readonly Uint8Array[]): string => joinLines(list.map(encodeByteSequence))

function sequenceAt(
  text: string,
  at: number,
  field: FieldName,
): Result<{ readonly octets: Uint8Array; readonly end: number }, HeaderTextFailure> {
  if (text[at] !== ':') return syntaxFailure(field, at, 'no colon where a Byte Sequence begins')
  const close = text.indexOf(':', at + 1)
  if (close === -1) return syntaxFailure(field, text.length, 'no colon where a Byte Sequence ends')
  const octets = decodeBase64(text.slice(at + 1, close))
  return octets.ok ? ok({ octets: octets.value, end: close + 1 }) : octets
}

function skip(text: string, from: number, characters: string): number {
  let at = from
  while (at < text.length && characters.includes(text[at] ?? '')) at++
  return at
}
