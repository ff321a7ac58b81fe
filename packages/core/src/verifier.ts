/** One trust store, the legs against it, and what is remembered of them. Clients have one; proxies with a certificate another. */
import { authenticate } from './authenticate.ts'
import type { Change } from './change.ts'
import type { Authentication } from './decision.ts'
import type { Evidence } from './evidence/evidence.ts'
import { createFlights } from './flights.ts'
import { createIssuerMemory, createMemory } from './memory.ts'
import type { SourceMessage } from './observe.ts'
import type { ResolvedOptions } from './options.ts'
import { shownSource } from './revocation/answer.ts'
import type { Issued, Revoked } from './revocation/known-revocations.ts'
import { createRevocationStore, type RevocationStore } from './revocation/revocation-store.ts'
import type { ResolvedRevocation } from './revocation-options.ts'
import type { TrustAnchor, TrustSnapshot } from './trust/snapshot.ts'
import type { TrustSource } from './trust/source.ts'
import { createTrustStore, type TrustStore } from './trust/store.ts'
import { certificateRef } from './x509/certificate-ref.ts'
import { showName } from './x509/name.ts'

/** The anchors at which a path may end, with the key under which its outcome is remembered. */
export interface AnchorSet {
  readonly key: string
  readonly isAllowed: (anchor: TrustAnchor) => boolean
}

export const EVERY_ANCHOR: AnchorSet = { key: '', isAllowed: () => true }

/** The set of anchors that carry one of these ids. */
export const anchorSet = (ids: ReadonlySet<string> | null): AnchorSet =>
  ids === null
    ? EVERY_ANCHOR
    : { key: JSON.stringify([...ids].sort()), isAllowed: ({ id }) => id !== null && ids.has(id) }

export interface Verifier {
  readonly store: TrustStore
  readonly revocation: RevocationStore
  /** What is known without verifying anything: evidence that presents nothing, or an outcome that is remembered. */
  readonly recall: (
    evidence: Evidence,
    anchors: AnchorSet,
    snapshot: TrustSnapshot,
    at: number,
  ) => Authentication | undefined
  /** Verifies what is presented, and remembers the outcome. */
  readonly verify: (
    evidence: Evidence,
    anchors: AnchorSet,
    snapshot: TrustSnapshot,
    at: number,
  ) => Promise<Authentication>
}

/** @throws {ConfigurationError} Where a local source cannot be loaded. */
export function createVerifier(
  sources: readonly TrustSource[],
  revocation: ResolvedRevocation,
  options: ResolvedOptions,
  onSource: (message: SourceMessage) => void,
  onChange: (change: Change) => void,
): Verifier {
  let trusted = 0
  const store = createTrustStore(sources, options.clock, (message) => {
    onSource(message)
    if (message.epoch !== trusted) onChange({ kind: 'trust' })
    trusted = message.epoch
  })
  trusted = store.snapshot()?.epoch ?? 0
  const status = orClose(store, () =>
    createRevocationStore(
      { ...revocation, clock: options.clock },
      {
        onEvent: onSource,
        onNewer: () => onChange({ kind: 'revocation' }),
        onRevoked: (issued, revoked) => onChange(revokedChange(issued, revoked)),
      },
    ),
  )
  const memory = createMemory(options.memory)
  const issuers = createIssuerMemory(options.memory.clients)
  const flights = createFlights<Authentication>()

  const recall: Verifier['recall'] = (evidence, anchors, { epoch }, at) => {
    switch (evidence.kind) {
      case 'none':
      case 'unusable':
        return evidence
      case 'presented':
        return evidence.rememberBy === null
          ? undefined
          : memory.recall(evidence.rememberBy, anchors.key, { at, epoch, revocationEpoch: status.epoch() })
      default:
        return evidence satisfies never
    }
  }

  const verifyPresented = async (
    evidence: Evidence & { readonly kind: 'presented' },
    anchors: AnchorSet,
    snapshot: TrustSnapshot,
    at: number,
  ): Promise<Authentication> => {
    const presented = evidence.read()
    if (!presented.ok) return { kind: 'unusable', failure: presented.failure }
    const revocationEpoch = status.epoch()
    const authentication = await authenticate(presented.value, snapshot, {
      ...options,
      at,
      isAllowed: anchors.isAllowed,
      revocation: revocation.settings,
      crls: status.crls.snapshot(),
      remote: status.remote,
      issuersOf: (endEntity) => issuers.recall(endEntity, snapshot.epoch),
    })
    if (authentication.kind === 'verified') {
      issuers.remember(authentication.path, authentication.identity.fingerprint, snapshot.epoch)
    }
    const { rememberBy } = evidence
    if (rememberBy !== null) {
      memory.remember(rememberBy, anchors.key, { at, epoch: snapshot.epoch, revocationEpoch }, authentication)
    }
    return authentication
  }

  const verify: Verifier['verify'] = (evidence, anchors, snapshot, at) => {
    if (evidence.kind !== 'presented') return Promise.resolve(evidence)
    const start = () => verifyPresented(evidence, anchors, snapshot, at)
    return evidence.rememberBy === null
      ? start()
      : flights.join(
          evidence.rememberBy.text ?? evidence.rememberBy.connection,
          `${anchors.key} ${snapshot.epoch} ${status.epoch()}`,
          start,
        )
  }

  return { store, revocation: status, recall, verify }
}

const revokedChange = ({ certificate, issuer, position }: Issued, revoked: Revoked): Change => ({
  kind: 'revoked',
  certificate: certificateRef(certificate, position),
  issuer: showName(issuer.subject),
  reason: revoked.reason,
  revokedAt: new Date(revoked.revokedAt),
  source: shownSource(revoked),
  asOf: new Date(revoked.asOf),
})

/** Opens what comes second; where that throws, what was opened first must leave no watch behind. */
function orClose<Opened>(store: TrustStore, open: () => Opened): Opened {
  try {
    return open()
  } catch (error) {
    store.close()
    throw error
  }
}
