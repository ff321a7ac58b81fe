/** TLS sessions of one connection: which one may be offered, what its server had presented, and which may be kept. */
import type { TLSSocket } from 'node:tls'
import type { Expectation } from '../server/expectation.ts'
import { type Presented, presentedBy } from '../server/presented.ts'
import type { CachedSession } from '../server/session-cache.ts'
import { isSessionOf } from '../server/session-certificate.ts'
import { upstreamError } from '../upstream-error.ts'
import type { ConnectTarget } from './connector.ts'

/**
 * Under which a session is kept: a session of one server is never offered to another, nor where somebody else is expected (CVE-2026-48934). Our own certificate
 * and the authorities are those of the generation, whose cache it is.
 */
export const sessionKeyOf = (
  { host, port }: ConnectTarget,
  servername: string | null,
  expectation: Expectation,
): string => JSON.stringify([servername, host, port, expectation.key])

/**
 * Says what the server presented: in this handshake, or where it was resumed, in the one that made the session.
 *
 * @param offered - The session that was offered; undefined where none was.
 * @throws {UpstreamError} `ERR_UPSTREAM_NO_CERTIFICATE`; `ERR_UPSTREAM_RESUMED` where the certificate is not the one that the session was kept with.
 */
export function presentedIn(socket: TLSSocket, offered: CachedSession | undefined, server: string): Presented {
  if (socket.isSessionReused()) {
    if (offered && isSessionOf(socket.getSession(), offered.presented)) return offered.presented
    throw upstreamError('ERR_UPSTREAM_RESUMED', { server })
  }
  const presented = presentedBy(socket)
  if (presented) return presented
  throw upstreamError('ERR_UPSTREAM_NO_CERTIFICATE', { server })
}

/**
 * Holds back the newest session of a connection until its server is verified.
 *
 * @returns Hands that one and all later ones over. In TLS 1.3 they come after the handshake (RFC 8446 4.6.1).
 */
export function holdSessions(socket: TLSSocket): (keep: (session: Buffer) => void) => void {
  let newest: Buffer | null = null
  let keepNow: ((session: Buffer) => void) | null = null
  socket.on('session', (session) => {
    if (keepNow) keepNow(session)
    else newest = session
  })
  return (keep) => {
    keepNow = keep
    if (newest) keep(newest)
  }
}
