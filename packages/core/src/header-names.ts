/** Reading the names of headers that a proxy sets. */
import { pathOf, readString } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import { foldHeaderName } from './evidence/asserted-names.ts'

/**
 * Names that say something of the request itself, so that a certificate is no meaning of theirs, and what asserts one is removed: without its
 * Transfer-Encoding, a request is another one to whoever reads it next. As they fold, since look-alikes are removed as well.
 */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  // The connection and the length of the message (RFC 9110 6.6, 7.6, 7.8, 8.6, 10.1; RFC 9112 6.1).
  ...['connection', 'content-length', 'expect', 'http2-settings', 'keep-alive', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'via', 'max-forwards'],
  // Who asks whom for what, and with which rights.
  ...['host', 'origin', 'referer', 'from', 'user-agent', 'date', 'range', 'cookie', 'set-cookie', 'authorization'],
  ...['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization', 'www-authenticate'],
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'accept-ranges', 'cache-control', 'pragma'],
  ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
  // What the content is.
  ...['content-disposition', 'content-encoding', 'content-language', 'content-location', 'content-range'],
  ...['content-type', 'etag', 'last-modified'],
  // Of these, and of some above, Node's `headers` has the first line and drops the others without a word, as it does not of a proxy's own.
  ...['age', 'expires', 'location', 'retry-after', 'server'],
])

/**
 * Whether a name is none of a proxy's own: reserved, or a look-alike, or one that begins with what folds into a hyphen, as `:path` of HTTP/2 does, and
 * `__proto__` (CVE-2026-21710).
 */
export const isReservedName = (name: string): boolean => {
  const folded = foldHeaderName(name)
  return folded.startsWith('-') || RESERVED_NAMES.has(folded)
}

/** Reads the name of a header that a proxy sets, in lower case. @throws {ConfigurationError} */
export function readHeaderName(value: unknown, option: string): string {
  const name = readString(value, option).toLowerCase()
  if (/^[a-z0-9_.-]+$/.test(name) && !isReservedName(name)) return name
  const fix = 'Give the name of a header that the proxy sets, of letters, digits and hyphens.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(name)}`, fix)
}

/**
 * Refuses names of which one could be taken for another.
 *
 * @param given - Those that the application chose, by key below `option`.
 * @param all - These and the ones beside them, by what they are for.
 * @param asserted - What the format that was made of them asserts: with Apache, a name stands for ten. Each as often as it has a meaning.
 * @throws {ConfigurationError}
 */
export function checkDistinct(
  given: Readonly<Record<string, string>>,
  all: Readonly<Record<string, string>>,
  asserted: readonly string[],
  option: string,
): void {
  for (const [key, name] of Object.entries(given)) {
    const isSame = (other: string): boolean => foldHeaderName(other) === foldHeaderName(name)
    if (asserted.filter(isSame).length < 2) continue
    const [other] = Object.entries(all).find(([another, taken]) => another !== key && isSame(taken)) ?? []
    const whose = other === undefined ? 'one that is made of another' : `that of \`${other}\``
    const fix = 'Give each header a name of its own.'
    throw new ConfigurationError(
      'ERR_CONFIG_VALUE',
      pathOf(option, key),
      `is ${shown(name)}, which resembles ${whose}`,
      fix,
    )
  }
}
