import { ok, type Result, refused } from '../result.ts'
import { type EncodingFailure, encodingFailure } from './failures.ts'

/**
 * Decodes canonical base64 (RFC 4648 section 4) and nothing else.
 *
 * `Buffer.from(text, 'base64')` accepts garbage, the URL alphabet and missing padding, so many texts could stand for one
 * certificate. Here only the text that the bytes encode to is accepted, hence no white space, full padding, and no bits set
 * in the last character that no byte owns (section 3.5).
 *
 * @param text - Untrusted. The caller bounds its length.
 */
export function decodeBase64(text: string): Result<Uint8Array, EncodingFailure> {
  const bytes = Buffer.from(text, 'base64')
  if (text !== '' && bytes.toString('base64') === text) return ok(bytes)
  return refused(encodingFailure('ERR_ENCODING_BASE64', diagnose(text)))
}

function diagnose(text: string): { offset: number; reason: string } {
  if (text === '') return { offset: 0, reason: 'nothing there' }
  const foreign = text.replace(/={1,2}$/, '').search(/[^A-Za-z0-9+/]/)
  if (foreign !== -1) return { offset: foreign, reason: 'not in the alphabet' }
  if (text.length % 4 !== 0) return { offset: text.length, reason: 'length is not a multiple of four' }
  return { offset: text.length - 1, reason: 'bits are set that no byte owns, or the padding is wrong' }
}
