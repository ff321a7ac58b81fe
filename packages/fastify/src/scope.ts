import type { Authenticator, Logger, Route } from '@clientcert/core'
import type { FastifyContextConfig, FastifyInstance } from 'fastify'
import type { ClientCertRequest } from './augmentation.ts'
import type { DecidedBy } from './options.ts'

/** What Fastify tells of a route. The 404 handlers have no URL. */
export interface Declared {
  readonly config: FastifyContextConfig
  readonly method?: string | string[] | undefined
  readonly url?: string | undefined
}

/** What one registration of the plugin means for the instance that it was made on, and for all below it that do not register again. */
export interface Scope {
  readonly authenticator: Authenticator
  readonly decidedBy: DecidedBy
  /** The instance that the hooks were added to: the outermost that registered. Its hooks serve every scope within. */
  readonly hookedAt: FastifyInstance
  /** The scope around this one, whose proxy's headers are removed here as well. */
  readonly outer: Scope | null
  /**
   * Finds what a route says in `config.clientCert`, read once; what it says nothing about is the scope's own.
   *
   * @throws {ConfigurationError} On every call, where it says something wrong.
   */
  readonly routeOf: (declared: Declared) => Route
  /** Where the reasons of a request go; undefined where the application gave a logger of its own. */
  readonly loggerOf: (request: ClientCertRequest) => Logger | undefined
}

/** Private, so that a scope is made by registering and by nothing else. */
const SCOPE = Symbol('clientcert.scope')

/** Scopes are inherited as Fastify's instances are: a child's prototype is its parent. */
type Scoped = { [SCOPE]?: Scope }

/** Finds the scope of an instance: its own, or that of the nearest instance around it. */
export const scopeOf = (instance: object): Scope | undefined => (instance as Scoped)[SCOPE]

/** Whether the instance registered itself, rather than inheriting. */
export const hasOwnScope = (instance: object): boolean => Object.hasOwn(instance, SCOPE)

export const setScope = (instance: object, scope: Scope): void => {
  Object.defineProperty(instance, SCOPE, { value: scope })
}

/**
 * Reads the routes of an authenticator, each once. Kept by the value of `config.clientCert`, which is the same object when the route is declared
 * and when it is asked for; Fastify copies the config around it.
 */
export function createRouteReader({ route }: Authenticator): Scope['routeOf'] {
  const own = route({})
  const routes = new Map<unknown, Route>()
  return ({ config, method, url }) => {
    if (!('clientCert' in config)) return own
    const known = routes.get(config.clientCert)
    if (known) return known
    // Put together where something is read, and not for each request.
    const name = url === undefined ? 'the 404 handler' : `${String(method)} ${url}`
    const read = route(config.clientCert, `${name} config.clientCert`)
    routes.set(config.clientCert, read)
    return read
  }
}
