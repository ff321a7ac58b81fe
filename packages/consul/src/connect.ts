import type { ClientIdentity, TlsMaterialSource, TrustSource } from '@clientcert/core'
import { trustMaterial } from './certificates/verify-leaf.ts'
import { type FollowedConnect, followConnect } from './follow-connect.ts'
import { type Authorization, type AuthorizeRequest, createAuthorize } from './intentions/authorize.ts'
import { type ConsulConnectOptions, resolveConsulOptions } from './options.ts'
import { type ConsulConnectStatus, statusOf } from './status.ts'

/** A service of Consul Connect: its certificate and the roots, as they rotate. */
export interface ConsulConnect {
  /** Our certificate with its key and all roots, for `createTlsContext({ source })`: always of one moment. */
  readonly material: TlsMaterialSource
  /** All roots, for servers that ask for certificates of Connect: `createAuthenticator({ trust })`. */
  readonly trust: TrustSource
  /** Our SPIFFE id, as the certificate that serves has it; null before the first. */
  readonly spiffeId: () => string | null
  /**
   * Asks whether a client may connect to a service (an intention), after its certificate was verified. Closed: `authorized` is true only where Consul said so;
   * never rejects for the agent or the client.
   *
   * @param request - A verified client, for our own service; or what Consul is to be asked.
   * @throws {ConfigurationError} For a request of neither shape.
   */
  readonly authorize: (request: AuthorizeRequest | ClientIdentity) => Promise<Authorization>
  readonly status: () => ConsulConnectStatus
  /** Resolves with the first certificate that fits the roots. @throws {ConsulError} Where the last attempt failed; it is tried again by itself. */
  readonly ready: () => Promise<void>
  /** Ends every request. What was loaded stays with whoever loaded it. */
  readonly close: () => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/**
 * Creates what follows Consul's agent for one service: its certificate and key, all roots, and intentions.
 *
 * By blocking queries (https://developer.hashicorp.com/consul/api-docs/features/blocking), which begin at once. A failure changes nothing for what was loaded:
 * `status()` has it, `load()` of either source rejects with it, and it is tried again, at most a minute later. What does not fit is held back, and the last
 * good stays.
 *
 * Does not read the environment, register the service, or hold the process once it has answered first. Does not verify peers; that is for whoever takes
 * `material` and `trust`.
 *
 * @param options - See {@link ConsulConnectOptions}.
 * @throws {ConfigurationError} For options. Never for the agent.
 * @example
 * const consul = createConsulConnect({ service: 'web' })
 * const context = createTlsContext({ source: consul.material })
 */
export function createConsulConnect(options: ConsulConnectOptions): ConsulConnect {
  const resolved = resolveConsulOptions(options)
  return connectOf(followConnect(resolved), resolved)
}

/** The same, of what follows already. */
export function connectOf(
  followed: FollowedConnect,
  { name: { service }, timing, clock }: Pick<ReturnType<typeof resolveConsulOptions>, 'name' | 'timing' | 'clock'>,
): ConsulConnect {
  const { agent, scope, signal, close } = followed
  const place = `Consul's agent at ${agent.name}`
  return {
    material: {
      name: `${place}, service ${service}`,
      load: async () => (await followed.loadMaterial()).tls,
      watch: followed.materialChanges.watch,
    },
    trust: {
      name: `${place}, roots`,
      load: async () => trustMaterial(await followed.loadRoots()),
      watch: followed.rootsChanges.watch,
    },
    spiffeId: () => followed.material()?.uri ?? null,
    authorize: createAuthorize(agent, { service, query: scope, timeoutMs: timing.requestTimeoutMs }, signal),
    status: () => statusOf(followed, service, clock()),
    ready: async () => {
      await followed.loadMaterial()
    },
    close,
    [Symbol.asyncDispose]: () => {
      close()
      return Promise.resolve()
    },
  }
}
