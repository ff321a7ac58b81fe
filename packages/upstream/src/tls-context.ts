import type { Agent } from 'node:https'
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls'
import type { AgentOptions } from './clients/agent.ts'
import type { ConnectOptionsTarget } from './clients/connect-options.ts'
import type { DispatcherOptions, FetchDispatcher } from './clients/dispatcher.ts'
import type { Http2Client } from './clients/http2-client.ts'
import type { Http2ClientOptions } from './clients/http2-options.ts'
import type { ConnectTarget } from './connection/connector.ts'
import type { MaterialStatus } from './material/material.ts'

/** What is known of a context, for health checks and people. */
export interface TlsContextStatus {
  readonly name: string
  /** Whether there is material; without, every connection is refused. */
  readonly ready: boolean
  /** How often the material has been replaced. */
  readonly rotations: number
  readonly material: MaterialStatus
  /** Open connections, and those of them whose certificate has been replaced since. */
  readonly connections: { readonly open: number; readonly retiring: number }
  /** Whom it talks to: `disabled` only under `dangerouslyDisableServerVerification`. */
  readonly serverVerification: 'enabled' | 'disabled'
}

/**
 * Connections to servers, with a certificate of our own that rotates under them. Made by `createTlsContext`.
 *
 * Whatever connects fails with an `UpstreamError` (`ERR_UPSTREAM_...`) where we refuse or the server refuses us by an alert of TLS, and with the system's or
 * OpenSSL's error (`ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET`) where nobody answers or it ends without a word, as servers of Node do to clients whom they refuse.
 */
export interface TlsContext {
  /** Of TLSContext; by which mappings name it. */
  readonly name: string
  /** Of TLSContext: the hosts for which it terminates TLS; empty where it is for origination only. */
  readonly hosts: readonly string[]
  /**
   * Resolves when there is material. Under `whenMissing: 'wait'` it waits as long as it takes.
   *
   * @throws {UpstreamError} `ERR_UPSTREAM_CLOSED` where the context is closed before. {@link SourceError} where a source fails, and waiting was not asked for.
   */
  readonly ready: () => Promise<void>
  /**
   * Connects, and resolves once the server is known to be the one that is expected. The connection ends with its material, after the grace period.
   *
   * @throws {UpstreamError} And what the system says of a host that cannot be reached. {@link ConfigurationError} for a target that is none.
   */
  readonly connect: (target: ConnectTarget) => Promise<TLSSocket>
  /**
   * For `https.request`, `ws`, axios (`httpsAgent`), and whatever takes an agent. Without options the same one each time; one with options is to be kept, since it
   * has the connections.
   *
   * @param options - Node's, but those of TLS. `keepAlive` is true by default.
   * @throws {ConfigurationError} For an option of TLS, or an unknown one; an option of TLS beside a request is that request's `error`.
   */
  readonly agent: (options?: AgentOptions) => Agent
  /**
   * For `fetch(url, { dispatcher })` and undici. Without options the same one each time, until it is closed; one with options is to be kept.
   *
   * With `"dom"` in TypeScript's `lib`, `RequestInit` is the browser's, which has no `dispatcher`: write `{ dispatcher } as RequestInit`.
   *
   * @param options - Those of undici's `Agent` that say nothing of how a connection is made.
   * @throws {ConfigurationError} For other options. A request to `http:` is rejected with one.
   */
  readonly dispatcher: (options?: DispatcherOptions) => FetchDispatcher
  /**
   * HTTP/2 to one server. Keep it: it has the session.
   *
   * @param authority - A URL of `https:`; its path counts for nothing.
   * @throws {ConfigurationError} For another authority, an option of TLS, or an unknown one.
   */
  readonly http2: (authority: string | URL, options?: Http2ClientOptions) => Http2Client
  /**
   * For drivers that hand the options of TLS to `tls.connect` as they are (pg and ioredis do): each call of theirs finds the newest material in it.
   *
   * Not for drivers that pick `ca`, `cert` and `key` out of them, as mysql2 does: it would connect without our certificate, and without our authorities.
   *
   * OpenSSL verifies the server here; revocation is not checked, and connections end with their material only where they are given to `follow()`.
   *
   * @throws {ConfigurationError} Where the context has `revocation`, `crl`, `policies` or `maxIntermediates`.
   */
  readonly connectOptions: (target?: ConnectOptionsTarget) => ConnectionOptions
  /** Has a connection that a driver made with `connectOptions()` end with its material, after the grace period, as those of the context do. */
  readonly follow: (socket: TLSSocket) => void
  /**
   * For a server that terminates TLS for `hosts`: presents the newest certificate to who asks for one of them, and to nobody who sends no name.
   *
   * Does not ask clients for certificates: that is `requestCert`, or one of the adapters.
   *
   * @throws {ConfigurationError} Where the context has no `hosts`.
   */
  readonly serverOptions: () => Required<Pick<TlsOptions, 'SNICallback'>>
  readonly status: () => TlsContextStatus
  /** Loads the material, and files of CRLs, again, now. What fails keeps the last good and says so: it does not reject for that. */
  readonly reload: () => Promise<void>
  /** Tells of every change of material, after it has taken effect; of the last, to none, by `close()`. @returns What stops it. */
  readonly onRotation: (listener: () => void) => () => void
  /** Stops following, refuses new connections, and ends those that are open when their requests have ended, at the latest after the grace period. */
  readonly close: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
