import { escapeHostile } from '@clientcert/core'
import type { QueryStatus } from './agent/blocking-query.ts'
import type { AnsweredCertificate } from './certificates/pem-certificates.ts'
import type { ConsulRoots } from './certificates/roots.ts'
import type { ConnectMaterial } from './certificates/verify-leaf.ts'
import type { ConsulCode } from './failures.ts'
import type { FollowedConnect } from './follow-connect.ts'

/** What is known of one of the two queries. */
export interface ConsulQueryStatus {
  readonly lastSuccess: Date | null
  /** Why the last attempt failed; what was loaded stays. Null where it did not. */
  readonly error: { readonly code: ConsulCode; readonly message: string } | null
  /** Failures in a row. */
  readonly failures: number
  /** When it is tried again; null where nothing failed, and while it is tried. */
  readonly nextAttempt: Date | null
}

export interface ConsulRootStatus {
  readonly id: string
  readonly name: string
  /** Whether it signs what is issued now; all of them are trusted. */
  readonly active: boolean
  /** SHA-256, lower-case hexadecimal. */
  readonly fingerprint: string
  readonly notAfter: Date
}

/** For health checks and people. */
export interface ConsulConnectStatus {
  readonly agent: string
  readonly service: string
  /**
   * `waiting` before the first certificate; `current`; `held` where the newest one is held back and an older one may serve; `failing` where the agent does not
   * give what is asked of it; `expired` where the one that serves is over; `closed`.
   */
  readonly state: 'waiting' | 'current' | 'held' | 'failing' | 'expired' | 'closed'
  /** Of the certificate that serves; null before the first. */
  readonly spiffeId: string | null
  readonly fingerprint: string | null
  readonly notBefore: Date | null
  readonly notAfter: Date | null
  /** Why the newest certificate is held back; null where none is. */
  readonly held: string | null
  readonly trustDomain: string | null
  readonly roots: readonly ConsulRootStatus[]
  readonly queries: { readonly roots: ConsulQueryStatus; readonly leaf: ConsulQueryStatus }
}

export function statusOf(
  { agent, rootsQuery, leafQuery, roots, material, held, signal }: FollowedConnect,
  service: string,
  now: Date,
): ConsulConnectStatus {
  const queries = { roots: queryStatusOf(rootsQuery.status()), leaf: queryStatusOf(leafQuery.status()) }
  const current = material()
  const known = roots()
  const isFailing = queries.roots.error !== null || queries.leaf.error !== null
  return {
    agent: agent.name,
    service,
    state: signal.aborted ? 'closed' : stateOf(current, now, isFailing, held() !== null),
    spiffeId: current?.uri ?? null,
    fingerprint: current?.fingerprint ?? null,
    notBefore: current && new Date(current.endEntity.notBefore),
    notAfter: current && new Date(current.endEntity.notAfter),
    held: held()?.message ?? null,
    trustDomain: known?.trustDomain ? escapeHostile(known.trustDomain) : null,
    roots: known === null ? [] : rootStatuses(known),
    queries,
  }
}

function stateOf(
  current: ConnectMaterial | null,
  now: Date,
  isFailing: boolean,
  isHeld: boolean,
): ConsulConnectStatus['state'] {
  if (current !== null && now.getTime() > current.endEntity.notAfter) return 'expired'
  if (isFailing) return 'failing'
  if (isHeld) return 'held'
  return current === null ? 'waiting' : 'current'
}

const queryStatusOf = ({ error, ...others }: QueryStatus): ConsulQueryStatus => ({
  ...others,
  error: error && { code: error.code, message: error.message },
})

const rootStatuses = ({ roots }: ConsulRoots): readonly ConsulRootStatus[] =>
  roots.flatMap(({ id, name, isActive, anchors }) => anchors.map((anchor) => rootStatus(anchor, id, name, isActive)))

const rootStatus = (
  { fingerprint, certificate }: AnsweredCertificate,
  id: string,
  name: string,
  active: boolean,
): ConsulRootStatus => ({
  id: escapeHostile(id),
  name: escapeHostile(name),
  active,
  fingerprint,
  notAfter: new Date(certificate.notAfter),
})
