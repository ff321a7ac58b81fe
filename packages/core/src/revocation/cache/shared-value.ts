/** What stands in the shared store for a resource: a version, two times, and the octets as they were fetched. */
import { createHash } from 'node:crypto'
import { decodeBase64 } from '../../encoding/base64.ts'
import type { Sliced } from '../../slices.ts'
import type { Fetched } from '../fetch/fetched.ts'
import { MAX_FRESH_MS } from '../fetch/freshness.ts'

/**
 * Names a resource in the store. Hashed: what is in a key (a URL out of a certificate) may be long and of any characters, and stores cut names (255 characters in
 * the SQL ones, 250 in memcached).
 */
export const sharedKey = (key: string): string => `clientcert:${createHash('sha256').update(key).digest('base64url')}`

/**
 * Largest value that is shared, in octets before base64. The store's client makes one text of it and of a text octets, in one go: measured with Keyv 5.6, its
 * Redis adapter 5.1 and Node 20, writing 1 MiB stops the event loop for 7 to 14 ms, and 4 MiB for 33 to 39. A larger CRL is fetched by each process for itself, as
 * often as it is published; the many small answers are what a responder has to be spared.
 */
export const MAX_SHARED_BYTES = 1024 * 1024

/** Version, fetchedAt, freshForMs or a hyphen, base64. */
const FORM = /^1 (\d{1,15}) (\d{1,12}|-) (?=[A-Za-z0-9+/])/
const MAX_HEAD = 40
const MAX_TEXT = MAX_HEAD + Math.ceil(MAX_SHARED_BYTES / 3) * 4

/** Divisible by three and four, so that the pieces of base64 fit together. */
const PIECE = 196_608

/** @returns Null for what is too large to be shared. */
export function* encodeShared({ octets, fetchedAt, freshForMs }: Fetched): Sliced<string | null> {
  if (octets.length > MAX_SHARED_BYTES) return null
  const parts = [`1 ${fetchedAt} ${freshForMs === null ? '-' : Math.round(freshForMs)} `]
  const bytes = Buffer.from(octets.buffer, octets.byteOffset, octets.length)
  for (let at = 0; at < bytes.length; at += PIECE) {
    parts.push(bytes.toString('base64', at, Math.min(at + PIECE, bytes.length)))
    yield
  }
  return parts.join('')
}

/**
 * Decodes strictly what the store gave: others can write to it, and nothing in it is believed before it is verified.
 *
 * @param now - A time of fetching that is yet to come would put off the next look for as long as its author likes.
 * @returns Null for everything that was not written by {@link encodeShared}.
 */
export function* decodeShared(value: unknown, now: number): Sliced<Fetched | null> {
  if (typeof value !== 'string' || value.length > MAX_TEXT) return null
  const [head, fetchedAt = '', freshFor = ''] = FORM.exec(value) ?? []
  if (head === undefined) return null
  const parts: Uint8Array[] = []
  for (let at = head.length; at < value.length; at += PIECE) {
    const part = decodeBase64(value.slice(at, at + PIECE))
    // Padding ends the text: in the middle it would be octets that nobody wrote.
    if (!part.ok || (at + PIECE < value.length && part.value.length !== (PIECE / 4) * 3)) return null
    parts.push(part.value)
    yield
  }
  return {
    octets: Buffer.concat(parts),
    fetchedAt: Math.min(Number(fetchedAt), now),
    freshForMs: freshFor === '-' ? null : Math.min(Number(freshFor), MAX_FRESH_MS),
  }
}
