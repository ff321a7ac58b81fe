/** Reading which headers a proxy writes: `proxy`, `headers` and the settings beside them. */
import { list, nearest, pathOf, readInteger, readObject } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'
import { CustomProxy } from './custom-proxy.ts'
import { checkDistinct, readHeaderName } from './header-names.ts'
import type { FormatSettings, HeaderFormat } from './headers/header-format.ts'
import { createFormat, definitionOf, PROXY_NAMES } from './headers/registry.ts'

/** The names of the options that say which headers a proxy writes. */
export const FORMAT_OPTION_NAMES = ['proxy', 'headers', 'trustedHops'] as const

type Given = { readonly [Name in (typeof FORMAT_OPTION_NAMES)[number]]?: unknown }

/** Reads the format of a proxy. @throws {ConfigurationError} */
export function readFormat(given: Given, option: string): HeaderFormat {
  if (typeof given.proxy === 'object') return readCustom(given, option)
  const name = PROXY_NAMES.find((each) => each === given.proxy)
  if (name === undefined) {
    const fix = proxyFix(given.proxy)
    throw new ConfigurationError('ERR_CONFIG_VALUE', pathOf(option, 'proxy'), `is ${shown(given.proxy)}`, fix)
  }
  const definition = definitionOf(name)
  const at = pathOf(option, 'headers')
  const headers = 'headers' in given ? readHeaderNames(given.headers, at, Object.keys(definition.headers)) : {}
  const format = createFormat(name, { headers, settings: readSettings(given, option, name, definition.settings) })
  checkDistinct(headers, { ...definition.headers, ...headers }, format.assertedHeaders, at)
  return format
}

/** What to write in place of a name that no proxy has here. */
function proxyFix(given: unknown): string {
  const near = typeof given === 'string' ? nearest(given, PROXY_NAMES) : undefined
  const all = `Use one of ${list(PROXY_NAMES)}; for any other proxy, custom({ header, encoding }).`
  return near === undefined ? all : `Did you mean \`${near}\`? ${all}`
}

/** Reads a value of `custom()`, which says everything by itself. */
function readCustom(given: Given, option: string): HeaderFormat {
  const format = CustomProxy.read(given.proxy, pathOf(option, 'proxy'))
  for (const name of FORMAT_OPTION_NAMES) {
    if (name === 'proxy' || !(name in given)) continue
    const problem = 'stands beside custom(), which says everything of its proxy'
    throw new ConfigurationError('ERR_CONFIG_VALUE', pathOf(option, name), problem, 'Leave it out.')
  }
  return format
}

function readHeaderNames(value: unknown, option: string, roles: readonly string[]): Readonly<Record<string, string>> {
  const given: Readonly<Record<string, unknown>> = readObject(value, option, roles)
  return Object.fromEntries(
    Object.entries(given).map(([role, name]) => [role, readHeaderName(name, pathOf(option, role))]),
  )
}

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
