import type { Material } from '../material.ts'

/** What a server does about its clients, before it answers all alike. */
export type Guard =
  | 'none'
  | 'no-op'
  | 'clientcert'
  | 'client-certificate-auth'
  | 'pkijs'
  | 'peer-getter'
  /** OpenSSL within Node, in the handshake: `ca` and `rejectUnauthorized`. */
  | 'node'

export interface ServerSpec {
  readonly framework: 'fastify' | 'express' | 'node'
  readonly guard: Guard
  /** Where client certificates come from: the headers of a proxy over plain HTTP, or the server's own TLS. */
  readonly from: 'headers' | 'socket'
  readonly material: Material
}

/** What everybody answers with 200. */
export const BODY = 'hello'
