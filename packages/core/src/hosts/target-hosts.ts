/**
 * Hosts that a target names though it is a path.
 *
 * `new URL(request.url, 'https://' + host)` is how applications read a request. To it, a target that begins with two slashes is a network-path reference
 * (RFC 3986 4.2), whose host takes the place of the other, and `\` is a slash as well (URL Standard 4.4). Node hands `//b.example/x` and `/\b.example/x`
 * over as they came, and HTTP/2 with a scheme of the client's own any text at all (measured). So such a target is read by the very parser that they use.
 */
import { isIPv6 } from 'node:net'
import { normalHost } from './host-name.ts'

/** A path to every parser, as nearly all are. The parser of URLs drops tabs and line ends before it looks. */
const PLAIN_PATH = /^\/(?![/\\\t\n\r])/

/** Where the request names no host. No host has this name (RFC 6761 6.4), and no wildcard stands for it. */
const NOWHERE = 'invalid'

/**
 * Finds the hosts that a target names, for whoever resolves it against a URL of the request's host.
 *
 * @param target - `request.url`. Untrusted.
 * @param host - Of the request, in normal form; null for none.
 * @returns In normal form, null for what is none; nothing for a plain path. The request's own is among them where the target names no other.
 */
export function targetHosts(target: string, host: string | null): readonly (string | null)[] {
  if (PLAIN_PATH.test(target)) return []
  const authority = host === null ? NOWHERE : isIPv6(host) ? `[${host}]` : host
  // `http:b.example` is a path under a base of http, and a host under any other.
  return [`https://${authority}`, `http://${authority}`]
    .filter((base) => URL.canParse(target, base))
    .map((base) => new URL(target, base).hostname)
    .filter((name) => name !== '')
    .map((name) => normalHost(name) ?? null)
}
