import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { ExpectedServer } from '../server/expected-server.ts'

/** Where to connect to, and whom to expect there. Trusted: of the application, never of a request. */
export interface ConnectTarget {
  /** A DNS name or an IP address: no URL, and no port in it. */
  readonly host: string
  /** 1 to 65,535. Required: TLS has no port of its own. */
  readonly port: number
  /** The name that is sent (SNI), and by default expected. Default: that of the context, else `host` where it is no address. */
  readonly servername?: string
  /** Default: that of the context. */
  readonly expectedServer?: ExpectedServer
  /** Default: those of the context. */
  readonly alpnProtocols?: readonly string[]
  /** A connection that is open already, such as through a tunnel. Default: one of its own. */
  readonly socket?: Duplex
  /** An address of this machine to connect from. Default: the system's choice. */
  readonly localAddress?: string
  /** Of IP: 4 or 6, and 0, the default, for either. */
  readonly family?: number
  /** Breaks it off, before it is connected. Default: `connectTimeoutMs` of the context alone. */
  readonly signal?: AbortSignal
}

/** Makes connections for the clients, and knows which of them still have the newest material. */
export interface Connector {
  /**
   * Connects, and resolves once the server is known to be the one that is expected: no byte of a request can have been sent before.
   *
   * @throws {UpstreamError} And what the system says of a host that cannot be reached.
   */
  readonly connect: (target: ConnectTarget) => Promise<TLSSocket>
  /** Whether a connection was made with the newest material. */
  readonly isCurrent: (socket: object) => boolean
  /** Calls `listener` after every change of material: idle connections are to be ended, and new ones made. @returns What stops it. */
  readonly onRotation: (listener: () => void) => () => void
  /** Whether the context was closed. */
  readonly isClosed: () => boolean
}
