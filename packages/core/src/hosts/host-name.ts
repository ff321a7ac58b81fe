/** Names of hosts in one form, so that spelling decides nothing: not the case, not a trailing dot, not the port (CVE-2026-48928, CVE-2025-66614, CVE-2026-48491). */
import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { ConfigurationError, shown } from '../configuration-error.ts'

/** RFC 1035 2.3.4, without the trailing dot. */
const MAX_NAME = 253

/** Letters, digits and hyphens, as certificates have them (RFC 5280 4.2.1.6), and `_`, which names inside of clusters have. At most 63 (RFC 1035 2.3.4). */
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/

/** A host with an optional port (RFC 3986 3.2.2, 3.2.3); no user information, which no `Host` may have (RFC 9110 7.2). */
const AUTHORITY = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/

/**
 * Brings the name or address of a host into the one form in which names are compared.
 *
 * @param text - Without a port; IPv6 with or without brackets. Untrusted.
 * @returns Undefined for what is neither a name in A-labels nor an address.
 */
export function normalHost(text: string): string | undefined {
  const address = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  // One address has many spellings, and the parser of URLs writes the one of RFC 5952. It knows no zones, which no request may have either (RFC 9110 4.2.1).
  if (isIPv6(address)) return address.includes('%') ? undefined : new URL(`http://[${address}]`).hostname.slice(1, -1)
  if (address !== text) return undefined
  if (isIPv4(text)) return text
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase()
  const labels = name.split('.')
  const isName = name.length <= MAX_NAME && labels.every((label) => LABEL.test(label))
  // Other spellings of an address, such as 127.1, are names to nobody (RFC 9110 4.2.1 by way of RFC 3986 3.2.2).
  return isName && !/^(?:\d+|0x[\da-f]*)$/.test(labels.at(-1) ?? '') ? name : undefined
}

/** The host of an authority, its port left out. Undefined where it is malformed. @param text - Not empty. Untrusted. */
export function hostOfAuthority(text: string): string | undefined {
  const [, host] = AUTHORITY.exec(text) ?? []
  // Without brackets the first colon begins the port: an address of IPv6 needs them (RFC 3986 3.2.2).
  return host === undefined ? undefined : normalHost(host)
}

/**
 * Reads a name of the option `hosts`: of one host, a wildcard such as `*.b.example`, or `*`.
 *
 * @param option - Its path, for messages.
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE`.
 */
export function readHostPattern(name: string, option: string): string {
  if (name === '*') return name
  const isWildcard = name.startsWith('*.')
  const host = normalHost(isWildcard ? name.slice(2) : name)
  if (host !== undefined && !(isWildcard && (isIPv4(host) || isIPv6(host)))) return isWildcard ? `*.${host}` : host
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `${shown(name)} is no name of a host`, fixOf(name))
}

function fixOf(name: string): string {
  if (/\P{ASCII}/u.test(name)) {
    const ascii = domainToASCII(name.replace(/^\*\./, ''))
    const wildcard = name.startsWith('*.') ? '*.' : ''
    return ascii === ''
      ? 'Write it in A-labels (xn--...).'
      : `Write it in A-labels, as clients do: '${wildcard}${ascii}'.`
  }
  if (name.includes('*'))
    return "A wildcard stands for one whole label, the first: '*.b.example'. All other hosts are '*'."
  if (/:\d*$/.test(name)) return 'Leave the port out: it is not compared.'
  return 'Give a name such as a.example, a wildcard such as *.b.example, an address, or * for all others.'
}
