/** Reading the names of headers that a proxy sets. */
import { pathOf, readString } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import { foldHeaderName } from './evidence/asserted-names.ts'

/** Names whose removal would break the request, or that are no header of the proxy's own. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'cookie',
  'authorization',
  'content-type',
  '__proto__',
])

/** Reads the name of a header that a proxy sets, in lower case. @throws {ConfigurationError} */
export function readHeaderName(value: unknown, option: string): string {
  const name = readString(value, option).toLowerCase()
  if (/^[a-z0-9_.-]+$/.test(name) && !RESERVED_NAMES.has(name)) return name
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
