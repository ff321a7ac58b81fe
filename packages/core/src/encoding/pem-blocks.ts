/**
 * PEM of any size, from bytes, in slices: a CRL of a million entries is 49 MB of base64, which decoded in one go stops the event loop for a tenth of a
 * second. The rules are those of `pem.ts`, to which certificates go.
 */
import { ok, type Result, refused } from '../result.ts'
import type { Sliced } from '../slices.ts'
import { decodeBase64 } from './base64.ts'
import { type EncodingFailure, encodingFailure } from './failures.ts'
import { type Gap, gapProblem } from './pem.ts'

const DASH = 0x2d
const MARKER = '-----'
/** Characters between two pauses; a third of a millisecond. */
const SLICE = 131_072
/** Of a longer gap the ends are looked at: whole lines is what is demanded, and `openssl crl -text` writes megabytes. */
const MAX_GAP = 8_192

const broken = (offset: number, reason: string) =>
  refused(encodingFailure('ERR_ENCODING_PEM', { offset, reason, isGlued: false }))

/**
 * Decodes a sequence of blocks of one label, such as `X509 CRL` (RFC 7468 section 6), with explanatory text between them.
 *
 * @param bytes - The caller bounds its length.
 * @param maxBlocks - More are refused.
 * @returns At least one block, in the order of the text.
 */
export function* decodePemBlocks(
  bytes: Uint8Array,
  label: string,
  maxBlocks: number,
): Sliced<Result<readonly Uint8Array[], EncodingFailure>> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`]
  const isAt = (marker: string, at: number) => text.toString('latin1', at, at + marker.length) === marker
  const blocks: Uint8Array[] = []
  for (let at = 0; ; ) {
    const first = yield* indexOfMarker(text, at)
    const to = first === -1 ? text.length : first
    const gap: Gap = { from: at, to, blocks: blocks.length, isLast: first === -1 }
    const problem = gapProblem(endsOf(text, at, to), gap, 'allow')
    if (problem) return problem
    if (first === -1) break
    if (!isAt(begin, first)) return broken(first, `a marker that is not BEGIN ${label}`)
    if (blocks.length === maxBlocks) {
      return refused(
        encodingFailure('ERR_ENCODING_TOO_LARGE', { limit: maxBlocks, present: maxBlocks + 1, unit: 'blocks' }),
      )
    }
    const body = yield* decodeBody(text, first + begin.length)
    if (!body.ok) return broken(first, `base64 of block ${blocks.length + 1}: ${body.failure.message}`)
    if (!isAt(end, body.value.end)) return broken(body.value.end, `a block without its END ${label}`)
    blocks.push(body.value.octets)
    at = body.value.end + end.length
    yield
  }
  return blocks.length > 0 ? ok(blocks) : broken(0, `no ${label} block`)
}

function* indexOfMarker(text: Buffer, from: number): Sliced<number> {
  for (let at = from; at < text.length; at += SLICE) {
    const found = text.subarray(at, at + SLICE + MARKER.length - 1).indexOf(MARKER)
    if (found !== -1) return at + found
    yield
  }
  return -1
}

function endsOf(text: Buffer, from: number, to: number): string {
  if (to - from <= MAX_GAP) return text.toString('latin1', from, to)
  return text.toString('latin1', from, from + MAX_GAP / 2) + text.toString('latin1', to - MAX_GAP / 2, to)
}

/** Decodes up to the next dash, which base64 has none of. */
function* decodeBody(
  text: Buffer,
  from: number,
): Sliced<Result<{ readonly octets: Uint8Array; readonly end: number }, EncodingFailure>> {
  const parts: Uint8Array[] = []
  let rest = ''
  for (let at = from; ; at += SLICE) {
    const slice = text.subarray(at, at + SLICE)
    const dash = slice.indexOf(DASH)
    const isLast = dash !== -1 || slice.length < SLICE
    rest += slice.toString('latin1', 0, dash === -1 ? slice.length : dash).replace(/[\r\n\t ]+/g, '')
    // The last characters wait for the end: there the padding is right, anywhere else it is not.
    const whole = isLast ? rest.length : Math.max(rest.length - 4 - (rest.length % 4), 0)
    if (whole > 0 || isLast) {
      const part = rest.slice(0, whole)
      if (!isLast && part.includes('=')) {
        return refused(encodingFailure('ERR_ENCODING_BASE64', { offset: at, reason: 'padding before the end' }))
      }
      const decoded = decodeBase64(part)
      if (!decoded.ok) return decoded
      parts.push(decoded.value)
    }
    rest = rest.slice(whole)
    if (isLast) return ok({ octets: yield* joined(parts), end: dash === -1 ? text.length : at + dash })
    yield
  }
}

function* joined(parts: readonly Uint8Array[]): Sliced<Uint8Array> {
  const [only] = parts
  if (only && parts.length === 1) return only
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
    if (at % (SLICE * 8) < part.length) yield
  }
  return whole
}
