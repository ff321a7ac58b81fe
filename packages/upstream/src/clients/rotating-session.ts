import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  OutgoingHttpHeaders,
} from 'node:http2'
import { ConfigurationError } from '@clientcert/core'
import type { Connector } from '../connection/connector.ts'
import { followRotation, isUsable } from './follow-rotation.ts'
import type { OpenSession } from './open-session.ts'

/** How many sessions a request tries that end before it is sent. Each took a connection and a verification, so a server that ends them all is not worth more. */
const MAX_SESSIONS = 3

/** One session at a time, over a connection with the newest certificate. Those before it close when their streams have ended. */
export class RotatingSession {
  readonly #connector: Connector
  readonly #open: (signal: AbortSignal) => Promise<OpenSession>
  /** All that have not closed. */
  readonly #sessions = new Set<ClientHttp2Session>()
  readonly #closing = new AbortController()
  #current: OpenSession | null = null
  #flight: Promise<ClientHttp2Session> | null = null

  constructor(connector: Connector, open: (signal: AbortSignal) => Promise<OpenSession>) {
    this.#connector = connector
    this.#open = open
    followRotation(connector, this)
  }

  /** Has the next request open a session, also where one is being opened: that began with the old certificate. */
  retire(): void {
    this.#flight = null
    this.#retireCurrent()
  }

  async session(): Promise<ClientHttp2Session> {
    this.#closing.signal.throwIfAborted()
    if (this.#current !== null && this.#takesRequests(this.#current)) return this.#current.session
    this.#retireCurrent()
    this.#flight ??= this.#take()
    return this.#flight
  }

  async request(headers?: OutgoingHttpHeaders, options?: ClientSessionRequestOptions): Promise<ClientHttp2Stream> {
    for (let tried = 1; ; tried++) {
      const session = await this.session()
      const isLast = tried === MAX_SESSIONS
      if (!isLast && (session.closed || session.destroyed)) continue
      const stream = session.request(headers, options)
      // A session has 2^30 numbers for streams (RFC 9113 section 5.1.1), and a stream without one was not sent.
      const isUnsent = stream.destroyed && stream.id === undefined && options?.signal?.aborted !== true
      if (isLast || !isUnsent) return stream
      stream.on('error', () => {})
      this.#retireCurrent()
    }
  }

  async close(): Promise<void> {
    const fix = 'Close it after the last request.'
    this.#closing.abort(new ConfigurationError('ERR_CONFIG_CLOSED', 'http2', 'is closed', fix))
    this.retire()
    // Not `once()` of Node's, which an error of the server would have reject.
    await Promise.all(
      [...this.#sessions].map((session) => new Promise<void>((resolve) => session.once('close', resolve))),
    )
  }

  /** Opens one, for all who ask before it is there. One that has been outlived by then is still good for those. */
  #take(): Promise<ClientHttp2Session> {
    const flight: Promise<ClientHttp2Session> = this.#open(this.#closing.signal).then(
      (opened) => {
        const { session } = opened
        this.#sessions.add(session)
        session.once('close', () => this.#sessions.delete(session))
        if (this.#flight === flight) {
          this.#flight = null
          this.#current = opened
        }
        if (this.#current !== opened || !this.#takesRequests(opened)) setImmediate(opened.retire)
        return session
      },
      (error: unknown) => {
        if (this.#flight === flight) this.#flight = null
        throw error
      },
    )
    return flight
  }

  #takesRequests({ session, socket }: OpenSession): boolean {
    return !session.closed && !session.destroyed && isUsable(this.#connector, socket)
  }

  #retireCurrent(): void {
    this.#current?.retire()
    this.#current = null
  }
}
