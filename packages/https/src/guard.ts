import { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import {
  type Authenticator,
  type AuthenticatorOptions,
  ConfigurationError,
  createAuthenticator,
  type HostsOptions,
  type Mode,
  OPTION_NAMES,
  type RouteOptions,
  readObject,
  readWord,
} from '@clientcert/core'
import { createDecide } from './decide.ts'
import { gateEvents } from './gate.ts'
import { type ClientCertListener, guardListener, type Listener } from './listener.ts'
import { createOpenConnections } from './open-connections.ts'
import { createReport } from './report.ts'

/** A server behind a guard. */
export type GuardedServer<Guarded extends Server | TlsServer = TlsServer> = Guarded & {
  /** For `status()`, `metrics()`, `reload()` and `ready()`. Closed with the server. */
  readonly clientCertAuthenticator: Authenticator
  /**
   * Puts another guard before a part of the application. It decides anew, after the server's own, so it can only narrow.
   *
   * @param options - A mode, or any of `mode`, `allow`, `anchors` and `responses`; the rest is as of the server.
   */
  readonly clientCertRoute: (options: RouteOptions | Mode, listener: ClientCertListener) => Listener
}

/** What becomes of connections that are open when their client is no longer let in. */
export const OPEN_CONNECTIONS = ['refuse-next-request', 'close'] as const

/** What a guard is told beside the options of its authenticator. */
export interface OpenConnectionsOption {
  /**
   * What becomes of a connection whose client was let in and would be refused now: revoked, expired, its authority withdrawn. `'refuse-next-request'`, the
   * default, which a WebSocket never makes; or `'close'`, within seconds, whatever is being sent. With `hosts`, as soon as one of those that let the client
   * in on this connection would refuse it. Behind a proxy, where many clients share a connection, only upgraded ones are closed.
   */
  readonly openConnections?: (typeof OPEN_CONNECTIONS)[number]
}

/** Options of a guard: those of core's `createAuthenticator`, and one. */
export interface GuardOptions extends AuthenticatorOptions, OpenConnectionsOption {}

/** Options of a guard of several hosts. */
export interface HostsGuardOptions extends HostsOptions, OpenConnectionsOption {}

/** The names of all options of a guard. */
export const GUARD_OPTION_NAMES = [...OPTION_NAMES, 'openConnections'] as const

/**
 * Puts a guard before every listener of a server: for `request`, `checkContinue`, `checkExpectation`, `upgrade` and `connect`, those there are and
 * those that will be added. They see only requests that may come in, with `clientCert` and `clientCertDecision`.
 *
 * Closes its authenticator when the server closes; one that listens again afterwards answers 503.
 *
 * @param server - Of node:http or node:https, made with `tlsOptions`.
 * @param options - As of core's `createAuthenticator`.
 * @throws {ConfigurationError} Also `ERR_CONFIG_SERVER` for a server that never asks for certificates, that refuses in the handshake, that is of
 *   node:http2, or that is guarded already.
 */
export function guard<Guarded extends Server | TlsServer>(
  server: Guarded,
  options: GuardOptions | HostsGuardOptions,
): GuardedServer<Guarded> {
  checkKind(server)
  const { openConnections, ...own } = readGuardOptions(options)
  const authenticator = createAuthenticator(own)
  try {
    authenticator.checkServer(server)
  } catch (error) {
    authenticator.close()
    throw error
  }
  const report = createReport(own.logger)
  const decideBy = (route: RouteOptions | Mode) => createDecide(authenticator, authenticator.route(route), report)
  const route = authenticator.route({})
  const open =
    openConnections === 'close' ? createOpenConnections(authenticator, route, own.clock ?? systemClock, report) : null
  const watching = createDecide(authenticator, route, report, open?.watch)
  const ofRequest = authenticator.vary === null ? watching : createDecide(authenticator, route, report)
  gateEvents(server, { ofRequest, ofSocket: watching }, authenticator.vary)
  server.once('close', () => {
    open?.close()
    authenticator.close()
  })
  return Object.assign(server, {
    clientCertAuthenticator: authenticator,
    clientCertRoute: (route: RouteOptions | Mode, listener: ClientCertListener): Listener =>
      guardListener(decideBy(route), authenticator.vary, listener),
  })
}

function readGuardOptions<Options extends GuardOptions | HostsGuardOptions>(options: Options): Options {
  if (typeof options === 'object' && 'refuseAt' in (options ?? {})) {
    const fix = 'Give it to `createServer`; of a server that is there already, call `refuseInHandshake`.'
    throw new ConfigurationError('ERR_CONFIG_UNKNOWN_OPTION', 'refuseAt', 'is an option of `createServer` only', fix)
  }
  const given = readObject(options, '', GUARD_OPTION_NAMES)
  if ('openConnections' in given) readWord(given.openConnections, 'openConnections', OPEN_CONNECTIONS)
  return options
}

const systemClock = (): Date => new Date()

function checkKind(server: object): void {
  if (!(server instanceof Server || server instanceof TlsServer)) {
    const fix = 'Give what node:http or node:https made; for node:http2, put withClientCert before its listener.'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', 'is no server of HTTP/1', fix)
  }
  if ('clientCertAuthenticator' in server) {
    const fix = 'Guard it once; for other rules in a part of the application, use `server.clientCertRoute`.'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', 'is guarded already', fix)
  }
}
