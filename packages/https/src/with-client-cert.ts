import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server } from 'node:net'
import {
  type Authenticator,
  type AuthenticatorOptions,
  createAuthenticator,
  type HostsOptions,
  type Mode,
  type NodeRequest,
  type RouteOptions,
} from '@clientcert/core'
import { INTERNAL_ERROR, type NodeResponse } from './answer.ts'
import { createDecide, type Decide } from './decide.ts'
import { type ClientCertListener, guardListener, type Listener } from './listener.ts'
import { createReport, type Report } from './report.ts'

/** A listener behind a guard, and what else its authenticator can do. */
export interface GuardedListener<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
> {
  (request: Request, response: Response): void
  /** For `status()`, `metrics()`, `reload()`, `ready()`, `checkServer()` and `close()`. */
  readonly authenticator: Authenticator
  /**
   * Puts another guard of the same authenticator before a listener. It decides anew, so within a guarded listener a client has to pass both.
   *
   * @param options - A mode, or any of `mode`, `allow`, `anchors` and `responses`; the rest is as given to `withClientCert`.
   */
  readonly route: (
    options: RouteOptions | Mode,
    listener: ClientCertListener<Request, Response>,
  ) => Listener<Request, Response>
}

/**
 * Puts a guard before a plain listener, such as frameworks have: `http.createServer(withClientCert(options, koa.callback()))`.
 *
 * Guards what is given to it and nothing else: on a server that has listeners for `upgrade`, `connect` or `checkContinue` as well, use `guard`. The
 * server is checked when the first request comes from it; `authenticator.checkServer(server)` does so before.
 *
 * @param options - As of core's `createAuthenticator`.
 * @param listener - Sees only requests that may come in, with `clientCert` and `clientCertDecision`.
 * @throws {ConfigurationError} With a code `ERR_CONFIG_...`, the option's path, its value and the fix.
 */
export function withClientCert<
  Request extends NodeRequest = IncomingMessage,
  Response extends NodeResponse = ServerResponse,
>(
  options: AuthenticatorOptions | HostsOptions,
  listener: ClientCertListener<Request, Response>,
): GuardedListener<Request, Response> {
  const authenticator = createAuthenticator(options)
  const report = createReport(options.logger)
  const before = (routeOptions: RouteOptions | Mode, behind: ClientCertListener<Request, Response>) => {
    const decide = createDecide(authenticator, authenticator.route(routeOptions), report)
    return guardListener(checkingServers(decide, authenticator, report), authenticator.vary, behind)
  }
  return Object.assign(before({}, listener), { authenticator, route: before })
}

/** Puts the check of servers, each at its first request, before a decision: a listener is told of no server before. */
function checkingServers(decide: Decide, { checkServer }: Authenticator, report: Report): Decide {
  const checked = new WeakMap<Server, 'sound' | 'unsound'>()
  const check = (server: Server): 'sound' | 'unsound' => {
    try {
      checkServer(server)
      return 'sound'
    } catch (error) {
      report(error)
      return 'unsound'
    }
  }
  return (request, settled) => {
    const server = serverOf(request)
    const verdict = server && (checked.get(server) ?? check(server))
    if (server && verdict) checked.set(server, verdict)
    if (verdict === 'unsound') settled(INTERNAL_ERROR)
    else decide(request, settled)
  }
}

/** Node notes it on every socket; undefined for requests that were made up, as tests do. */
function serverOf({ socket }: NodeRequest): Server | undefined {
  const server: unknown = 'server' in socket ? socket.server : undefined
  return server instanceof Server ? server : undefined
}
