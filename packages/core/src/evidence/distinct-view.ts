import type { IncomingMessage } from 'node:http'
import type { NodeRequest } from './connection.ts'

/** The views that Node gives of the lines before the body and of those behind it; HTTP/2 has none of the third kind. */
export const VIEWS = {
  headers: { raw: 'rawHeaders', joined: 'headers', distinct: 'headersDistinct' },
  trailers: { raw: 'rawTrailers', joined: 'trailers', distinct: 'trailersDistinct' },
} as const

export type Part = keyof typeof VIEWS

/**
 * Puts a view of our own in place of Node's `headersDistinct` or `trailersDistinct`, of the lines that there are when it is asked for. Node's would have
 * to be made of the lines while they are whole, whether anybody wants it or not: 1.4 us of 21 lines, against 0.2 for this (measured), and on versions
 * without the fix of CVE-2026-21710 a header `__proto__` makes it throw.
 */
export function replaceDistinctView(request: NodeRequest, part: Part): void {
  const { distinct } = VIEWS[part]
  if (distinct in request) Object.defineProperty(request, distinct, DISTINCT[part])
}

/**
 * The values of each name, as they came, by the name in lower case.
 *
 * @param lines - Names and values by turns. Untrusted.
 */
export function valuesByName(lines: readonly string[]): Record<string, string[]> {
  const values = emptyValues()
  for (let index = 0; index < lines.length; index += 2) {
    const header = (lines[index] ?? '').toLowerCase()
    const value = lines[index + 1] ?? ''
    if (values[header]?.push(value) === undefined) values[header] = [value]
  }
  return values
}

/** With no prototype, where `__proto__` is a name like any other. */
const emptyValues = (): Record<string, string[]> => Object.setPrototypeOf({}, null) as Record<string, string[]>

const DISTINCT = { headers: descriptorOf('headers'), trailers: descriptorOf('trailers') } as const

function descriptorOf(part: Part): PropertyDescriptor & ThisType<IncomingMessage> {
  const { raw, distinct } = VIEWS[part]
  return {
    configurable: true,
    enumerable: false,
    get() {
      const values = valuesByName(this[raw])
      this[distinct] = values
      return values
    },
    set(value: unknown) {
      Object.defineProperty(this, distinct, { value, writable: true, configurable: true, enumerable: false })
    },
  }
}
