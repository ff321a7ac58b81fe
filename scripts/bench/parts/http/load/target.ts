import type { Identity } from '../material.ts'

/** Where and what to send. */
export interface Target {
  readonly port: number
  /** Null for plain HTTP. */
  readonly tls: (Identity & { readonly ca: string }) | null
  /** The texts of requests, in turns. */
  readonly requests: readonly [string, ...string[]]
  /** Whether a connection sends the same request each time, or each request the next of them. */
  readonly rotation: 'by connection' | 'by request'
  /** Whether connections are kept between requests, or each request has a new one. */
  readonly connections: 'kept' | 'new'
  /** What every answer holds. */
  readonly body: string
}
