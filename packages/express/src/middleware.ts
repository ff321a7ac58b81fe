import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientIdentity, Decision } from '@clientcert/core'

/** A request as this package leaves it. Express's own type has the same by declaration merging. */
export type GuardedRequest = IncomingMessage & {
  clientCert?: ClientIdentity | null
  clientCertDecision?: Decision | null
}

export type Next = (error?: unknown) => void

/** In Node's types, so that it fits Express 4, Express 5 and whatever else speaks connect's language, with or without `@types/express`. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void
