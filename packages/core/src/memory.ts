/**
 * What is remembered is the {@link Authentication}, never the decision: gate, mode and policy run on every request.
 *
 * In socket mode it is kept for the connection, in header mode for the text of the header: found by a slice of it (V8 hashes the whole of a fresh
 * string, 1.2 kB and 1.8 us) and then compared whole. It ends with the first certificate of the path, with the freshness of the revocation answer,
 * with a new trust epoch, and when the clock goes back. Refusals live shortly and apart, so that strangers cannot push out clients.
 */
import type { Authentication } from './decision.ts'
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
  readonly epoch: number
  readonly revocationEpoch: number
  readonly since: number
  readonly until: number
}

interface RememberedText extends Remembered {
  readonly text: string
}

export interface Memory {
  /** @param anchors - Key of the anchor set that was searched; a path found under one proves nothing under another. */
  readonly recall: (by: object | string, anchors: string, moment: Moment) => Authentication | undefined
  readonly remember: (by: object | string, anchors: string, moment: Moment, authentication: Authentication) => void
}

export function createMemory(limits: MemoryLimits): Memory {
  const connections = new WeakMap<object, Map<string, Remembered>>()
  const clients = new Map<string, RememberedText>()
  const refusals = new Map<string, RememberedText>()

  const recallText = (text: string, anchors: string, moment: Moment) => {
    const key = keyOf(text, anchors)
    for (const map of [clients, refusals]) {
      const found = map.get(key)
      if (found?.text !== text) continue
      if (isCurrent(found, moment)) return found.authentication
      map.delete(key)
    }
    return undefined
  }

  return {
    recall: (by, anchors, moment) => {
      if (typeof by === 'string') return recallText(by, anchors, moment)
      const found = connections.get(by)?.get(anchors)
      return found && isCurrent(found, moment) ? found.authentication : undefined
    },
    remember: (by, anchors, { at, epoch, revocationEpoch }, authentication) => {
      const entry: Remembered = {
        authentication,
        epoch,
        revocationEpoch,
        since: at,
        until: expiryOf(authentication, at),
      }
      if (typeof by !== 'string') {
        const sets = connections.get(by) ?? new Map<string, Remembered>()
        connections.set(by, sets.set(anchors, entry))
      } else if (by.length <= MAX_REMEMBERED_CHARACTERS) {
        const isVerified = authentication.kind === 'verified'
        const map = isVerified ? clients : refusals
        keep(map, keyOf(by, anchors), { ...entry, text: by }, isVerified ? limits.clients : limits.refusals)
      }
    },
  }
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

/** Keeps an entry; where there is no room, the oldest goes. */
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
