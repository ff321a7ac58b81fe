import { isIPv6 } from 'node:net'
import { ConfigurationError, isSpiffeId, readArray, readObject, readString, shown } from '@clientcert/core'
import type { ExpectedServer } from './expected-server.ts'
import { readHostReference } from './host-name.ts'

/** More ids than one caller has partners under one name. */
const MAX_SPIFFE_IDS = 64

const KINDS = ['host', 'spiffeId', 'trustDomain'] as const

/**
 * Reads the option `expectedServer`, of a context or of one connection.
 *
 * @param option - Its path, for messages.
 * @throws {ConfigurationError}
 */
export function readExpectedServer(value: unknown, option: string): ExpectedServer {
  if (value === 'host') return value
  if (typeof value === 'string') {
    throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value)}`, bareFix(value))
  }
  const given = readObject(value, option, KINDS)
  const kinds = KINDS.filter((kind) => kind in given)
  if (kinds.length !== 1) {
    const problem = kinds.length === 0 ? 'names nobody' : `has ${kinds.map((kind) => `\`${kind}\``).join(' and ')}`
    const fix = "Give exactly one of `host`, `spiffeId` and `trustDomain`, or 'host' for the host that is connected to."
    throw new ConfigurationError('ERR_CONFIG_MISSING', option, problem, fix)
  }
  if ('host' in given) return Object.freeze({ host: readHost(given.host, `${option}.host`) })
  if ('trustDomain' in given) {
    return Object.freeze({ trustDomain: readTrustDomain(given.trustDomain, `${option}.trustDomain`) })
  }
  return Object.freeze({ spiffeId: readSpiffeIds(given.spiffeId, `${option}.spiffeId`) })
}

function bareFix(text: string): string {
  if (text.startsWith('spiffe://')) return `Say that it is a SPIFFE id: { spiffeId: ${shown(text)} }.`
  if (readHostReference(text)) return `Say that it is a host: { host: ${shown(text)} }.`
  return "Give { host }, { spiffeId } or { trustDomain }, or 'host' for the host that is connected to."
}

function readHost(value: unknown, option: string): string {
  const text = readString(value, option)
  const reference = text.includes('%') ? null : readHostReference(text)
  if (reference) return reference.name
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}`, hostFix(text))
}

function hostFix(text: string): string {
  const [, afterScheme] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(text) ?? []
  if (text.startsWith('spiffe://')) return `That is no host: { spiffeId: ${shown(text)} }.`
  if (afterScheme !== undefined) return `Give the host alone: ${shown(afterScheme.replace(/:\d*$/, ''))}.`
  if (text.includes('*')) return 'Give the name of one host: wildcards are for certificates, which are matched by them.'
  const [, host, port] = /^(\[[^\]]*\]|[^:]*):(\d*)$/.exec(text) ?? []
  if (host !== undefined && port !== undefined) return `Leave the port out: ${shown(host)}.`
  const [address = ''] = text.split('%')
  if (isIPv6(address)) return `Leave the zone out, which no certificate has: ${shown(address)}.`
  return 'Give a DNS name such as db.example, or an IP address.'
}

function readTrustDomain(value: unknown, option: string): string {
  const text = readString(value, option)
  if (!text.includes('/') && isSpiffeId(`spiffe://${text}`)) return text
  const [, name] = /^spiffe:\/\/([^/]*)/i.exec(text) ?? []
  const fix =
    name === undefined || !isSpiffeId(`spiffe://${name}`)
      ? 'Give one such as cluster.local: lower-case letters, digits, `.`, `-` and `_`, at most 255.'
      : `Give the trust domain alone: ${shown(name)}.`
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}`, fix)
}

function readSpiffeIds(value: unknown, option: string): string | readonly string[] {
  if (!Array.isArray(value)) return readSpiffeId(value, option)
  const ids = readArray(value, option)
  if (ids.length > MAX_SPIFFE_IDS) {
    const fix = `Give at most ${MAX_SPIFFE_IDS}, or the trust domain that all of them are of.`
    throw new ConfigurationError('ERR_CONFIG_RANGE', option, `has ${ids.length} ids`, fix)
  }
  const read = ids.map((id, index) => readSpiffeId(id, `${option}[${index}]`))
  const twice = read.findIndex((id, index) => read.indexOf(id) !== index)
  if (twice === -1) return Object.freeze(read)
  const problem = `names ${shown(read[twice])} a second time`
  throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}[${twice}]`, problem, 'Name each once.')
}

/** SPIFFE-ID section 2; with a path, for that of a trust domain by itself is an authority's (X509-SVID section 2). */
function readSpiffeId(value: unknown, option: string): string {
  const text = readString(value, option)
  if (isSpiffeId(text) && text.indexOf('/', 'spiffe://'.length) !== -1) return text
  const fix = isSpiffeId(text)
    ? `Give it with its path, or expect anyone of the domain: { trustDomain: ${shown(text.slice('spiffe://'.length))} }.`
    : 'Give one such as spiffe://cluster.local/ns/prod/sa/api: scheme and trust domain in lower case, no empty, `.` or `..` segment, no query, at most 2048 characters.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}`, fix)
}
