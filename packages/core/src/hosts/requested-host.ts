import type { NodeRequest } from '../evidence/connection.ts'
import { type EvidenceFailure, evidenceFailure, type HostPlace } from '../evidence/failures.ts'
import { ok, type Result, refused } from '../result.ts'
import { hostOfAuthority } from './host-name.ts'

/** An absolute-form target, with its authority (RFC 9112 3.2.2). */
const ABSOLUTE_FORM = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i

/**
 * Finds the host that a request is for: its `Host` or `:authority`, with which the authority of an absolute-form target, and the target of CONNECT, have to
 * agree; each has to be there once.
 *
 * A target alone is refused, though RFC 9112 3.2.2 would have it decide: what stands behind reads `Host`, and would take the request for one of no host.
 *
 * `X-Forwarded-Host` and `Forwarded` are not read: on its own connection, a client writes them as it likes. The server name of TLS is not read either: a
 * connection serves any number of hosts, and on resumed TLS 1.2 Node knows none.
 *
 * @param request - As Node made it: `rawHeaders` has every line that came, `headers` drops a second `Host`. Untrusted.
 * @returns The host in normal form; null where the request names none.
 */
export function requestedHost(request: NodeRequest): Result<string | null, EvidenceFailure> {
  const named = namedHosts(request)
  if (named.length === 1 && named[0]?.where === 'the request target') return targetConflict(request)
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

function namedHosts(request: NodeRequest): readonly Named[] {
  const { rawHeaders } = request
  const named: Named[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const where = placeOf(rawHeaders[index] ?? '')
    if (where) named.push({ where, text: rawHeaders[index + 1] ?? '' })
  }
  const authority = authorityOfTarget(request)
  if (authority !== undefined) named.push({ where: 'the request target', text: authority })
  // An empty one is how a client says that there is none (RFC 9112 3.2).
  return named.length === 1 ? named.filter(({ text }) => text !== '') : named
}

function authorityOfTarget({ url = '', method, httpVersionMajor }: NodeRequest): string | undefined {
  // Where a tunnel shall lead, which stands in Host as well (RFC 9112 3.2 and 3.2.3). HTTP/2 has that in :authority, and a path beside it (RFC 8441).
  return method === 'CONNECT' && httpVersionMajor < 2 ? url : ABSOLUTE_FORM.exec(url)?.[1]
}

/** By length first: this is asked of every line of every request. */
function placeOf(name: string): HostPlace | undefined {
  if (name.length === 4 && name.toLowerCase() === 'host') return 'Host'
  return name === ':authority' ? ':authority' : undefined
}

/** For a target that names another host than the request, or names one where the request names none. */
export const targetConflict = (request: NodeRequest): Result<never, EvidenceFailure> =>
  refused(
    evidenceFailure('ERR_EVIDENCE_HOST_CONFLICT', {
      places: [request.httpVersionMajor < 2 ? 'Host' : ':authority', 'the request target'],
    }),
  )

const conflict = (named: readonly Named[]): Result<never, EvidenceFailure> =>
  refused(evidenceFailure('ERR_EVIDENCE_HOST_CONFLICT', { places: named.map(({ where }) => where) }))
