/** A URL out of a certificate, taken apart and checked as far as it can be without asking anybody. */
import { isIP } from 'node:net'
import type { AddressRanges } from '../../address-ranges.ts'
import { ok, type Result } from '../../result.ts'
import { problem, shownText } from './fetch-problem.ts'
import type { FetchProblem } from './fetched.ts'
import { type HostList, hostOf } from './host-list.ts'
import { isReachable } from './reachable-address.ts'

/** What may be asked for. */
export interface Allowed {
  readonly hosts: HostList
  /** Addresses that are not public and may be connected to nevertheless. */
  readonly addresses: AddressRanges | null
  readonly ports: ReadonlySet<number>
}

export interface Target {
  readonly scheme: 'http' | 'https'
  /** A name, or an address without brackets. */
  readonly host: string
  readonly port: number
  /** Host and port as a header names them: the port only where it is not the scheme's. */
  readonly authority: string
  /** Path and query; a fragment is for whoever asks. */
  readonly path: string
  readonly href: string
}

/** Longest URL, in characters. Those of OCSP by GET hold the request in base64, which RFC 5019 5 keeps under 255 octets. */
const MAX_URL = 2_048

const PORTS = { http: 80, https: 443 } as const

/** Printable ASCII, a scheme, two slashes, a host without `@`. What a lenient parser would repair is refused: two parsers repair differently. */
const FORM = /^https?:\/\/[^/?#@\\]+(?:[/?#][^\\]*)?$/i

/** @param text - Untrusted. */
export function parseTarget(text: string, allowed: Allowed): Result<Target, FetchProblem> {
  if (text.length > MAX_URL) return problem('blocked', `a URL of ${text.length} characters, at most ${MAX_URL}`)
  const name = shownText(text)
  if (!/^[!-~]+$/.test(text) || !FORM.test(text) || !URL.canParse(text)) {
    return problem('blocked', `${name} is no http or https URL, or has userinfo in it`)
  }
  const url = new URL(text)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const host = hostOf(url)
  const port = url.port === '' ? PORTS[scheme] : Number(url.port)
  if (host === '') return problem('blocked', `${name} names no host`)
  if (allowed.hosts !== 'any-public' && !allowed.hosts.has(host)) {
    return problem('blocked', `${name}: its host is not listed in \`hosts\``)
  }
  if (!allowed.ports.has(port)) return problem('blocked', `${name}: port ${port} is not listed in \`ports\``)
  // No resolver is asked about an address, so nothing after this would look at it.
  if (isIP(host) !== 0 && !isReachable(host, allowed.addresses)) return blockedAddress(host)
  const bracketed = isIP(host) === 6 ? `[${host}]` : host
  const authority = port === PORTS[scheme] ? bracketed : `${bracketed}:${port}`
  const path = `${url.pathname}${url.search}`
  return ok({ scheme, host, port, authority, path, href: `${scheme}://${authority}${path}` })
}

export const blockedAddress = (host: string) =>
  problem('blocked', `${shownText(host)} is at an address that is not public and not listed in \`addresses\``)
