import { encodeHex } from '../encoding/hex.ts'
import type { TrustAnchor, TrustSnapshot } from '../trust/snapshot.ts'
import type { Certificate } from '../x509/certificate.ts'
import { fingerprintOf } from '../x509/fingerprint.ts'
import { type Name, nameAttributes, showName } from '../x509/name.ts'
import { isSameName, nameKey } from '../x509/name-comparison.ts'
import type { AnchorFilter } from './candidates.ts'
import type { NearAnchor, PathEvidence } from './failures.ts'

/** Anchors that are compared by name; a store of thousands must not cost a refusal milliseconds. */
const COMPARED = 100
const SHOWN = 3

/** What was looked for and what the store holds instead: the evidence of a path that found no anchor. */
export function unanchoredEvidence(
  tail: Certificate,
  snapshot: TrustSnapshot,
  isAllowed: AnchorFilter,
): PathEvidence['ERR_PATH_NO_ANCHOR'] {
  const { authorityKeyIdentifier } = tail.extensions
  return {
    issuer: showName(tail.issuer),
    keyIdentifier: authorityKeyIdentifier && encodeHex(authorityKeyIdentifier.subarray(0, 32)),
    nearest: nearestAnchors(tail.issuer, snapshot, isAllowed),
    anchorsHeld: snapshot.anchors.length,
  }
}

function nearestAnchors(issuer: Name, snapshot: TrustSnapshot, isAllowed: AnchorFilter): readonly NearAnchor[] {
  const wanted = attributesOf(issuer)
  const namesakes = snapshot.anchorsBySubject.get(nameKey(issuer)) ?? []
  return [...new Set([...namesakes, ...snapshot.anchors.slice(0, COMPARED)])]
    .slice(0, COMPARED)
    .map((anchor) => ({ anchor, ...likenessOf(issuer, wanted, anchor, isAllowed, snapshot.anchors.length) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN)
    .map(({ anchor, likeness }) => ({
      subject: showName(anchor.certificate.subject),
      fingerprint: fingerprintOf(anchor.certificate.der),
      id: anchor.id,
      origin: anchor.origin,
      likeness,
    }))
}

function likenessOf(
  issuer: Name,
  wanted: ReadonlySet<string>,
  anchor: TrustAnchor,
  isAllowed: AnchorFilter,
  held: number,
): { score: number; likeness: NearAnchor['likeness'] } {
  const { subject } = anchor.certificate
  if (isSameName(subject, issuer)) {
    // Whoever has the name and may be used was a candidate, and is left out only where its key is on the path already.
    return isAllowed(anchor)
      ? { score: 1000, likeness: 'same-name-and-key' }
      : { score: 2000, likeness: 'excluded-by-route' }
  }
  const shared = [...attributesOf(subject)].filter((attribute) => wanted.has(attribute)).length
  if (shared > 0) return { score: shared, likeness: 'similar-name' }
  return { score: held <= SHOWN ? 0.5 : 0, likeness: 'only-held' }
}

const attributesOf = (name: Name): ReadonlySet<string> =>
  new Set(nameAttributes(name).flatMap((rdn) => rdn.map(({ oid, value }) => `${oid}=${value}`)))
