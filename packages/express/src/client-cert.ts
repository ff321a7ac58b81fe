import type { ServerResponse } from 'node:http'
import {
  type Authenticator,
  type AuthenticatorOptions,
  ClientCertError,
  createAuthenticator,
  type HostsOptions,
  type Mode,
  type NodeServer,
  type Route,
  type RouteOptions,
} from '@clientcert/core'
import { decide, type Objection } from './decide.ts'
import type { Middleware } from './middleware.ts'
import { createServerCheck } from './server-check.ts'
import { addVary } from './vary.ts'

/** The middleware, and what else its authenticator can do. */
export interface ClientCert extends Middleware {
  /**
   * Makes a middleware of the same authenticator that decides by other options.
   *
   * It decides anew, whatever was decided before it: behind `app.use(guard)` a client has to pass both, so it can only narrow. Alone on a route, it
   * stands for itself: what it names replaces what `clientCert` was given, the rest stays.
   *
   * @param options - A mode, or any of `mode`, `allow`, `anchors` and `responses`.
   * @throws {ConfigurationError}
   */
  readonly route: (options: RouteOptions | Mode) => Middleware
  /** For `status()`, `metrics()` and `reload()`. */
  readonly authenticator: Authenticator
  /** Resolves when every trust source has loaded. Files and PEM have when `clientCert` returns; before the others have, the answer is 503. */
  readonly ready: () => Promise<void>
  /** Stops following sources of trust. Requests that come afterwards are answered 503. */
  readonly close: () => void
  /**
   * Checks that a server asks for client certificates and lets this package answer. Done at the first request of each server anyway; call it before
   * `listen` to know at start.
   *
   * @throws {ConfigurationError} `ERR_CONFIG_SERVER`.
   */
  readonly checkServer: (server: NodeServer) => void
}

/**
 * Creates a middleware that verifies the client of every request that passes it and notes it in `req.clientCert` and `req.clientCertDecision`.
 *
 * A client that may not come in, and any mistake of the application's own, goes to `next(error)`; nothing is ever thrown. Without an error handler of
 * yours, Express answers with the status and the constant message; with {@link clientCertErrors}, as JSON.
 *
 * @param options - As of core's `createAuthenticator`.
 * @throws {ConfigurationError} With a code `ERR_CONFIG_...`, the option's path, its value and the fix.
 * @example
 * const guard = clientCert({ trust: { file: './clients-ca.pem' }, mode: 'optional' })
 * app.use(guard)
 * app.get('/admin', guard.route({ mode: 'required', allow: dns('admin.example') }), admin)
 */
export function clientCert(options: AuthenticatorOptions | HostsOptions): ClientCert {
  const authenticator = createAuthenticator(options)
  const problemOf = createServerCheck(authenticator, options.logger)
  const own = authenticator.route({})

  const guard = (route: Route): Middleware =>
    function clientCert(request, response, next) {
      const answer = (objection: Objection): void => {
        if (objection instanceof ClientCertError) addHeadersOf(objection, response)
        next(objection)
      }
      if (route.options.mode !== 'off' && authenticator.vary !== null) addVary(response, authenticator.vary)
      const objection = decide(request, { authenticator, route, problemOf })
      if (objection instanceof Promise) void objection.then(answer)
      else answer(objection)
    }

  return Object.assign(guard(own), {
    route: (routeOptions: RouteOptions | Mode) => guard(authenticator.route(routeOptions)),
    authenticator,
    ready: authenticator.ready,
    close: authenticator.close,
    checkServer: authenticator.checkServer,
  })
}

/** On the response and not only on the error, since error handlers of applications rarely look there. */
function addHeadersOf({ headers }: ClientCertError, response: ServerResponse): void {
  if (response.headersSent) return
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}
