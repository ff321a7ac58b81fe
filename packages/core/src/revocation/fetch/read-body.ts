import type { IncomingMessage } from 'node:http'
import { ok, type Result } from '../../result.ts'
import { problem } from './fetch-problem.ts'
import type { FetchProblem } from './fetched.ts'

/** Room for an OCSP answer with its certificates; more is made as it comes. */
const FIRST_ROOM = 16_384

/**
 * Reads a body up to a limit, counted as it comes: a server may say less than it sends, or nothing.
 *
 * Room is doubled, so that what is copied at once is half of what is there, and a length that was only claimed takes no memory.
 */
export async function readBody(response: IncomingMessage, maxBytes: number): Promise<Result<Uint8Array, FetchProblem>> {
  const tooLarge = () => problem('too-large', `the answer has more than ${maxBytes} bytes`)
  const claimed = response.headers['content-length']
  if (claimed !== undefined && Number(claimed) > maxBytes) return tooLarge()
  let octets = new Uint8Array(Math.min(FIRST_ROOM, maxBytes))
  let length = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    const needed = length + chunk.length
    if (needed > maxBytes) return tooLarge()
    if (needed > octets.length)
      octets = enlarged(octets, length, Math.min(Math.max(needed, octets.length * 2), maxBytes))
    octets.set(chunk, length)
    length = needed
  }
  if (!response.complete) return problem('unreachable', 'the connection ended within the answer')
  return ok(length === octets.length ? octets : octets.slice(0, length))
}

function enlarged(octets: Uint8Array, length: number, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size)
  larger.set(octets.subarray(0, length))
  return larger
}
