import type { Authenticator, ClientIdentity, Decision, Logger, Mode, NodeRequest, RouteOptions } from '@clientcert/core'
import type { FastifyContextConfig } from 'fastify'

/**
 * What a route may say in `config.clientCert`: a mode, or whatever differs from the options of its scope.
 *
 * `object`, because Fastify crosses this with the type of what is given, and every string is an object without properties.
 */
export type RouteConfig = Mode | (RouteOptions & object)

/** What the plugin adds to a request. */
export interface ClientCertProperties {
  /** Who the client is, proven; null without a certificate, with a bad one, or where nobody looked. */
  clientCert: ClientIdentity | null
  /** How that came about; null before it was decided. An unverified certificate is here, in `presented`. */
  clientCertDecision: Decision | null
}

/** A Fastify request, whatever the server's protocol: Fastify's types for HTTP/1.1 and HTTP/2 fit neither into the other. */
export interface ClientCertRequest extends ClientCertProperties {
  readonly raw: NodeRequest
  readonly server: object
  readonly log: Logger
  readonly routeOptions: Readonly<{
    config: FastifyContextConfig
    method?: string | string[] | undefined
    url?: string | undefined
  }>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    clientCert?: RouteConfig
  }

  interface FastifyRequest extends ClientCertProperties {}

  interface FastifyInstance {
    /**
     * Decides about the client of a request by the options of its route and scope, and notes the outcome on the request. For `mode: 'manual'`;
     * fits `preHandler` and the functions of `@fastify/auth`.
     *
     * Resolves for whatever the mode lets pass, so with `optional` also for clients without a certificate.
     *
     * @throws {ClientCertError} If the client is refused.
     */
    readonly verifyClientCert: (request: ClientCertRequest, reply?: object) => Promise<void>
    /** The authenticator of this scope, for `status()`, `metrics()` and `reload()`. */
    readonly clientCertAuthenticator: Authenticator
  }
}
