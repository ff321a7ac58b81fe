/**
 * Whether a certificate is for a host (RFC 9525 section 6), from its parsed names: Node's own comparison goes by way of a text that names were injected into
 * (CVE-2021-44532), that mixed their types (CVE-2021-44531), and that ended at a NUL (CVE-2009-2408).
 *
 * A common name is never looked at (RFC 9525 section 2). No list of public suffixes is asked for: such a list is a matter of browsers, and a private authority
 * has none.
 */
import { isIP, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { normalHost } from '@clientcert/core'
import type { GeneralName } from '@clientcert/core/x509'

/** The host that is meant (RFC 9525's reference identity), in the one form that is compared. */
export interface HostReference {
  readonly type: 'dns' | 'ip'
  /** Lower case, A-labels, no trailing dot; addresses dotted or as RFC 5952 writes them. */
  readonly name: string
}

/** Letters with their marks, digits, and what stands between labels. Nothing that UTS 46 leaves out or turns into a dot: such a name reads otherwise than it is. */
const UNICODE_NAME = /^[\p{L}\p{M}\p{N}._-]+$/u

/**
 * Reads the host that is meant: a DNS name, also in Unicode, or an address in any spelling.
 *
 * One trailing dot is no part of a name, and a zone (`%eth0`) none of an address: it names an interface of this machine.
 *
 * @returns Null for what is neither; no certificate is for that.
 */
export function readHostReference(text: string): HostReference | null {
  const zone = text.indexOf('%')
  const address = zone > 0 && isIPv6(text.slice(0, zone)) ? text.slice(0, zone) : text
  const isAscii = /^[ -~]*$/.test(address)
  const name = normalHost(isAscii ? address : UNICODE_NAME.test(address) ? domainToASCII(address) : '')
  if (name === undefined) return null
  const type = isIP(name) === 0 ? 'dns' : 'ip'
  // Digits of other scripts become an address only where they are normalised, which not everybody does who reads them.
  return type === 'ip' && !isAscii ? null : Object.freeze({ type, name })
}

/**
 * Whether one of the names is the host that is meant. Names of the one type are never compared with those of the other.
 *
 * @param names - Of a certificate. Untrusted.
 */
export const isForHost = (names: readonly GeneralName[], { type, name }: HostReference): boolean =>
  names.some((each) =>
    type === 'ip' ? each.type === 'ip' && each.value === name : each.type === 'dns' && matchesName(each.value, name),
  )

/**
 * RFC 9525 section 6.3: a wildcard is the whole of the left-most label, and stands for exactly one.
 *
 * Departs from it in refusing one that stands before a single label, such as `*.com` or `*.internal`, as Node and OpenSSL do: it would be for all that is below
 * a top-level domain. A name with a trailing dot is none that a certificate may have (RFC 5280 4.2.1.6), and matches nothing.
 */
function matchesName(presented: string, reference: string): boolean {
  const pattern = presented.toLowerCase()
  if (!pattern.startsWith('*.')) return pattern === reference
  const parent = reference.indexOf('.')
  const rest = pattern.slice(1)
  return parent > 0 && rest.includes('.', 1) && rest === reference.slice(parent)
}
