import type { ClientHttp2Session, ClientSessionOptions } from 'node:http2'
import type { ExpectedServer } from '../server/expected-server.ts'

export type Http2ClientOptions = Omit<ClientSessionOptions, 'createConnection'> & {
  readonly servername?: string
  readonly expectedServer?: ExpectedServer
}

/** HTTP/2 to one server: one session at a time, replaced when our certificate is. */
export interface Http2Client {
  /** The session for new requests: call `request` on it at once, since the next call may give another. */
  readonly session: () => Promise<ClientHttp2Session>
  /** Closes the session when its streams have ended. */
  readonly close: () => Promise<void>
}
