import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  OutgoingHttpHeaders,
} from 'node:http2'
import type { Connector } from '../connection/connector.ts'
import { type Http2ClientOptions, readAuthority, readHttp2Options } from './http2-options.ts'
import { openSession } from './open-session.ts'
import { RotatingSession } from './rotating-session.ts'

/** HTTP/2 to one server: one session at a time, replaced when our certificate is, and when the server ends it. Idle, it keeps no process alive. */
export interface Http2Client {
  /**
   * The session for new requests: call `request` on it at once, and ask again for the next.
   *
   * Between the two it may end all the same: a GOAWAY of the server, or a change of our certificate, closes it to new streams, and `request` on it fails with
   * `ERR_HTTP2_GOAWAY_SESSION` (thrown on Node 20 and 22, the stream's error on 24 and 26). {@link Http2Client.request} takes the next session then, and
   * is what to use where nothing else of the session is needed.
   */
  readonly session: () => Promise<ClientHttp2Session>
  /**
   * Sends a request by the session of the moment. By another one where that has ended before anything of it was sent, and only there.
   *
   * One that the server refuses afterwards fails, as with Node's own: `stream.rstCode` is `NGHTTP2_REFUSED_STREAM` where it says that nothing of it was
   * done (RFC 9113 section 8.7), and whether to send it again is for the caller, who has its body.
   */
  readonly request: (headers?: OutgoingHttpHeaders, options?: ClientSessionRequestOptions) => Promise<ClientHttp2Stream>
  /** Refuses new requests, and resolves when those that run have ended and all sessions are closed. */
  readonly close: () => Promise<void>
}

/**
 * Creates a client of HTTP/2 to one server, whose connections are made by `connector`. Connects with the first request.
 *
 * A session that our certificate has outlived takes no new request, and closes when its streams have ended, at the latest after the context's grace period.
 *
 * @param authority - Of `https:`. Trusted.
 * @param options - Trusted. None of TLS, which are the context's.
 * @returns Its functions reject with an `UpstreamError`: `ERR_UPSTREAM_PROTOCOL` where the server does not speak h2, and those of connecting; and with
 *   what the system says of a host that cannot be reached.
 * @throws {ConfigurationError} For an authority that is none, an option of TLS or an unknown one.
 */
export function createHttp2Client(
  connector: Connector,
  authority: string | URL,
  options: Http2ClientOptions = {},
): Http2Client {
  const url = readAuthority(authority)
  readHttp2Options(options)
  const sessions = new RotatingSession(connector, (signal) => openSession(connector, url, options, signal))
  return {
    session: () => sessions.session(),
    request: (headers, options) => sessions.request(headers, options),
    close: () => sessions.close(),
  }
}
