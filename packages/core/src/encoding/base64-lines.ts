/**
 * Canonical base64 of any length, broken into lines, from octets to octets and in slices.
 *
 * A loop over the characters, without making text of them: `Buffer.from(text, 'base64')`, with strictness by encoding again, takes 200 ms for a CRL of 47 MB
 * and leaves strings behind that are collected in pauses of 2 to 9 ms, 30 on a busy machine (Node 20). This takes 100 ms and leaves nothing.
 */
import { ok, type Result, refused } from '../result.ts'
import type { Sliced } from '../slices.ts'
import { type EncodingFailure, encodingFailure } from './failures.ts'

/** Characters between two pauses: some 40 us, and 5 ms the first time in a process, where nothing is compiled yet. */
const SLICE = 16_384
/** Octets that are copied between two pauses. */
const COPIED = 262_144

const WHITE_SPACE = -1
const FOREIGN = -2
const PADDING = 0x3d

/** By character: its six bits, or a number below zero. */
const CODES = new Int8Array(256).fill(FOREIGN)
for (const [code, character] of [
  ...Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', 'latin1'),
].entries()) {
  CODES[character] = code
}
for (const character of Buffer.from('\r\n\t ', 'latin1')) CODES[character] = WHITE_SPACE

/** Where it is: what has been read, what has been written, and the characters of a group that is not complete. */
interface Decoding {
  readonly text: Uint8Array
  readonly octets: Uint8Array
  at: number
  length: number
  bits: number
  characters: number
}

/** Octets that a buffer may have too many before they are copied into one that fits: what lines with CRLF leave. */
const SPARE = 1 / 24

/**
 * Decodes the characters from `from` to `to`: those of RFC 4648 section 4 and of white space, padded, with no bit set that no octet owns (section 3.5).
 *
 * @param text - Untrusted. The caller bounds its length.
 * @returns At least one octet. Offsets of a failure are those in `text`.
 */
export function* decodeBase64Lines(
  text: Uint8Array,
  from: number,
  to: number,
): Sliced<Result<Uint8Array, EncodingFailure>> {
  const octets = new Uint8Array(Math.floor(((to - from) * 3) / 4))
  const decoding: Decoding = { text, octets, at: from, length: 0, bits: 0, characters: 0 }
  while (decoding.at < to) {
    const until = Math.min(decoding.at + SLICE, to)
    decodeSlice(decoding, until)
    yield
    if (decoding.at < until) break // At a character that is none of the alphabet.
  }
  const padding = yield* countPadding(decoding, to)
  const problem = endProblem(decoding, padding)
  if (problem) return refused(encodingFailure('ERR_ENCODING_BASE64', { offset: decoding.at, reason: problem }))
  const { length } = decoding
  const whole = octets.subarray(0, length)
  return ok(octets.length - length <= octets.length * SPARE ? whole : yield* copied(whole))
}

/** Decodes until there, or until a character that is none of the alphabet. */
function decodeSlice(decoding: Decoding, until: number): void {
  const { text, octets } = decoding
  let { at, length, bits, characters } = decoding
  while (at < until) {
    if (characters === 0) {
      for (; at + 4 <= until; at += 4, length += 3) {
        const half = (codeAt(text, at) << 18) | (codeAt(text, at + 1) << 12)
        const group = half | (codeAt(text, at + 2) << 6) | codeAt(text, at + 3)
        if (group < 0) break
        octets[length] = group >> 16
        octets[length + 1] = group >> 8
        octets[length + 2] = group
      }
      if (at >= until) break
    }
    const code = codeAt(text, at)
    if (code === FOREIGN) break
    at++
    if (code === WHITE_SPACE) continue
    bits = (bits << 6) | code
    if (++characters < 4) continue
    octets[length++] = bits >> 16
    octets[length++] = bits >> 8
    octets[length++] = bits
    bits = 0
    characters = 0
  }
  Object.assign(decoding, { at, length, bits, characters })
}

const codeAt = (text: Uint8Array, at: number): number => CODES[text[at] ?? 0] ?? FOREIGN

/** How many characters of padding there are from here to the end; undefined where there is something else. */
function* countPadding({ text, at }: Decoding, to: number): Sliced<number | undefined> {
  let padding = 0
  for (let index = at; index < to; ) {
    for (const until = Math.min(index + SLICE, to); index < until; index++) {
      if (text[index] === PADDING) padding++
      else if (codeAt(text, index) !== WHITE_SPACE) return undefined
    }
    yield
  }
  return padding
}

/** Takes the characters behind the last whole group, and says what is wrong with them. */
function endProblem(decoding: Decoding, padding: number | undefined): string | undefined {
  const { octets, bits, characters } = decoding
  if (padding === undefined) return 'not in the alphabet, or padding before the end'
  const isWhole = characters === 0 ? padding === 0 : characters > 1 && characters + padding === 4
  if (!isWhole) return 'length is not a multiple of four'
  const surplus = characters === 2 ? bits & 0x0f : characters === 3 ? bits & 0x03 : 0
  if (surplus !== 0) return 'bits are set that no byte owns'
  if (characters === 2) octets[decoding.length++] = bits >> 4
  if (characters === 3) {
    octets[decoding.length++] = bits >> 10
    octets[decoding.length++] = bits >> 2
  }
  return decoding.length === 0 ? 'nothing there' : undefined
}

function* copied(octets: Uint8Array): Sliced<Uint8Array> {
  const copy = new Uint8Array(octets.length)
  for (let at = 0; at < octets.length; at += COPIED) {
    copy.set(octets.subarray(at, at + COPIED), at)
    yield
  }
  return copy
}
