import type { TLSSocket } from 'node:tls'

/** What a server presented, as DER: its own certificate, then the others that it sent. Untrusted. */
export type Presented = readonly [Uint8Array, ...Uint8Array[]]

/** More than any limit on presented certificates, so that it is the limit that refuses, with the true count up to here. */
const MAX_WALKED = 65

/**
 * Reads what the server presented in the handshake of a connection of ours.
 *
 * @returns Null where there is no certificate.
 */
export function presentedBy(socket: TLSSocket): Presented | null {
  const endEntity = socket.getPeerX509Certificate()
  if (endEntity === undefined) return null
  const others: Uint8Array[] = []
  for (let issuer = endEntity.issuerCertificate; issuer && others.length < MAX_WALKED; ) {
    others.push(issuer.raw)
    issuer = issuer.issuerCertificate
  }
  return [endEntity.raw, ...others]
}
