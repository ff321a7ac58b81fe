/**
 * Which request targets are looked up at all.
 *
 * A path is forwarded as it came, or not at all: nothing is normalised here. Whoever decided about the request before (a route of Express or Fastify, a rule for
 * a path, the gateway in front) saw it as it came, and a path that we resolved, merged or decoded would lead where that rule was not for. What is refused are the
 * spellings on which servers disagree; browsers, `fetch` and curl resolve dot segments before they send, so it costs them nothing.
 */
import type { MappingCode } from './failures.ts'

/** UTF-16 units of path and query: what nginx and Apache take for a request line; RFC 9110 4.1 wants 8,000 to be supported. */
export const MAX_TARGET_LENGTH = 8_192

export type RequestTarget =
  /** `query` with its `?`, or empty. */
  | { readonly ok: true; readonly path: string; readonly query: string }
  | { readonly ok: false; readonly code: MappingCode }

/** Visible ASCII without `#`. Node gives octets above 127 as Latin-1, which is not what the client wrote. */
const FOREIGN = /[^!-~]|#/

/** Once too often decoded it is one, too (`%252f`): what is behind may be another proxy. */
const SEPARATOR = /\\|%(?:25)*(?:2f|5c)/i

const CONTROL = /%(?:[01][0-9a-f]|7f)/i

/** A parameter does not make it another segment for servers that drop it: `/..;/` leaves the folder in Tomcat. */
const DOT_SEGMENT = /\/(?:\.|%(?:25)*2e){1,2}(?:[/;]|%(?:25)*3b|$)/i

/**
 * Reads the request target of a request line (RFC 9112 3.2), which must be in origin-form.
 *
 * @param target - Untrusted.
 */
export function readRequestTarget(target: string): RequestTarget {
  if (target.length > MAX_TARGET_LENGTH) return { ok: false, code: 'ERR_MAPPING_LENGTH' }
  if (!target.startsWith('/')) return { ok: false, code: 'ERR_MAPPING_FORM' }
  if (FOREIGN.test(target)) return { ok: false, code: 'ERR_MAPPING_CHARACTER' }
  const question = target.indexOf('?')
  const path = question === -1 ? target : target.slice(0, question)
  const code = checkPath(path)
  if (code !== null) return { ok: false, code }
  return { ok: true, path, query: target.slice(path.length) }
}

/** Checks an absolute path of visible ASCII: null where all servers read the same in it. */
export function checkPath(path: string): MappingCode | null {
  if (SEPARATOR.test(path)) return 'ERR_MAPPING_SEPARATOR'
  if (CONTROL.test(path) || !isDecodable(path)) return 'ERR_MAPPING_ENCODING'
  if (path.includes('//')) return 'ERR_MAPPING_EMPTY_SEGMENT'
  if (DOT_SEGMENT.test(path)) return 'ERR_MAPPING_DOT_SEGMENT'
  return null
}

/** Whether a text is what a path of a mapping may be written with: visible ASCII without `#` and `?`, from the root. */
export const isPathText = (text: string): boolean => text.startsWith('/') && !text.includes('?') && !FOREIGN.test(text)

function isDecodable(path: string): boolean {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
