/**
 * The TLS context of a server, which can be replaced while it runs. Node's traps about that are closed here:
 *
 * - `setSecureContext` forgets whatever is not given again. Without `ca` it trusts every public authority, so nobody reaches it past this file,
 *   for as long as the server lives: what is closed follows no longer, and its last trust stays.
 * - A session outlives the context that it was made under, verdict included: `server.ticketKeys` survive a new context, and so does a store behind `resumeSession`.
 *   Each context gets ticket keys of its own, and a session id context (RFC 5246 7.3; `SSL_CTX_set_session_id_context`), by which OpenSSL resumes no other's.
 * - A context of `addContext` is never replaced and never removed. One of `contextFor` is.
 */
import { randomBytes } from 'node:crypto'
import { createSecureContext, type SecureContext, type Server } from 'node:tls'
import { ConfigurationError } from '@clientcert/core'
import { checkHostContexts } from '../server-certificate/server-tls.ts'
import {
  checkComplete,
  type HandshakeServerTls,
  type HandshakeTls,
  readServerTls,
  readTls,
} from './handshake-options.ts'

/** Whom OpenSSL is to trust, and what it is to look them up in. PEM, one block each. */
export interface Trusted {
  readonly ca: readonly string[]
  /** None switches the check off (measured). */
  readonly crl: readonly string[]
}

/** The same for those who ask for no host by name, and for each host. */
export interface TrustedByHost extends Trusted {
  /** By name in normal form; empty where there are no `hosts`. */
  readonly hosts: ReadonlyMap<string, Trusted>
}

export interface ServerContext {
  readonly trusted: () => TrustedByHost
  /** Puts a new context into force, also where nothing differs. What OpenSSL does not take throws and leaves the old one. */
  readonly replace: (trusted: TrustedByHost) => void
  /** See `HandshakeRefusal.contextFor`. */
  readonly contextFor: (tls: HandshakeTls, host?: string) => SecureContext
}

/** Takes the context of a server over, with everything that it was made with but trust. */
export function takeContext(server: Server, tls: HandshakeServerTls, first: TrustedByHost): ServerContext {
  let own = readServerTls(tls, 'tls')
  checkHostContexts(server, tls)
  checkComplete(own, server, 'tls')
  const setContext = server.setSecureContext.bind(server)
  let trusted = first
  let sessionIdContext = ''
  let contexts = new WeakMap<HandshakeTls, Map<string, SecureContext>>()

  const put = (nextOwn: HandshakeTls, next: TrustedByHost): void => {
    const id = randomBytes(16).toString('hex')
    setContext(optionsOf(nextOwn, next, id))
    server.setTicketKeys(randomBytes(48))
    own = nextOwn
    trusted = next
    sessionIdContext = id
    contexts = new WeakMap()
  }

  put(own, first)
  server.setSecureContext = (given) => put(readTls(given, 'options'), trusted)
  server.addContext = () => {
    const fix = 'Give the server an SNICallback that answers with `contextFor(tls)` of what refuseInHandshake returned.'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'addContext', 'would keep the trust of today for good', fix)
  }

  return {
    trusted: () => trusted,
    replace: (next) => put(own, next),
    contextFor: (given, host = '') => {
      const known = contexts.get(given) ?? new Map<string, SecureContext>()
      const found = known.get(host)
      if (found) return found
      const there = trusted.hosts.get(host) ?? trusted
      const context = createSecureContext(optionsOf(readTls(given, 'tls'), there, sessionIdContext))
      contexts.set(given, known.set(host, context))
      return context
    },
  }
}

const optionsOf = (own: HandshakeTls, { ca, crl }: Trusted, sessionIdContext: string) => ({
  ...own,
  ca: [...ca],
  crl: [...crl],
  sessionIdContext,
})
