/** CRLs as they are kept: parsed, indexed, and sorted by who issued them. */
import { decodePemBlocks } from '../../encoding/pem-blocks.ts'
import { ok, type Result, refused } from '../../result.ts'
import type { Sliced } from '../../slices.ts'
import { type CertificateList, parseCrl } from '../../x509/crl.ts'
import { compareNumbers } from '../../x509/crl-extensions.ts'
import { nameKey } from '../../x509/name-comparison.ts'
import { type CrlIndex, indexEntries } from './crl-index.ts'

export interface LoadedCrl {
  readonly list: CertificateList
  readonly index: CrlIndex
  /** Where it was found, for people: `/etc/ca/clients.crl, CRL 2`. */
  readonly origin: string
}

/** What is held at one moment: immutable, by the key of the issuer's name, the newest first. */
export interface CrlSnapshot {
  readonly all: readonly LoadedCrl[]
  readonly byIssuer: ReadonlyMap<string, readonly LoadedCrl[]>
  /** Sources that have never loaded, with the reason: what they hold is not known. */
  readonly missing: readonly { readonly source: string; readonly error: string }[]
}

export const NO_CRLS: CrlSnapshot = Object.freeze({ all: [], byIssuer: new Map(), missing: [] })

/** CRLs of one file. A bundle has one for each authority, or each reason; public ones have under a hundred. */
export const MAX_CRLS = 1_000

/**
 * CRLs at one distribution point. RFC 5280 4.2.1.13 and RFC 2585 section 3 know one; each is verified when it comes and looked through for each client, and
 * whoever publishes them need not be a friend.
 */
export const MAX_CRLS_OF_POINT = 4

/**
 * Reads everything that some octets hold: one CRL in DER, or any number in PEM with explanatory text between them. A part is never returned: an
 * invalid CRL that is ignored without a word lets in whom it revokes (CVE-2026-53434).
 *
 * @param octets - Untrusted until a signature says otherwise. Kept, not copied, where it is DER.
 */
export function* readCrls(
  octets: Uint8Array,
  origin: string,
  maxCrls = MAX_CRLS,
): Sliced<Result<readonly LoadedCrl[], string>> {
  const ders = yield* decode(octets, maxCrls)
  if (!ders.ok) return refused(`${origin}: ${ders.failure}`)
  const loaded: LoadedCrl[] = []
  for (const [position, der] of ders.value.entries()) {
    const name = ders.value.length === 1 ? origin : `${origin}, CRL ${position + 1}`
    const list = parseCrl(der)
    const index = list.ok ? yield* indexEntries(list.value) : list
    if (!list.ok || !index.ok) {
      const { field, offset, reason } = list.ok ? (index as typeof index & { ok: false }).failure : list.failure
      return refused(`${name}: ${field} is malformed at octet ${offset}: ${reason}`)
    }
    loaded.push(Object.freeze({ list: list.value, index: index.value, origin: name }))
    yield
  }
  return ok(loaded)
}

function* decode(octets: Uint8Array, maxCrls: number): Sliced<Result<readonly Uint8Array[], string>> {
  if (octets[0] === 0x30) return ok([octets])
  const blocks = yield* decodePemBlocks(octets, 'X509 CRL', maxCrls)
  return blocks.ok ? blocks : refused(blocks.failure.message)
}

/** Sorts CRLs by issuer, and by age within each: what an authority said last counts. */
export function crlSnapshot(all: readonly LoadedCrl[], missing: CrlSnapshot['missing'] = []): CrlSnapshot {
  const byIssuer = new Map<string, LoadedCrl[]>()
  for (const crl of all) {
    const key = nameKey(crl.list.issuer)
    const others = byIssuer.get(key)
    if (others) others.push(crl)
    else byIssuer.set(key, [crl])
  }
  for (const [key, crls] of byIssuer) byIssuer.set(key, crls.toSorted(newestFirst))
  return Object.freeze({ all, byIssuer, missing })
}

/** By thisUpdate, then by number (RFC 5280 5.2.3: the number grows with each CRL of one scope). */
function newestFirst({ list: a }: LoadedCrl, { list: b }: LoadedCrl): number {
  const [ours, theirs] = [a.extensions.crlNumber, b.extensions.crlNumber]
  return b.thisUpdate - a.thisUpdate || (ours && theirs ? compareNumbers(theirs, ours) : 0)
}
