/**
 * What is remembered is the {@link Authentication}, never the decision: gate, mode and policy run on every request.
 *
 * In socket mode it is kept for the connection. In header mode it is kept for the text of the header: the last one of each connection is at hand, and all
 * others are found by a slice of the text (V8 hashes the whole of a fresh string, 1.2 kB and 1.8 us); either is then compared whole. It ends with the first certificate of the path, with the freshness of the revocation answer,
 * with a new trust epoch, and when the clock goes back. Refusals live shortly and apart, so that strangers cannot push out clients.
 */
import type { Authentication } from './decision.ts'
import type { RememberBy } from './evidence/evidence.ts'
import type { VerifiedPath } from './path/verified-path.ts'
import type { Certificate } from './x509/certificate.ts'
import { fingerprintOf } from './x509/fingerprint.ts'

/** The instant of a decision and the trust that it is made against. */
export interface Moment {
  readonly at: number
  readonly epoch: number
  /** Of what is known of revocation. */
  readonly revocationEpoch: number
}

export interface MemoryLimits {
  /** Clients kept in header mode. */
  readonly clients: number
  /** Refusals kept in header mode. */
  readonly refusals: number
}

/** 10,000 clients of 2 kB headers are 20 MB at most. Refusals only spare a flood its signatures. */
export const DEFAULT_MEMORY: MemoryLimits = { clients: 10_000, refusals: 500 }

/** How long a refusal is remembered, in milliseconds: long enough for a client that retries in a loop, short enough for an operator. */
export const REFUSAL_MS = 5_000

/** Headers beyond this are not remembered: 10,000 of them would be 160 MB. */
const MAX_REMEMBERED_CHARACTERS = 8_192

interface Remembered {
  readonly authentication: Authentication
  /** See {@link RememberBy}. */
  readonly text: string | null
  readonly epoch: number
  readonly revocationEpoch: number
  readonly since: number
  readonly until: number
}

export interface Memory {
  /** @param anchors - Key of the anchor set that was searched; a path found under one proves nothing under another. */
  readonly recall: (by: RememberBy, anchors: string, moment: Moment) => Authentication | undefined
  readonly remember: (by: RememberBy, anchors: string, moment: Moment, authentication: Authentication) => void
}

export function createMemory(limits: MemoryLimits): Memory {
  /** What was found last on a connection, for each anchor set. */
  const connections = new WeakMap<object, Map<string, Remembered>>()
  const clients = new Map<string, Remembered>()
  const refusals = new Map<string, Remembered>()

  const keepFor = (connection: object, anchors: string, found: Remembered): void => {
    const sets = connections.get(connection)
    if (sets) sets.set(anchors, found)
    else connections.set(connection, new Map([[anchors, found]]))
  }

  const recallText = (
    { connection, text }: RememberBy & { readonly text: string },
    anchors: string,
    moment: Moment,
  ) => {
    const key = keyOf(text, anchors)
    const client = currentAt(key, clients, text, moment)
    if (client) {
      keepFor(connection, anchors, client)
      return client.authentication
    }
    const refusal = currentAt(key, refusals, text, moment)
    if (refusal) keep(refusals, key, refusal, limits.refusals)
    return refusal?.authentication
  }

  return {
    recall: (by, anchors, moment) => {
      const { connection, text } = by
      const last = connections.get(connection)?.get(anchors)
      if (last !== undefined && last.text === text && isCurrent(last, moment)) return last.authentication
      return text === null ? undefined : recallText({ connection, text }, anchors, moment)
    },
    remember: ({ connection, text }, anchors, { at, epoch, revocationEpoch }, authentication) => {
      const until = expiryOf(authentication, at)
      const entry: Remembered = { authentication, text, epoch, revocationEpoch, since: at, until }
      if (text === null) return keepFor(connection, anchors, entry)
      if (text.length > MAX_REMEMBERED_CHARACTERS) return
      const isVerified = authentication.kind === 'verified'
      keep(isVerified ? clients : refusals, keyOf(text, anchors), entry, isVerified ? limits.clients : limits.refusals)
      // Not a refusal: on a connection that a proxy shares among all, a stranger would push out the client.
      if (isVerified && limits.clients > 0) keepFor(connection, anchors, entry)
    },
  }
}

/** The entry under a key, if it is of that very text and holds. One that does not any more is let go. */
function currentAt(key: string, map: Map<string, Remembered>, text: string, moment: Moment): Remembered | undefined {
  const found = map.get(key)
  if (found?.text !== text) return undefined
  if (isCurrent(found, moment)) return found
  map.delete(key)
  return undefined
}

const isCurrent = ({ epoch, revocationEpoch, since, until }: Remembered, moment: Moment): boolean =>
  epoch === moment.epoch && revocationEpoch === moment.revocationEpoch && moment.at >= since && moment.at < until

/** Bounds are inclusive to the second (RFC 5280 4.1.2.5), hence the second more. */
function expiryOf(authentication: Authentication, at: number): number {
  if (authentication.kind !== 'verified') return at + REFUSAL_MS
  return Math.min(authentication.path.notAfter, authentication.revocation.freshUntil) + 1000
}

/** From near the end, where the signature is: nobody but the issuer chooses those characters. */
const keyOf = (text: string, anchors: string): string => `${anchors} ${text.slice(-110, -60)}`

/** Keeps an entry as the latest; where there is no room, the one that was kept longest ago goes. */
function keep<Entry>(map: Map<string, Entry>, key: string, entry: Entry, limit: number): void {
  map.delete(key)
  map.set(key, entry)
  if (map.size <= limit) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}

/**
 * The intermediates with which an end entity was verified, for the time when it comes alone: a resumed session has the end entity and nothing else.
 *
 * Kept for that very certificate, and only out of a {@link VerifiedPath}: what one client presents changes nothing for another, so nobody can
 * fill this or poison it, and a chain that was refused stays refused whatever others send.
 */
export interface IssuerMemory {
  readonly recall: (endEntity: Certificate, epoch: number) => readonly Certificate[]
  readonly remember: (path: VerifiedPath, fingerprint: string, epoch: number) => void
}

export function createIssuerMemory(limit: number): IssuerMemory {
  const known = new Map<string, { readonly epoch: number; readonly intermediates: readonly Certificate[] }>()
  return {
    recall: (endEntity, epoch) => {
      const found = known.size === 0 ? undefined : known.get(fingerprintOf(endEntity.der))
      return found?.epoch === epoch ? found.intermediates : []
    },
    remember: ({ certificates }, fingerprint, epoch) => {
      const intermediates = certificates.slice(1, -1)
      if (intermediates.length > 0) keep(known, fingerprint, { epoch, intermediates }, limit)
    },
  }
}
