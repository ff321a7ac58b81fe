import { inheritsParameters, withParametersOf } from '../signatures/dsa-parameters.ts'
import type { TrustAnchor, TrustSnapshot } from '../trust/snapshot.ts'
import { type Certificate, isSameBytes } from '../x509/certificate.ts'
import { isSameName, nameKey } from '../x509/name-comparison.ts'

/** A certificate that may have issued the one at the end of the path being tried. */
export interface Candidate {
  readonly certificate: Certificate
  /** Null where it is path material. */
  readonly anchor: TrustAnchor | null
  /** Whether key identifiers speak for it, say nothing, or speak against it. They order the search and decide nothing. */
  readonly likeliness: 'likely' | 'open' | 'unlikely'
}

/** Which anchors a search may end at. */
export type AnchorFilter = (anchor: TrustAnchor) => boolean

const ORDER = { likely: 0, open: 1, unlikely: 2 } as const

/**
 * Lists who may have issued a certificate: the holders of its issuer's name among the anchors, what was presented, and the store's path
 * material. Likely ones come first, and anchors before others, since the budget is shared (pyca orders by key identifier for that
 * reason; the sort is stable, so the order within each kind is that of the sources).
 */
export function listCandidates(
  child: Certificate,
  presented: readonly Certificate[],
  snapshot: TrustSnapshot,
  isAllowed: AnchorFilter,
): readonly Candidate[] {
  const key = nameKey(child.issuer)
  const candidates: Candidate[] = []
  const add = (certificate: Certificate, anchor: TrustAnchor | null): void => {
    candidates.push({ certificate, anchor, likeliness: likelinessOf(child, certificate) })
  }
  const addMaterial = (certificate: Certificate): void => {
    // What is there already, as an anchor above all, is not tried a second time.
    if (candidates.some((each) => isSameBytes(each.certificate.der, certificate.der))) return
    for (const each of complete(certificate, presented, snapshot, isAllowed)) add(each, null)
  }

  const named = snapshot.anchorsBySubject.get(key) ?? []
  for (const anchor of named) if (isAllowed(anchor)) add(anchor.certificate, anchor)
  for (const certificate of snapshot.intermediatesBySubject.get(key) ?? []) addMaterial(certificate)
  for (const anchor of named) {
    // An intermediate that is an anchor by itself (`partialChain`) may still lead to an anchor that the route allows.
    if (!isAllowed(anchor) && nameKey(anchor.certificate.issuer) !== key) addMaterial(anchor.certificate)
  }
  for (const certificate of presented) if (nameKey(certificate.subject) === key) addMaterial(certificate)
  return candidates.sort((a, b) => ORDER[a.likeliness] - ORDER[b.likeliness])
}

/** A key without its DSA parameters is tried with those of each certificate that may have issued it. */
function complete(
  certificate: Certificate,
  presented: readonly Certificate[],
  snapshot: TrustSnapshot,
  isAllowed: AnchorFilter,
): readonly Certificate[] {
  if (!inheritsParameters(certificate) || isSameName(certificate.subject, certificate.issuer)) return [certificate]
  const key = nameKey(certificate.issuer)
  const issuers = [
    ...(snapshot.anchorsBySubject.get(key) ?? []).filter(isAllowed).map((each) => each.certificate),
    ...(snapshot.intermediatesBySubject.get(key) ?? []),
    ...presented.filter(({ subject }) => nameKey(subject) === key),
  ]
  const whole = issuers.flatMap((issuer) => withParametersOf(certificate, issuer) ?? [])
  return whole.length === 0 ? [certificate] : whole
}

/** RFC 5280 4.2.1.1 and 4.2.1.2. */
function likelinessOf(child: Certificate, issuer: Certificate): Candidate['likeliness'] {
  const { authorityKeyIdentifier: wanted } = child.extensions
  const { subjectKeyIdentifier: held } = issuer.extensions
  if (wanted === null || held === null) return 'open'
  return isSameBytes(wanted, held) ? 'likely' : 'unlikely'
}
