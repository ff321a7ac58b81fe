/** uniformResourceIdentifier against its constraints (RFC 5280 4.2.1.10): its host is the constraint, or, with a leading period, below it. */
import { isDnsName } from './dns.ts'

/** The host of a URI (RFC 3986 3.2); undefined where there is none, or where it is an address, to which no constraint can be applied. */
export function hostOfUri(uri: string): string | undefined {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1]
  if (authority === undefined) return undefined
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '')
  const isAddress = /^\d+(?:\.\d+){3}$/.test(host) || host.startsWith('[')
  return isDnsName(host) && !host.startsWith('*') && !isAddress ? host.toLowerCase() : undefined
}

export const isUriConstraint = (constraint: string): boolean =>
  isDnsName(constraint.replace(/^\./, '')) && !constraint.includes('*')

export function isHostWithin(host: string, constraint: string): boolean {
  const wanted = constraint.toLowerCase()
  return wanted.startsWith('.') ? host.endsWith(wanted) && host.length > wanted.length : host === wanted
}
