import type { NodeRequest } from '../evidence/connection.ts'
import { type EvidenceFailure, evidenceFailure, type HostPlace } from '../evidence/failures.ts'
import { ok, type Result, refused } from '../result.ts'
import { hostOfAuthority } from './host-name.ts'

/** An absolute-form target, with its authority (RFC 9112 3.2.2). */
const ABSOLUTE_FORM = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i

/**
 * Finds the host that a request is for: its `Host`, `:authority`, or the authority of an absolute-form target, which have to name one host and each to be
 * there once.
 *
 * `X-Forwarded-Host` and `Forwarded` are not read: on its own connection, a client writes them as it likes. The server name of TLS is not read either: a
 * connection serves any number of hosts, and on resumed TLS 1.2 Node knows none.
 *
 * @param request - As Node made it: `rawHeaders` has every line that came, `headers` drops a second `Host`. Untrusted.
 * @returns The host in normal form; null where the request names none.
 */
export function requestedHost(request: NodeRequest): Result<string | null, EvidenceFailure> {
  const named = namedHosts(request)
  let host: string | null = null
  for (const { where, text } of named) {
    const normal = hostOfAuthority(text)
    if (normal === undefined) return refused(evidenceFailure('ERR_EVIDENCE_HOST_MALFORMED', { where }))
    if (host !== null && normal !== host) return conflict(named)
    host = normal
  }
  // Two lines are refused also where they agree: what stands before or behind may know another way to join them.
  return named.some(({ where }, index) => named.findIndex((other) => other.where === where) !== index)
    ? conflict(named)
    : ok(host)
}

interface Named {
  readonly where: HostPlace
  readonly text: string
}

function namedHosts({ rawHeaders, url, method }: NodeRequest): readonly Named[] {
  const named: Named[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const where = placeOf(rawHeaders[index] ?? '')
    if (where) named.push({ where, text: rawHeaders[index + 1] ?? '' })
  }
  // The target of CONNECT is where a tunnel shall lead (RFC 9112 3.2.3), and stands in Host as well.
  const [, authority] = (method === 'CONNECT' ? null : ABSOLUTE_FORM.exec(url ?? '')) ?? []
  if (authority !== undefined) named.push({ where: 'the request target', text: authority })
  // An empty one is how a client says that there is none (RFC 9112 3.2).
  return named.length === 1 ? named.filter(({ text }) => text !== '') : named
}

/** By length first: this is asked of every line of every request. */
function placeOf(name: string): HostPlace | undefined {
  if (name.length === 4 && name.toLowerCase() === 'host') return 'Host'
  return name === ':authority' ? ':authority' : undefined
}

const conflict = (named: readonly Named[]): Result<never, EvidenceFailure> =>
  refused(evidenceFailure('ERR_EVIDENCE_HOST_CONFLICT', { places: named.map(({ where }) => where) }))
