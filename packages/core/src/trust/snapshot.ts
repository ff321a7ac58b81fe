import { latin1 } from '../encoding/oid.ts'
import { type Certificate, isSameBytes } from '../x509/certificate.ts'
import { nameKey } from '../x509/name-comparison.ts'

/** A certificate that the application trusts by configuration (RFC 5280 6.1.1 d). */
export interface TrustAnchor {
  readonly certificate: Certificate
  /** The id that its source was given, by which a route may name it; null where none was. */
  readonly id: string | null
  /** Where it was loaded from, for people. */
  readonly origin: string
}

/** What the sources hold at one moment: immutable, indexed, numbered. A decision is made against exactly one. */
export interface TrustSnapshot {
  /** Grows with each change of content; whatever was remembered under another epoch is forgotten. */
  readonly epoch: number
  readonly anchors: readonly TrustAnchor[]
  /** Path material, never anchors: they make a chain complete and vouch for nothing. */
  readonly intermediates: readonly Certificate[]
  /** By the subject's name; see `nameKey`. */
  readonly anchorsBySubject: ReadonlyMap<string, readonly TrustAnchor[]>
  readonly intermediatesBySubject: ReadonlyMap<string, readonly Certificate[]>
  /** By the last octets of the certificate, see {@link anchorsEqualTo}. */
  readonly anchorsByEnd: ReadonlyMap<string, readonly TrustAnchor[]>
}

/** Indexes anchors and intermediates. Certificates that stand several times are kept once for each id. */
export function createSnapshot(
  epoch: number,
  anchors: readonly TrustAnchor[],
  intermediates: readonly Certificate[],
): TrustSnapshot {
  const distinct = unique(anchors, ({ certificate, id }) => `${id ?? ''} ${latin1(certificate.der)}`)
  const others = unique(intermediates, ({ der }) => latin1(der))
  return Object.freeze({
    epoch,
    anchors: Object.freeze(distinct),
    intermediates: Object.freeze(others),
    anchorsBySubject: groupBy(distinct, ({ certificate }) => nameKey(certificate.subject)),
    intermediatesBySubject: groupBy(others, ({ subject }) => nameKey(subject)),
    anchorsByEnd: groupBy(distinct, ({ certificate }) => endOf(certificate)),
  })
}

/** The anchors that are this very certificate; several, where several ids name it. */
export const anchorsEqualTo = (certificate: Certificate, { anchorsByEnd }: TrustSnapshot): readonly TrustAnchor[] =>
  anchorsByEnd.get(endOf(certificate))?.filter((anchor) => isSameBytes(anchor.certificate.der, certificate.der)) ?? []

/** The end of a signature, which no two certificates share but by intent. V8 hashes the whole of a fresh string: 1.5 us for a certificate. */
const endOf = ({ der }: Certificate): string => latin1(der, Math.max(der.length - 24, 0))

function unique<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const byKey = new Map<string, Item>()
  for (const item of items) if (!byKey.has(keyOf(item))) byKey.set(keyOf(item), item)
  return [...byKey.values()]
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}
