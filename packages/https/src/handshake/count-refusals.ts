import type { Socket } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import { escapeHostile, type Logger } from '@clientcert/core'
import type { Report } from '../report.ts'

/** How many were refused, by OpenSSL's reason. */
export interface RefusalCount {
  readonly refused: () => Readonly<Record<string, number>>
  readonly stop: () => void
}

const NO_CERTIFICATE = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'

/**
 * Counts and logs what Node closes without a word. The reasons are OpenSSL's names, a closed set. The log has the address and the server name that was asked for
 * beside them; never the certificate, which Node has let go of by then (20 to 26).
 */
export function countRefusals(server: Server, logger: Logger | undefined, report: Report): RefusalCount {
  const counts = new Map<string, number>()
  const count = (error: Error & { readonly code?: unknown }, socket: TLSSocket): void => {
    const reason = reasonOf(error, socket)
    if (reason === undefined) return
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    try {
      logger?.info({ clientCertHandshake: reason, ...whoOf(socket) }, `client refused in the handshake: ${reason}`)
    } catch (thrown) {
      report(thrown) // What a listener throws ends the process, and anybody can be refused.
    }
  }
  server.on('tlsClientError', count)
  if (logger) server.prependListener('connection', keepAddress)
  const stop = (): void => {
    server.off('tlsClientError', count)
    server.off('connection', keepAddress)
  }
  return { refused: () => Object.fromEntries(counts), stop }
}

/** Asks for the address as long as there is a connection: Node remembers what was asked once, and knows none of a socket that is closed. */
const keepAddress = ({ remoteAddress }: Socket): void => void remoteAddress

/** What is known of a client that is gone. The name is the client's to choose, whatever it likes. */
function whoOf(socket: TLSSocket): { readonly remoteAddress?: string; readonly servername?: string } {
  // The socket under that of TLS is not in Node's documentation. Where a version has it no more, the address is left out.
  const under: unknown = Reflect.get(socket, '_parent')
  const remoteAddress = addressOf(socket) ?? addressOf(under)
  const servername: unknown = Reflect.get(socket, 'servername')
  return {
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(typeof servername === 'string' ? { servername: escapeHostile(servername) } : {}),
  }
}

function addressOf(socket: unknown): string | undefined {
  const address: unknown =
    typeof socket === 'object' && socket !== null ? Reflect.get(socket, 'remoteAddress') : undefined
  return typeof address === 'string' ? address : undefined
}

/** Node destroys the socket and reports a reset; why, it has noted before. Undefined for every other end of a connection. */
function reasonOf({ code }: { readonly code?: unknown }, socket: TLSSocket): string | undefined {
  if (code === NO_CERTIFICATE) return 'NO_CERTIFICATE'
  const noted: unknown = socket.authorizationError
  return typeof noted === 'string' ? noted : undefined
}
