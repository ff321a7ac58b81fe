import type { Server } from 'node:net'
import { list } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'
import { hostContextsOfServer } from './host-contexts.ts'
import type { HostTlsGiven } from './hosts-options.ts'

/** Any of Node's servers; plain ones and those of TLS. */
export interface NodeServer extends Server {
  readonly requestCert?: unknown
  readonly rejectUnauthorized?: unknown
}

/** Servers that refuse in the handshake because somebody keeps them in step with the trust and the CRLs here. */
const refusing = new WeakSet<Server>()

/**
 * Lets {@link checkServer} accept a server though it refuses in the handshake: for who keeps its context in step with an authenticator, as
 * `refuseInHandshake` of @clientcert/https does. Of this one server, and of no other.
 */
export function noteHandshakeRefusal(server: NodeServer): void {
  refusing.add(server)
}

/**
 * Checks that a TLS server asks for client certificates and lets this library answer. A plain server of HTTP presents none, which is an answer;
 * behind a gate that wants the proxy's certificate it is a mistake. One that refuses in the handshake by a list of its own would do so without a word;
 * see {@link noteHandshakeRefusal}.
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
  if (server.rejectUnauthorized !== false && !refusing.has(server)) {
    const problem = 'refuses in the handshake, where no reason can be given (rejectUnauthorized is not false)'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', problem, fix)
  }
}

/**
 * Checks that one table of `hosts` is on both sides: what an entry says of the server's side is not used where the server was made without it, and what it says
 * of clients where the authenticator was. A plain server shows nothing, and may have the same application as one of TLS.
 *
 * @param hosts - Of the authenticator; null where it has none.
 * @throws {ConfigurationError} `ERR_CONFIG_SERVER`, with the fix.
 */
export function checkHosts(server: NodeServer, hosts: HostTlsGiven | null): void {
  if (!('requestCert' in server)) return
  const contexts = hostContextsOfServer(server)
  const refuse = (problem: string, fix: string): never => {
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', problem, fix)
  }
  if (contexts && hosts === null) {
    const problem =
      'was made with `hosts`, and all of them would be decided by the one trust of an authenticator that has none'
    refuse(problem, 'Give the same `hosts` to both, or leave them out of `tlsOptions`.')
  }
  const both = 'Give the same `hosts` to both: `tlsOptions({ key, cert, hosts })` and `{ hosts }`.'
  for (const name of contexts?.given.keys() ?? []) {
    if (!hosts?.has(name)) refuse(`was made with hosts['${name}'], which the authenticator does not have`, both)
  }
  for (const [name, tls] of hosts ?? []) {
    const shown = contexts?.given.get(name)
    if (contexts && !shown) refuse(`was made without hosts['${name}'], which the authenticator has`, both)
    const unused = tls.filter((each) => !shown?.includes(each))
    if (unused.length > 0) refuse(`was made without ${list(unused)} of hosts['${name}'], which it would not show`, both)
  }
}
