import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { tlsOptions } from '@clientcert/core'
import { type GuardedServer, guard } from './guard.ts'
import { refuseFromTheStart, routeAfterHandshake } from './handshake/refuse-at.ts'
import type { HandshakeRefusal } from './handshake/refuse-in-handshake.ts'
import type { ClientCertListener } from './listener.ts'
import { noteServerTls } from './server-certificate/server-tls.ts'
import { type ServerOptions, splitOptions } from './server-options.ts'

/** A guarded server whose TLS is of this package, too. */
export type ClientCertServer = GuardedServer & {
  /** For `status()`, with `refuseAt: 'handshake'`; else null. */
  readonly clientCertHandshake: HandshakeRefusal | null
}

/**
 * Creates an `https.Server` that asks every client for a certificate and lets only those in that `options` lets in, to whatever listens on it.
 *
 * @param options - Node's own (`key`, `cert`, `minVersion`, ...) beside those of core's `createAuthenticator` (`trust` or `hosts`, `mode`, ...), and
 *   `refuseAt`. In an entry of `hosts`, both kinds: its trust, and its own `key` and `cert`, which are shown to who asks for it by name.
 * @param listener - For `request`.
 * @throws {ConfigurationError} With a code `ERR_CONFIG_...`, the option's path, its value and the fix. Node's own errors for its own options.
 * @example
 * const server = createServer({ key, cert, trust: { file: './clients-ca.pem' } }, (request, response) => {
 *   response.end(request.clientCert?.subject)
 * })
 */
export function createServer(options: ServerOptions, listener?: ClientCertListener): ClientCertServer {
  const { tls, core, refuseAt } = splitOptions(options)
  const completed = tlsOptions(tls)
  const guarded = guard(createHttpsServer(completed), core)
  noteServerTls(guarded, completed)
  // The gate has noted what the listener's type promises.
  if (listener) guarded.on('request', listener as RequestListener)
  try {
    const logger = core.logger === undefined ? {} : { logger: core.logger }
    const clientCertHandshake = refuseAt && refuseFromTheStart(guarded, completed, { ...logger, ...refuseAt })
    const clientCertRoute = refuseAt ? routeAfterHandshake(guarded.clientCertRoute) : guarded.clientCertRoute
    return Object.assign(guarded, { clientCertHandshake, clientCertRoute })
  } catch (error) {
    guarded.clientCertAuthenticator.close()
    throw error
  }
}
