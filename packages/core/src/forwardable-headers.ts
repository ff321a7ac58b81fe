import { type AssertedNames, resembled } from './evidence/asserted-names.ts'

/** Headers by name, as Node has them, of HTTP/1.1 or HTTP/2, that came or that are sent. */
export interface HeaderFields {
  readonly [name: string]: number | string | readonly string[] | undefined
}

/** What `Connection` may still say behind us: how this connection goes on, and nothing about a header. */
const CONNECTION_OPTIONS: ReadonlySet<string> = new Set(['close', 'keep-alive', 'upgrade'])

/** Fields without which the message would be another or have no end, and what gateways add themselves. */
const NEVER_OF_A_HOP: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'upgrade',
  'forwarded',
  'via',
  'x-real-ip',
])

/** Fields that stay although `Connection` lists them. Every `x-forwarded-` does: there are too many to name, and all of them are a gateway's. */
const staysAlways = (name: string): boolean => NEVER_OF_A_HOP.has(name) || name.startsWith('x-forwarded-')

/**
 * Copies headers without those that assert a certificate, that resemble one which does, or that `Connection` lists (RFC 9110 7.6.1).
 *
 * @param incoming - Untrusted.
 * @param isOfClient - Whether that is what the client sent. What it did not send stays, whatever `Connection` lists: the gateway added it, and a client
 *   would have it deleted again (CVE-2024-45410).
 */
export function forwardableHeaders(
  incoming: HeaderFields,
  asserted: AssertedNames,
  isOfClient: (name: string, value: HeaderFields[string]) => boolean,
): HeaderFields {
  const options = connectionOptions(incoming)
  const kept = Object.entries(incoming).flatMap(([name, value]): [string, HeaderFields[string]][] => {
    const lower = name.toLowerCase()
    if (lower === 'connection') {
      const own = [...options].filter((option) => CONNECTION_OPTIONS.has(option))
      return own.length === 0 ? [] : [[name, own.length === options.size ? value : own.join(', ')]]
    }
    const isOfThisHop = options.has(lower) && !staysAlways(lower) && isOfClient(name, value)
    return isOfThisHop || resembled(lower, asserted) !== undefined ? [] : [[name, value]]
  })
  // By definition and not by assignment, for a header `__proto__` (CVE-2026-21710). Symbols are http2's: which headers are sensitive.
  const headers: HeaderFields = Object.fromEntries(kept)
  for (const symbol of Object.getOwnPropertySymbols(incoming))
    Reflect.set(headers, symbol, Reflect.get(incoming, symbol))
  return headers
}

/** What every `Connection` header lists, in lower case. */
function connectionOptions(incoming: HeaderFields): ReadonlySet<string> {
  const values = Object.entries(incoming).flatMap(([name, value]) =>
    name.toLowerCase() === 'connection' && value !== undefined ? [value].flat() : [],
  )
  const options = values.flatMap((value) => String(value).toLowerCase().split(','))
  return new Set(options.map((option) => option.trim()).filter((option) => option !== ''))
}
