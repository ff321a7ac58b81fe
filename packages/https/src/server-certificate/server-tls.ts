import type { Server } from 'node:tls'
import { ConfigurationError, hostContextsOf, hostContextsOfServer } from '@clientcert/core'

const madeWith = new WeakMap<Server, object>()

/** Notes what a server was made with, so that a context that replaces its own forgets nothing of it. */
export const noteServerTls = (server: Server, tls: object): void => void madeWith.set(server, tls)

/** What `createServer` made a server with; undefined for servers of others. */
export const serverTlsOf = (server: Server): object | undefined => madeWith.get(server)

/**
 * Checks that `tls` is what a server was made with, as far as it has `hosts`: those of another call of `tlsOptions` would be followed, and not shown.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE`.
 */
export function checkHostContexts(server: Server, tls: object): void {
  if (!Reflect.has(tls, 'SNICallback') || hostContextsOf(tls) === hostContextsOfServer(server)) return
  const fix = 'Call `tlsOptions` once, and give what it returned to the server and here.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', 'tls.SNICallback', 'is not what the server was made with', fix)
}
