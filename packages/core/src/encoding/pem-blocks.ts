/**
 * PEM of any size, from bytes, in slices: a CRL of a million entries is 49 MB of base64, which decoded in one go stops the event loop for a tenth of a
 * second. The rules are those of `pem.ts`, to which certificates go.
 */
import { ok, type Result, refused } from '../result.ts'
import type { Sliced } from '../slices.ts'
import { decodeBase64Lines } from './base64-lines.ts'
import { type EncodingFailure, encodingFailure } from './failures.ts'
import { type Gap, gapProblem } from './pem.ts'

const DASH = 0x2d
const MARKER = '-----'
/** Characters between two pauses: looking for a dash takes microseconds. */
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
    const bodyEnd = yield* endOfBody(text, first + begin.length)
    const body = yield* decodeBase64Lines(text, first + begin.length, bodyEnd)
    if (!body.ok) return broken(first, `base64 of block ${blocks.length + 1}: ${body.failure.message}`)
    if (!isAt(end, bodyEnd)) return broken(bodyEnd, `a block without its END ${label}`)
    blocks.push(body.value)
    at = bodyEnd + end.length
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

/** Where the next dash is, which base64 has none of; else the end. */
function* endOfBody(text: Buffer, from: number): Sliced<number> {
  for (let at = from; at < text.length; at += SLICE) {
    const found = text.subarray(at, at + SLICE).indexOf(DASH)
    if (found !== -1) return at + found
    yield
  }
  return text.length
}
