import type { X509Certificate } from 'node:crypto'
import { certificateDerFrom } from '../encoding/certificate-der.ts'
import { ok } from '../result.ts'
import { type Connection, isTlsSocket } from './connection.ts'
import type { Evidence, PresentedCertificates } from './evidence.ts'
import { evidenceFailure } from './failures.ts'

const FROM = 'the TLS connection'

/** More than any limit on presented certificates, so that it is the limit that refuses, with the true count up to here. */
const MAX_WALKED = 64

/**
 * What each connection presented, read once. `getPeerX509Certificate()` hands out the issuers on its first call only (measured on Node 20
 * to 26) and costs 20 to 120 us. A fact of the connection, so it is shared by all authenticators of a process; verdicts are not.
 */
const presentedBy = new WeakMap<object, PresentedCertificates | 'none'>()

/**
 * Reads the client certificate of a TLS connection. A connection without TLS presents none.
 *
 * `socket.authorized` is not looked at: it is `true` for a resumed TLS 1.3 session *without* a certificate (nodejs/node#35317), for sessions
 * resumed from a host with other authorities, and for certificates that expired since. A resumed session has the end
 * entity alone, so its intermediates must come from the store.
 */
export function evidenceFromSocket({ key, socket }: Connection): Evidence {
  const presented = presentedBy.get(key) ?? readPeer(key, socket)
  if (presented === 'closed') {
    return { kind: 'unusable', failure: evidenceFailure('ERR_EVIDENCE_SOCKET_CLOSED', { from: FROM }) }
  }
  if (presented === 'none') return { kind: 'none', from: FROM }
  return { kind: 'presented', rememberBy: { connection: key, text: null }, read: () => ok(presented) }
}

function readPeer(key: object, socket: Connection['socket']): PresentedCertificates | 'none' | 'closed' {
  if (socket === null) return 'closed'
  if (!isTlsSocket(socket)) return 'none'
  const leaf = socket.getPeerX509Certificate()
  const presented = leaf ? walk(leaf) : 'none'
  presentedBy.set(key, presented)
  return presented
}

function walk(leaf: X509Certificate): PresentedCertificates {
  const others = []
  let issuer = leaf.issuerCertificate
  while (issuer && others.length < MAX_WALKED) {
    others.push(certificateDerFrom(issuer.raw))
    issuer = issuer.issuerCertificate
  }
  return [certificateDerFrom(leaf.raw), ...others]
}
