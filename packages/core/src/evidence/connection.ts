import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** A request as Node's servers make it; what frameworks call `raw`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/** The connection that a request came on. */
export interface Connection {
  /** One object for each connection: the socket, or the http2 session (whose `socket` is another proxy object on each stream). */
  readonly key: object
  /** Null where the connection has ended and cannot be asked any more. */
  readonly socket: Socket | TLSSocket | null
}

/** Finds the connection of a request, for HTTP/1.1 and HTTP/2 alike. */
export function connectionOf(request: NodeRequest): Connection {
  if (!('stream' in request)) return { key: request.socket, socket: request.socket.destroyed ? null : request.socket }
  // A stream that ended has no session, and the socket of a session that ended throws ERR_HTTP2_SOCKET_UNBOUND.
  const { session } = request.stream ?? {}
  if (!session || session.destroyed || session.socket.destroyed) return { key: session ?? request, socket: null }
  return { key: session, socket: session.socket }
}

/**
 * Whether a socket is one end of a TLS connection. Its method is read and not asked for with `in`: the socket of an http2 session is a proxy
 * object that answers reads alone, so that `in` would find no TLS there, hence no client.
 */
export function isTlsSocket(socket: Socket | TLSSocket): socket is TLSSocket {
  return typeof Reflect.get(socket, 'getPeerX509Certificate') === 'function'
}
