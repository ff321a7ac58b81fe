/** Hosts by name, as options list them and URLs name them. */
import { isIP } from 'node:net'
import { readArray, readString } from '../../configuration.ts'
import { ConfigurationError, shown } from '../../configuration-error.ts'

/**
 * Names that may be fetched from: exactly these, or any whose addresses are public.
 *
 * No wildcards. Revocation data is published on shared domains (`*.s3.amazonaws.com`, `*.blob.core.windows.net`), where a wildcard admits whoever rents a
 * name; and a hierarchy has few hosts to write down.
 */
export type HostList = ReadonlySet<string> | 'any-public'

/** @throws {ConfigurationError} */
export function readHostList(value: unknown, option: string): HostList {
  if (value === 'any-public') return value
  if (typeof value === 'string') {
    const fix = "Give an array of host names, or 'any-public'."
    throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value)}`, fix)
  }
  const hosts = readArray(value, option).map((entry, index) => readHost(entry, `${option}[${index}]`))
  return new Set(hosts)
}

function readHost(value: unknown, option: string): string {
  const text = readString(value, option)
  const refuse = (fix: string) => new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}`, fix)
  if (text === 'any-public') throw refuse("Write `hosts: 'any-public'`, without an array.")
  if (text.includes('*')) throw refuse('Write out every name: a wildcard admits whoever can have a name under it.')
  const isAddress = isIP(text) === 6 && !text.includes('%')
  // The parser would take a port, a path or userinfo for something else than the host.
  if (!isAddress && /[\s/?#@:\\%[\]]/u.test(text)) {
    throw refuse('Give the host name alone: no scheme, port or path. Ports are allowed by `ports`.')
  }
  try {
    return hostOf(new URL(`http://${isAddress ? `[${text}]` : text}/`))
  } catch {
    throw refuse('Give a host name, such as crl.example.com.')
  }
}

/**
 * Names the host of a URL in its one form: lower case, IDNs as `xn--`, no trailing dot; addresses as `isIP` knows them, whatever form they were written in
 * (the parser turns `2130706433`, `0x7f.1` and `0177.0.0.1` into 127.0.0.1).
 */
export function hostOf(url: URL): string {
  const { hostname } = url
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname.replace(/\.$/, '')
}
