/** Reading which headers a proxy writes: `proxy`, `headers` and the settings beside them. */
import { pathOf, readInteger, readObject, readString, readWord } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import type { FormatSettings, HeaderFormat } from './headers/header-format.ts'
import { createFormat, definitionOf, PROXY_NAMES } from './headers/registry.ts'

/** The names of the options that say which headers a proxy writes. */
export const FORMAT_OPTION_NAMES = ['proxy', 'headers', 'trustedHops'] as const

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

type Given = { readonly [Name in (typeof FORMAT_OPTION_NAMES)[number]]?: unknown }

/** Reads the format of a proxy. @throws {ConfigurationError} */
export function readFormat(given: Given, option: string): HeaderFormat {
  const name = readWord(given.proxy, pathOf(option, 'proxy'), PROXY_NAMES)
  const definition = definitionOf(name)
  const headers =
    'headers' in given ? readHeaderNames(given.headers, pathOf(option, 'headers'), definition.headers) : {}
  return createFormat(name, { headers, settings: readSettings(given, option, name, definition.settings) })
}

function readHeaderNames(
  value: unknown,
  option: string,
  usual: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const given: Readonly<Record<string, unknown>> = readObject(value, option, Object.keys(usual))
  const read = Object.fromEntries(
    Object.entries(given).map(([role, name]) => [role, readHeaderName(name, pathOf(option, role))]),
  )
  const all = Object.entries({ ...usual, ...read })
  for (const [role, name] of Object.entries(read)) {
    const other = all.find(([another, taken]) => another !== role && foldHeaderName(taken) === foldHeaderName(name))
    if (!other) continue
    const problem = `is ${shown(name)}, which resembles that of \`${other[0]}\``
    throw new ConfigurationError(
      'ERR_CONFIG_VALUE',
      pathOf(option, role),
      problem,
      'Give each header a name of its own.',
    )
  }
  return read
}

/** Reads the name of a header that a proxy sets, in lower case. @throws {ConfigurationError} */
export function readHeaderName(value: unknown, option: string): string {
  const name = readString(value, option).toLowerCase()
  if (/^[a-z0-9_.-]+$/.test(name) && !RESERVED_NAMES.has(name)) return name
  const fix = 'Give the name of a header that the proxy sets, of letters, digits and hyphens.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(name)}`, fix)
}

/** A name as gateways that fold punctuation see it. */
const foldHeaderName = (name: string): string => name.replace(/[_.]/g, '-')

function readSettings(
  given: Given,
  option: string,
  proxy: string,
  taken: readonly (keyof FormatSettings)[],
): Partial<FormatSettings> {
  if (!('trustedHops' in given)) return {}
  const at = pathOf(option, 'trustedHops')
  if (taken.includes('trustedHops')) return { trustedHops: readInteger(given.trustedHops, at, 1, 16) }
  const problem = `has no meaning for ${proxy}, which writes one certificate`
  throw new ConfigurationError('ERR_CONFIG_VALUE', at, problem, 'Leave it out.')
}
