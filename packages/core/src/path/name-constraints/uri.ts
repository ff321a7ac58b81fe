/** uniformResourceIdentifier against its constraints (RFC 5280 4.2.1.10): its host is the constraint, or, with a leading period, below it. */
import { isDnsName } from './dns.ts'

/**
 * `scheme://userinfo@host:port`, then path, query, fragment or nothing (RFC 3986 3.2). Nothing but what the RFC allows may stand in it: a backslash ends the
 * host for a browser (`https://inside.example\@outside.example` has two readings), and so would a second `@`.
 */
const AUTHORITY =
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:%]*@)?([A-Za-z0-9_.-]+)(?::\d*)?(?:[/?#]|$)/

/** Longest way to the end of the host: user information and host of 255 octets each, and a scheme. What comes after it is not read. */
const MAX_AUTHORITY = 1_024

/** The host of a URI; undefined where there is none, or where it is an address, to which no constraint can be applied. */
export function hostOfUri(uri: string): string | undefined {
  const [read = '', host] = AUTHORITY.exec(uri.slice(0, MAX_AUTHORITY)) ?? []
  // One that ends with the cut may go on behind it.
  if (host === undefined || (uri.length > MAX_AUTHORITY && !/[/?#]$/.test(read))) return undefined
  if (!isDnsName(host) || /^\d+(?:\.\d+){3}$/.test(host)) return undefined
  return host.toLowerCase()
}

export const isUriConstraint = (constraint: string): boolean =>
  isDnsName(constraint.replace(/^\./, '')) && !constraint.includes('*')

export function isHostWithin(host: string, constraint: string): boolean {
  const wanted = constraint.toLowerCase()
  return wanted.startsWith('.') ? host.endsWith(wanted) && host.length > wanted.length : host === wanted
}
