import { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import {
  type Authenticator,
  type AuthenticatorOptions,
  ConfigurationError,
  createAuthenticator,
  type Mode,
  type RouteOptions,
} from '@clientcert/core'
import { createDecide } from './decide.ts'
import { gateEvents } from './gate.ts'
import { type ClientCertListener, guardListener, type Listener } from './listener.ts'
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
  options: AuthenticatorOptions,
): GuardedServer<Guarded> {
  checkKind(server)
  const authenticator = createAuthenticator(options)
  try {
    authenticator.checkServer(server)
  } catch (error) {
    authenticator.close()
    throw error
  }
  const report = createReport(options.logger)
  const decideBy = (route: RouteOptions | Mode) => createDecide(authenticator, authenticator.route(route), report)
  gateEvents(server, decideBy({}), authenticator.vary)
  server.once('close', authenticator.close)
  return Object.assign(server, {
    clientCertAuthenticator: authenticator,
    clientCertRoute: (route: RouteOptions | Mode, listener: ClientCertListener): Listener =>
      guardListener(decideBy(route), authenticator.vary, listener),
  })
}

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
