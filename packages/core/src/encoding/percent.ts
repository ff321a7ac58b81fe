import { ok, type Result, refused } from '../result.ts'
import { type EncodingFailure, encodingFailure } from './failures.ts'

const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/
const NOT_ASCII = /[^\x20-\x7e]|%[89A-Fa-f]/

/**
 * Decodes percent-encoding (RFC 3986 section 2.1) whose result is ASCII, which is all that PEM can be.
 *
 * `+` stays `+`: it is base64, never a space (AWS ALB and Apache leave it raw). `decodeURIComponent` is the fastest decoder
 * measured (2.7 us for a certificate; a table took longer) but throws for what is not UTF-8, hence the check before it.
 *
 * @param text - Untrusted. The caller bounds its length.
 */
export function decodePercent(text: string): Result<string, EncodingFailure> {
  const lone = text.search(BAD_ESCAPE)
  if (lone !== -1) {
    return refused(
      encodingFailure('ERR_ENCODING_PERCENT', { offset: lone, reason: '% without two hexadecimal digits' }),
    )
  }
  const foreign = text.search(NOT_ASCII)
  if (foreign !== -1) return refused(encodingFailure('ERR_ENCODING_PERCENT', { offset: foreign, reason: 'not ASCII' }))
  return ok(decodeURIComponent(text))
}

const RESERVED = /[^A-Za-z0-9\-._~]/g

/**
 * Encodes ASCII as nginx's `NGX_ESCAPE_URI_COMPONENT` does: everything but `A-Za-z0-9-._~`, upper-case hexadecimal.
 *
 * @param text - ASCII; PEM in practice.
 */
export function encodePercent(text: string): string {
  return text.replace(
    RESERVED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
