/** What http-proxy 1.18 takes over from a message as it is, and what it makes of it, put right before it is sent on. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { deleteHopByHop } from './hop-by-hop.ts'

/**
 * Prepares a request for being sent on: with the framing of the body with which it came, and without what was for the gateway.
 *
 * http-proxy says that a DELETE or OPTIONS without Content-Length has an empty body, and sends one that came in chunks behind that: the server reads it as another
 * request, of which no mapping knows (RFC 9112 11.2).
 */
export function prepareRequest({ headers, rawHeaders }: IncomingMessage): void {
  deleteHopByHop(headers)
  const coding = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'transfer-encoding')
  if (coding === -1) return
  delete headers['content-length']
  headers['transfer-encoding'] = 'chunked'
}

/**
 * Prepares the request of an upgrade, which is sent on without a body: a server that refuses it would wait for what was announced, and take it from the next request
 * of the connection (RFC 9112 11.2).
 */
export function prepareUpgrade({ headers }: IncomingMessage): void {
  deleteHopByHop(headers)
  delete headers['content-length']
  delete headers['transfer-encoding']
  headers.upgrade = 'websocket'
}

/**
 * Prepares an answer for being handed over. What Node would not write is put right: it throws where nobody listens, and the process ends. An answer that breaks off
 * breaks off for the client, too, which would else wait for the rest.
 */
export function prepareResponse(proxied: IncomingMessage, response: ServerResponse): void {
  deleteHopByHop(proxied.headers)
  // http-proxy writes `keep-alive` where there is none, also to a client that asked for the end of its connection.
  proxied.headers.connection = response.shouldKeepAlive ? 'keep-alive' : 'close'
  if (proxied.statusCode === undefined || proxied.statusCode < 100) proxied.statusCode = 502
  proxied.statusMessage = '' // Node's own instead: RFC 9112 4 has clients ignore it, and it may hold control characters.
  proxied.once('error', () => response.destroy())
}
