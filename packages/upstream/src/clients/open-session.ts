import { type ClientHttp2Session, connect } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { escapeHostile } from '@clientcert/core'
import type { Connector } from '../connection/connector.ts'
import { upstreamError } from '../upstream-error.ts'
import type { Http2ClientOptions } from './http2-options.ts'
import { connectOver, hangUp } from './transport.ts'

export interface OpenSession {
  readonly session: ClientHttp2Session
  /** The connection itself: what the session has as `socket` is another object, by which nobody knows it. */
  readonly socket: TLSSocket
  /**
   * Closes it when its streams have ended, and not before: by `close` Node sends a GOAWAY, which nghttp2 puts before requests of the same turn, and Node's servers
   * refuse what comes after one (measured on 20.20: `NGHTTP2_REFUSED_STREAM` for requests that were sent just before).
   */
  readonly retire: () => void
}

/** Opens a session over a verified connection. It keeps the process alive while it has streams, as a connection of Node's agent does while it has a request. */
export async function openSession(
  connector: Connector,
  authority: URL,
  { servername, expectedServer, ...options }: Http2ClientOptions,
  signal: AbortSignal,
): Promise<OpenSession> {
  const host = authority.hostname.replace(/^\[(.*)\]$/, '$1')
  const target = {
    host,
    port: authority.port === '' ? 443 : Number(authority.port),
    alpnProtocols: ['h2'],
    signal,
    ...(servername === undefined ? {} : { servername }),
    ...(expectedServer === undefined ? {} : { expectedServer }),
  }
  const server = escapeHostile(`${target.host}:${target.port}`)
  const socket = await connectOver(connector, target, {}).catch((error: unknown) => {
    throw isNoApplicationProtocol(error) ? wrongProtocol(server, null, error) : error
  })
  if (socket.alpnProtocol !== 'h2') {
    socket.destroy()
    throw wrongProtocol(server, socket.alpnProtocol || null)
  }
  const session = connect(authority, { ...options, createConnection: () => socket })
  await new Promise((resolve, reject) => {
    session.once('connect', resolve).once('error', reject)
    session.once('close', () => reject(hangUp()))
  })
  // Its streams hear of it.
  session.on('error', () => {})
  // A session that has closed ends its side only, and waits for the server's: one that sends GOAWAY and goes on holding would hold for ever.
  socket.once('finish', () => socket.destroy())
  return { session, socket, retire: followStreams(session) }
}

/** Counts the streams, by whomever they are made: without any, the session keeps no process alive. @returns What retires it. */
function followStreams(session: ClientHttp2Session): () => void {
  const request = session.request.bind(session)
  let streams = 0
  let isRetired = false
  session.request = (...given) => {
    const stream = request(...given)
    streams += 1
    session.ref()
    stream.once('close', () => {
      streams -= 1
      if (streams > 0) return
      session.unref()
      if (isRetired) session.close()
    })
    return stream
  }
  session.unref()
  return () => {
    isRetired = true
    if (streams === 0) session.close()
  }
}

const wrongProtocol = (server: string, present: string | null, cause?: unknown): Error =>
  upstreamError('ERR_UPSTREAM_PROTOCOL', { server, expected: 'h2', present }, cause)

/** How OpenSSL tells of the alert by which a server refuses all protocols that it was offered (RFC 7301 section 3.2). */
const isNoApplicationProtocol = (error: unknown): boolean =>
  error instanceof Error && Reflect.get(error, 'code') === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'
