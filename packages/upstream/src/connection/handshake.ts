/** TCP and TLS, up to where the server has shown its certificate and nobody has judged it. */
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { ConnectTarget } from './connector.ts'
import type { Generation } from './generation.ts'

/** What is sent in the handshake. */
export interface Hello {
  /** Null for none. */
  readonly servername: string | null
  /** Null where none are offered. */
  readonly alpnProtocols: readonly string[] | null
  /** A session to be resumed. */
  readonly session: Buffer | null
}

/** The name that is sent: never an address (RFC 6066 section 3), and without the trailing dot, which Node would send as it stands. */
export function servernameOf({ host, servername }: ConnectTarget, sni: string | null): string | null {
  const name = (servername ?? sni ?? host).replace(/\.$/, '')
  return name === '' || isIP(name) !== 0 || name.includes('%') ? null : name
}

/**
 * Begins a connection.
 *
 * Here alone nobody verifies within Node: `secureConnect` says nothing about who is there, and whoever calls this has to judge before anything is written.
 */
export function openTls(target: ConnectTarget, { secureContext }: Generation, hello: Hello): TLSSocket {
  const { servername, alpnProtocols, session } = hello
  return connect({
    ...transportOf(target),
    secureContext,
    ...(servername === null ? {} : { servername }),
    ...(alpnProtocols === null ? {} : { ALPNProtocols: [...alpnProtocols] }),
    ...(session === null ? {} : { session }),
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  })
}

function transportOf({ socket, host, port, localAddress, family }: ConnectTarget): object {
  if (socket) return { socket }
  return {
    host,
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(family === undefined ? {} : { family }),
  }
}
