import type { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'

/** What a server presented, as DER: its own certificate, then the others that it sent. Untrusted. */
export type Presented = readonly [Uint8Array, ...Uint8Array[]]

/** One more than any limit on presented certificates, so that it is the limit that refuses. */
const MAX_PRESENTED = 66

/**
 * Reads what the server presented in the handshake of a connection of ours: all of it, in the order of the wire.
 *
 * Measured on Node 20 to 26, TLS 1.2 and 1.3: the first `getPeerX509Certificate()` has that; on 20 to 24 it takes it away, and afterwards there seems to be no
 * certificate at all. `getPeerCertificate(true)` guesses who issued whom: it leaves out what was sent in another order, and adds what is in the store.
 * What is taken away is given back, for whoever asks the socket later.
 *
 * @returns Null where there is no certificate, and of every resumed session: Node gives a client none then, which is why a session is kept with what was presented.
 */
export function presentedBy(socket: TLSSocket): Presented | null {
  const endEntity = socket.getPeerX509Certificate()
  if (endEntity === undefined) return null
  const others: X509Certificate[] = []
  for (
    let next = endEntity.issuerCertificate;
    next && others.length < MAX_PRESENTED - 1;
    next = next.issuerCertificate
  ) {
    others.push(next)
  }
  if (socket.getPeerX509Certificate() === undefined) giveBack(socket, endEntity, others)
  return Object.freeze<[Uint8Array, ...Uint8Array[]]>([endEntity.raw, ...others.map(({ raw }) => raw)])
}

/** The socket is the application's before long: it watches expiry, or shows who answered. */
function giveBack(socket: TLSSocket, endEntity: X509Certificate, others: readonly X509Certificate[]): void {
  const getPeerCertificate = (detailed?: boolean) =>
    detailed ? detailedOf(endEntity, others) : endEntity.toLegacyObject()
  const getPeerX509Certificate = () => endEntity
  for (const [name, value] of Object.entries({ getPeerCertificate, getPeerX509Certificate })) {
    Object.defineProperty(socket, name, { value, configurable: true, writable: true })
  }
}

/** Linked in the order of the wire; the last is its own issuer only where it is self-signed, as Node has it. */
function detailedOf(endEntity: X509Certificate, others: readonly X509Certificate[]): DetailedPeerCertificate {
  const chain = [endEntity, ...others]
  const legacy = chain.map((certificate): Partial<DetailedPeerCertificate> => ({ ...certificate.toLegacyObject() }))
  for (const [index, each] of legacy.entries()) {
    const issuer = legacy[index + 1] ?? (chain[index]?.checkIssued(chain[index]) ? each : undefined)
    if (issuer) Object.assign(each, { issuerCertificate: issuer })
  }
  return legacy[0] as DetailedPeerCertificate
}
