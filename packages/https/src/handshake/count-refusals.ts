import type { Server, TLSSocket } from 'node:tls'
import type { Logger } from '@clientcert/core'

/** How many were refused, by OpenSSL's reason. */
export interface RefusalCount {
  readonly refused: () => Readonly<Record<string, number>>
  readonly stop: () => void
}

const NO_CERTIFICATE = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'

/** Counts and logs what Node closes without a word. The reasons are OpenSSL's names, a closed set; nothing that a client chose is among them. */
export function countRefusals(server: Server, logger: Logger | undefined): RefusalCount {
  const counts = new Map<string, number>()
  const count = (error: Error & { readonly code?: unknown }, socket: TLSSocket): void => {
    const reason = reasonOf(error, socket)
    if (reason === undefined) return
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    logger?.info({ clientCertHandshake: reason }, `client refused in the handshake: ${reason}`)
  }
  server.on('tlsClientError', count)
  return { refused: () => Object.fromEntries(counts), stop: () => void server.off('tlsClientError', count) }
}

/** Node destroys the socket and reports a reset; why, it has noted before. Undefined for every other end of a connection. */
function reasonOf({ code }: { readonly code?: unknown }, socket: TLSSocket): string | undefined {
  if (code === NO_CERTIFICATE) return 'NO_CERTIFICATE'
  const noted: unknown = socket.authorizationError
  return typeof noted === 'string' ? noted : undefined
}
