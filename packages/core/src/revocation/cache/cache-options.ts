/** Reading the option `revocation.cache`. */
import { readInteger, readObject } from '../../configuration.ts'
import { ConfigurationError, shown } from '../../configuration-error.ts'
import type { KeyvStore } from './shared-store.ts'

/** How what was fetched is kept. */
export interface CacheOptions {
  /** Memory for CRLs and OCSP responses that were fetched, in bytes, 1 MiB to 16 GiB. Default 64 MiB. */
  readonly maxBytes?: number
  /**
   * Shared by the processes of a fleet, so that one process's answer serves all: a `Keyv`, or anything with its `get` and `set`. What comes out is verified as if it
   * came from the network. Who can write to it can withhold newer answers until those there are stale, as one can on the network.
   */
  readonly store?: KeyvStore
}

export interface ResolvedCache {
  readonly maxBytes: number
  readonly store: KeyvStore | null
}

/** Three of the largest public CRLs with their indexes, or the OCSP responses of 20,000 clients. */
export const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024

export const NO_CACHE_OPTIONS: ResolvedCache = { maxBytes: DEFAULT_CACHE_BYTES, store: null }

/** @throws {ConfigurationError} */
export function readCacheOptions(value: unknown, option: string): ResolvedCache {
  const given = readObject(value, option, ['maxBytes', 'store'])
  return Object.freeze({
    maxBytes:
      'maxBytes' in given
        ? readInteger(given.maxBytes, `${option}.maxBytes`, 1024 * 1024, 16 * 1024 ** 3)
        : DEFAULT_CACHE_BYTES,
    store: 'store' in given ? readStore(given.store, `${option}.store`) : null,
  })
}

/** By its shape: every version of Keyv has a class of its own. */
function readStore(value: unknown, option: string): KeyvStore {
  const has = (name: 'get' | 'set') => typeof Reflect.get(Object(value) as object, name) === 'function'
  if (typeof value === 'object' && value !== null && has('get') && has('set')) return value as KeyvStore
  // Shown by its type alone: what a store holds of its connection may be a password.
  const fix = 'Give a Keyv, such as createKeyv of @keyv/redis makes, or an object with `get` and `set`.'
  throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value, 'secret')}`, fix)
}
