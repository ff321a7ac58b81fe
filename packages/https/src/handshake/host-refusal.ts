/** Refusal in the handshake for each of several hosts: the contexts that `tlsOptions` made get the trust and the CRLs of their host. */
import type { SecureContextOptions, Server } from 'node:tls'
import { ConfigurationError, type HostContexts, hostContextsOfServer } from '@clientcert/core'
import { contextTlsOf, type HandshakeTls } from './handshake-options.ts'
import type { ServerContext } from './server-context.ts'

/** Whose making of contexts belongs to a refusal that is under way. */
const taken = new WeakSet<HostContexts>()

/**
 * Finds the contexts of a server that `tlsOptions` was given `hosts` for; undefined for others.
 *
 * @throws {ConfigurationError} Where they cannot be made with the trust of one authenticator.
 */
export function contextsToRefuse(server: Server): HostContexts | undefined {
  const contexts = hostContextsOfServer(server)
  if (contexts === undefined) return undefined
  if (taken.has(contexts)) {
    const fix = 'Call `tlsOptions` once for each server: with its `hosts` goes the trust of one authenticator.'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', 'shares its hosts with one that refuses already', fix)
  }
  for (const [name, given] of contexts.given) {
    if (!given.includes('sendCaNames')) continue
    const fix = 'Leave it out: the names of `trust` are sent.'
    const problem = 'stands beside refusal in the handshake'
    throw new ConfigurationError('ERR_CONFIG_VALUE', `hosts['${name}'].sendCaNames`, problem, fix)
  }
  return contexts
}

/**
 * Has every host answer with a context that trusts as it does.
 *
 * @returns What lets another take them over. Until then they stay as they are, since a context without `ca` trusts every public authority.
 */
export function refuseByHost(contexts: HostContexts, contextFor: ServerContext['contextFor']): () => void {
  const own = new WeakMap<SecureContextOptions, HandshakeTls>()
  contexts.makeWith((of, host) => {
    const known = own.get(of) ?? contextTlsOf(of)
    own.set(of, known)
    return contextFor(known, host)
  })
  taken.add(contexts)
  return () => void taken.delete(contexts)
}
