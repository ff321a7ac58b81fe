import type { Mode } from '@clientcert/core'
import type { Leaf } from '@clientcert/testing'
import type { VerifyClient } from './stand-in.ts'

/** A header line. */
export type Line = readonly [name: string, value: string]

/** How a client gets to the application. */
export type Way =
  /** The application terminates TLS. */
  | Readonly<{ kind: 'tls' }>
  /** Through the proxy. */
  | Readonly<{ kind: 'proxy'; verifyClient: VerifyClient }>
  /** To the application that stands behind the proxy, past the proxy. */
  | Readonly<{ kind: 'past the proxy' }>
  /** To the same, with the proxy's own certificate, to see what is made of whatever a proxy may send. */
  | Readonly<{ kind: 'as the proxy' }>

export interface Knock {
  readonly client: string
  readonly way: Way
  readonly mode: Mode
  /** Status and whom the application sees; `400 proxy` where it did not get so far. Of two knocks on one connection, both. */
  readonly expected: string
  /** What is presented in the handshake. */
  readonly leaf: Leaf | null
  readonly headers?: readonly Line[]
  /**
   * `'resumed'`: of an earlier session of the same client. `'kept'`: a client of its own is let in, revoked while its connection is open, and knocks again on
   * the same connection.
   */
  readonly connection?: 'new' | 'resumed' | 'kept'
}

export const REFUSED = '401'
export const NOBODY = '200 nobody'
export const UNVERIFIED = '200 unverified'
export const BY_PROXY = '400 proxy'
export const ALICE = '200 alice'
export const BOB = '200 bob'
export const CA = '200 Demo CA'
export const ERIN = '200 erin'
export const DAVE_THEN_REFUSED = '200 dave, 401'
