/** Something that can be fetched, kept, shared with other processes, and fetched again: a CRL at its URL, an answer of a responder. */
import type { Result } from '../../result.ts'
import type { NoAnswerReason } from '../answer.ts'
import type { Fetched, FetchProblem } from '../fetch/fetched.ts'

export interface Problem {
  readonly because: NoAnswerReason
  readonly detail: string
}

/** What was read out of the octets, verified. */
export interface Kept<Content> {
  readonly content: Content
  /** What it takes in memory. */
  readonly bytes: number
  /** thisUpdate, in milliseconds. Of two, the later is kept. */
  readonly asOf: number
  /** nextUpdate, in milliseconds: from here on it is stale, and kept for what it revokes. */
  readonly freshUntil: number
  /** Whether it may revoke somebody: who was let in before is looked at again then. */
  readonly mayRevoke: boolean
}

/** One reading of a resource. */
export interface Reading {
  readonly key: string
  /** When it is read, in milliseconds: a resource is read again long after it was asked for first. */
  readonly at: number
}

export interface Resource<Content> {
  /** Names it here and in the shared store; two that differ in anything that matters differ in it. */
  readonly key: string
  /** For people. */
  readonly name: string
  readonly fetch: () => Promise<Result<Fetched, FetchProblem>>
  /**
   * Reads and verifies. What it refuses is never kept and never shared; what comes out of the shared store goes through it like what comes from the network.
   *
   * @param from - A nonce can be compared with what came from the network alone.
   * @param at - When it is read, in milliseconds: a resource is read again long after it was asked for first.
   */
  readonly read: (octets: Uint8Array, from: 'network' | 'store', at: number) => Promise<Result<Kept<Content>, Problem>>
}

/** The best that is known: `problem` says why there is nothing, or nothing newer. */
export interface Obtained<Content> {
  /** May be stale, where nothing newer is to be had: still good for what it revokes. */
  readonly kept: Kept<Content> | null
  readonly problem: Problem | null
}

export interface Resources {
  /**
   * Obtains a resource: from memory while it is fresh, else from the shared store, else from the network; one flight for all who ask at once. Never
   * rejects.
   */
  readonly obtain: <Content>(resource: Resource<Content>) => Promise<Obtained<Content>>
  /** What is kept already, however old; nobody is asked. */
  readonly held: <Content>(resource: Resource<Content>) => Kept<Content> | null
  readonly size: () => { readonly entries: number; readonly bytes: number }
  readonly close: () => void
}
