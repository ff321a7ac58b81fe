import type { Server } from 'node:net'
import { ConfigurationError } from './configuration-error.ts'

/** Any of Node's servers; plain ones and those of TLS. */
export interface NodeServer extends Server {
  readonly requestCert?: unknown
  readonly rejectUnauthorized?: unknown
}

/**
 * Checks that a TLS server asks for client certificates and lets this library answer. A plain server of HTTP presents none, which is an answer;
 * behind a gate that wants the proxy's certificate it is a mistake.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_SERVER`, with the fix.
 */
export function checkServer(server: NodeServer, whose: 'client' | 'proxy'): void {
  const fix = 'Create it with `tlsOptions({ key, cert })`, which sets requestCert: true and rejectUnauthorized: false.'
  if (!('requestCert' in server)) {
    if (whose === 'client') return
    const problem = 'is plain HTTP, but from.onlyFrom.certificate wants a certificate of the proxy'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', problem, fix)
  }
  if (server.requestCert !== true) {
    const problem = `never asks for a ${whose} certificate (requestCert is not true)`
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', problem, fix)
  }
  if (server.rejectUnauthorized !== false) {
    const problem = 'refuses in the handshake, where no reason can be given (rejectUnauthorized is not false)'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', problem, fix)
  }
}
