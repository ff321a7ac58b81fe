import { isIP } from 'node:net'
import { ConfigurationError, shown } from '../configuration-error.ts'
import { normalHost, readHostPattern } from './host-name.ts'

/** What is said of each host, found by its name. */
export interface HostTable<Entry> {
  /**
   * Finds what is said of a host: of its very name, else of the wildcard that stands for its first label and no other (RFC 9525 6.3), else of `*`.
   *
   * @param host - In normal form; null for none.
   */
  readonly find: (host: string | null) => Entry | undefined
  /** The same by the server name of TLS. Node hands it over as the client wrote it. @param name - False where there is none. Untrusted. */
  readonly findServerName: (name: string | false | null | undefined) => Entry | undefined
}

/**
 * Reads the option `hosts`: an object by names.
 *
 * @param read - Reads the entry of one host; `option` is its path for messages, such as `hosts['a.example']`.
 * @param shape - Of an entry, for messages.
 * @returns By name in normal form.
 * @throws {ConfigurationError} Also where two names are one in normal form.
 */
export function readHosts<Entry>(
  value: unknown,
  read: (entry: object, name: string, option: string) => Entry,
  shape = '{ trust, mode, ... }',
): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const [given, entry] of entriesOf(value)) {
    const option = `hosts[${quoted(given)}]`
    const name = readHostPattern(given, option)
    if (entries.has(name)) {
      const fix = 'Case, a trailing dot and the spelling of an address make no other host.'
      throw new ConfigurationError('ERR_CONFIG_VALUE', option, `names ${shown(name)} a second time`, fix)
    }
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(entry)}`, `Give an object: ${shape}.`)
    }
    entries.set(name, read(entry, name, option))
  }
  return entries
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  const fix = "Give an object by names of hosts: { 'a.example': { trust }, '*.b.example': { trust } }."
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigurationError('ERR_CONFIG_TYPE', 'hosts', `is ${shown(value)}`, fix)
  }
  const names = Reflect.ownKeys(value)
  if (names.length === 0) throw new ConfigurationError('ERR_CONFIG_VALUE', 'hosts', 'names no host', fix)
  return names.map((name) => {
    if (typeof name === 'string') return [name, Reflect.get(value, name)]
    throw new ConfigurationError('ERR_CONFIG_UNKNOWN_OPTION', `hosts.${String(name)}`, 'is a symbol', fix)
  })
}

/** @param entries - By name in normal form. */
export function hostTable<Entry>(entries: ReadonlyMap<string, Entry>): HostTable<Entry> {
  const find = (host: string | null): Entry | undefined => {
    const found = host === null ? undefined : (entries.get(host) ?? entries.get(wildcardOf(host)))
    return found ?? entries.get('*')
  }
  return { find, findServerName: (name) => find(name ? (normalHost(name) ?? null) : null) }
}

/** The wildcard that would stand for a host; none for an address, which has no labels, and for a name of one label. */
function wildcardOf(host: string): string {
  const dot = host.indexOf('.')
  return dot === -1 || isIP(host) !== 0 ? '' : `*${host.slice(dot)}`
}

const quoted = (name: string): string => `'${shown(name).slice(1, -1)}'`
