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

/** Connections to servers, with a certificate of our own that rotates under them. Made by `createTlsContext`. */
export interface TlsContext {
  /** Of TLSContext; by which mappings name it. */
  readonly name: string
  /** Of TLSContext: the hosts for which it terminates TLS; empty where it is for origination only. */
  readonly hosts: readonly string[]
  /** Resolves when there is material. */
  readonly ready: () => Promise<void>
  /** Connects, and resolves once the server is known to be the one that is expected. The connection ends with its material, after the grace period. */
  readonly connect: (target: ConnectTarget) => Promise<TLSSocket>
  /** For `https.request`, `ws`, axios, and whatever takes an agent. Without options the same one each time. */
  readonly agent: (options?: AgentOptions) => Agent
  /** For `fetch(url, { dispatcher })` and undici. Without options the same one each time, until it is closed. */
  readonly dispatcher: (options?: DispatcherOptions) => FetchDispatcher
  /** HTTP/2 sessions to one server. */
  readonly http2: (authority: string | URL, options?: Http2ClientOptions) => Http2Client
  /** For drivers that call `tls.connect` themselves: each call of theirs finds the newest material in it. */
  readonly connectOptions: (target?: ConnectOptionsTarget) => ConnectionOptions
  /** Has a connection that a driver made with `connectOptions()` end with its material, after the grace period, as those of the context do. */
  readonly follow: (socket: TLSSocket) => void
  /** For a server that terminates TLS for `hosts`: presents the newest certificate to who asks for one of them. */
  readonly serverOptions: () => Required<Pick<TlsOptions, 'SNICallback'>>
  readonly status: () => TlsContextStatus
  /** Loads the material again, now. What fails keeps the last good and says so. */
  readonly reload: () => Promise<void>
  /** Tells of every change of material, after it has taken effect. @returns What stops it. */
  readonly onRotation: (listener: () => void) => () => void
  /** Stops following, refuses new connections, and ends those that are open when their requests have ended, at the latest after the grace period. */
  readonly close: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
