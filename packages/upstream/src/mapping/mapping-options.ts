import { ConfigurationError, readObject, readString, shown } from '@clientcert/core'
import { checkPath, isPathText } from './request-path.ts'
import { DEFAULT_REWRITE, NO_REWRITE } from './rewrite.ts'
import { readService, type Service } from './service.ts'

/** Ambassador's Mapping. */
export interface MappingOptions {
  /** By which messages call it. */
  readonly name: string
  /** What paths begin with that are its own, literally: `/productpage/` does not match `/productpage`. */
  readonly prefix: string
  /** What replaces the prefix, literally. `''` leaves the path as it is. Default {@link DEFAULT_REWRITE}. */
  readonly rewrite?: string
  /**
   * Where it leads to: `[scheme://]host[:port]`. Without a scheme it is TLS where `tls` is given, and http where not. The port is 443 or 80 where there is none.
   */
  readonly service: string
  /**
   * The name of the context by which to connect. `true`: TLS without a certificate of our own, as `https://` alone is; the server is verified by the system's
   * roots. (Emissary does not verify it there.)
   */
  readonly tls?: string | true
  /** What the Host header says to the server. Default: the host and port of `service`. (Envoy passes on the client's.) */
  readonly hostRewrite?: string
}

export const MAPPING_OPTION_NAMES = ['name', 'prefix', 'rewrite', 'service', 'tls', 'hostRewrite'] as const

export interface ReadMapping {
  readonly name: string
  readonly prefix: string
  readonly rewrite: string
  readonly service: Service
  readonly tls: string | true | null
  readonly hostRewrite: string | null
}

/** @param option - Its path, for messages. */
export function readMapping(value: unknown, option: string): ReadMapping {
  const given = readObject(value, option, MAPPING_OPTION_NAMES)
  for (const required of ['name', 'prefix', 'service'] as const) {
    if (given[required] !== undefined) continue
    const fix = 'Each mapping has `name`, `prefix` and `service`.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', `${option}.${required}`, 'is missing', fix)
  }
  return {
    name: readString(given.name, `${option}.name`),
    prefix: readPath(given.prefix, `${option}.prefix`),
    rewrite: readRewrite(given.rewrite, `${option}.rewrite`),
    service: readService(given.service, `${option}.service`),
    tls: readTls(given.tls, `${option}.tls`),
    hostRewrite: readHostRewrite(given.hostRewrite, `${option}.hostRewrite`),
  }
}

/** Held to what request paths are held to: no other would ever be matched, or be left by what is rewritten. */
function readPath(value: unknown, option: string): string {
  const path = readString(value, option)
  if (!path.startsWith('/')) {
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(path)}`, 'Let it begin with `/`.')
  }
  if (!isPathText(path) || checkPath(path) !== null) {
    const fix = 'Write a path in ASCII, percent-encoded, without `?`, `#`, `//`, `\\`, `%2F`, `.` and `..`.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(path)}, which no path may begin with`, fix)
  }
  return path
}

const readRewrite = (value: unknown, option: string): string => {
  if (value === undefined) return DEFAULT_REWRITE
  return value === NO_REWRITE ? NO_REWRITE : readPath(value, option)
}

function readTls(value: unknown, option: string): string | true | null {
  if (value === undefined) return null
  if (value === true || (typeof value === 'string' && value !== '')) return value
  const fix = 'Give the name of a context, or `true` for TLS without a certificate of our own, or leave it out.'
  throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value)}`, fix)
}

function readHostRewrite(value: unknown, option: string): string | null {
  if (value === undefined) return null
  const text = readString(value, option)
  const { scheme } = readService(text, option)
  if (scheme === null) return text
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}`, 'Write it as `host[:port]`.')
}
