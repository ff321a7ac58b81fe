import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { tlsOptions } from '@clientcert/core'
import { type GuardedServer, guard } from './guard.ts'
import type { ClientCertListener } from './listener.ts'
import { type ServerOptions, splitOptions } from './server-options.ts'

/**
 * Creates an `https.Server` that asks every client for a certificate and lets only those in that `options` lets in, to whatever listens on it.
 *
 * @param options - Node's own (`key`, `cert`, `minVersion`, ...) beside those of core's `createAuthenticator` (`trust`, `mode`, ...).
 * @param listener - For `request`.
 * @throws {ConfigurationError} With a code `ERR_CONFIG_...`, the option's path, its value and the fix. Node's own errors for its own options.
 * @example
 * const server = createServer({ key, cert, trust: { file: './clients-ca.pem' } }, (request, response) => {
 *   response.end(request.clientCert?.subject)
 * })
 */
export function createServer(options: ServerOptions, listener?: ClientCertListener): GuardedServer {
  const { tls, core } = splitOptions(options)
  const server = guard(createHttpsServer(tlsOptions(tls)), core)
  // The gate has noted what the listener's type promises.
  if (listener) server.on('request', listener as RequestListener)
  return server
}
