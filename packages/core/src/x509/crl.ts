import {
  cursorOver,
  type DerCursor,
  DerError,
  finish,
  isAtEnd,
  read,
  readOctetBits,
  readOptional,
  readSmallInteger,
  TAG,
} from '../encoding/der.ts'
import type { Result } from '../result.ts'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from './algorithm-identifier.ts'
import { isSameAlgorithm } from './certificate.ts'
import { type CrlExtensions, NO_CRL_EXTENSIONS, readCrlExtensions } from './crl-extensions.ts'
import type { Leniency } from './extensions.ts'
import { type Malformed, type Reading, readWhole } from './malformed.ts'
import { type Name, readName } from './name.ts'
import { enterSigned } from './signed.ts'
import { readTime } from './time.ts'

/**
 * A CRL as it stands, read strictly. A view over its bytes: nothing is copied, and nothing in it is trusted because it could be read.
 *
 * Its entries are a range and not a list: reading them all takes time in proportion to their number, which may be a million, and
 * belongs to whoever can do it in slices.
 */
export interface CertificateList {
  readonly der: Uint8Array
  /** The signed part, `tbsCertList`. */
  readonly tbs: Uint8Array
  readonly version: 1 | 2
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly issuer: Name
  /** Milliseconds since 1970. */
  readonly thisUpdate: number
  /** Null where it is absent, which RFC 5280 5.1.2.5 forbids to issuers. */
  readonly nextUpdate: number | null
  /** Offsets in `der` of the first entry and of the end of the last. */
  readonly entries: { readonly start: number; readonly end: number }
  readonly extensions: CrlExtensions
  readonly leniencies: readonly Leniency[]
}

/**
 * Parses a CRL (RFC 5280 5.1), strictly, all but its entries.
 *
 * Makes no trust decision: neither signature nor time nor scope is looked at.
 *
 * @param der - Untrusted; the caller bounds its length. Kept, not copied: do not write to it afterwards.
 */
export function parseCrl(der: Uint8Array): Result<CertificateList, Malformed> {
  return readWhole('certificateList', (at) => readCrl(der, at))
}

function readCrl(der: Uint8Array, at: Reading): CertificateList {
  const leniencies: Leniency[] = []
  const { rest: list, tbs, octets } = enterSigned(cursorOver(der), at, 'tbsCertList')

  at.field = 'version'
  const version = readVersion(tbs)
  at.field = 'signature'
  const signed = readAlgorithmIdentifier(tbs)
  at.field = 'issuer'
  const issuer = readName(tbs)
  if (issuer.isEmpty) throw new DerError(tbs.position, 'the issuer is an empty name')
  at.field = 'thisUpdate'
  const thisUpdate = readTime(tbs, leniencies)
  at.field = 'nextUpdate'
  const nextUpdate = isTime(tbs) ? readTime(tbs, leniencies) : null
  at.field = 'revokedCertificates'
  const entries = readEntryRange(tbs)
  at.field = 'crlExtensions'
  const extensions = readWrappedExtensions(tbs, version, leniencies)
  at.field = 'tbsCertList'
  finish(tbs)

  at.field = 'signatureAlgorithm'
  const start = list.position
  const signatureAlgorithm = readAlgorithmIdentifier(list)
  if (!isSameAlgorithm(signed, signatureAlgorithm)) {
    throw new DerError(start, `the signed part says ${signed.oid}, the signature says ${signatureAlgorithm.oid}`)
  }
  at.field = 'signatureValue'
  const signature = readOctetBits(list)
  finish(list)

  for (let { unsorted } = issuer; unsorted > 0; unsorted--) leniencies.push('unsorted-rdn')
  return Object.freeze({
    der,
    tbs: octets,
    version,
    signatureAlgorithm,
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    entries,
    extensions,
    leniencies,
  })
}

/** RFC 5280 5.1.2.1: absent for v1, which `openssl ca -gencrl` still writes unless told otherwise. */
function readVersion(tbs: DerCursor): 1 | 2 {
  if (tbs.bytes[tbs.position] !== TAG.integer) return 1
  const start = tbs.position
  const version = readSmallInteger(tbs)
  if (version !== 1) throw new DerError(start, `version ${version + 1}`)
  return 2
}

const isTime = ({ bytes, position, end }: DerCursor): boolean =>
  position < end && (bytes[position] === TAG.utcTime || bytes[position] === TAG.generalizedTime)

/** Lenient: 5.1.2.6 leaves the list out where nothing is revoked; some authorities write an empty one, which says the same. */
function readEntryRange(tbs: DerCursor): { start: number; end: number } {
  if (isAtEnd(tbs) || tbs.bytes[tbs.position] !== TAG.sequence) return { start: tbs.position, end: tbs.position }
  const { value, end } = read(tbs, TAG.sequence)
  return { start: value, end }
}

/** RFC 5280 5.1.2.7: `[0] EXPLICIT`, version 2 only. */
function readWrappedExtensions(tbs: DerCursor, version: 1 | 2, leniencies: Leniency[]): CrlExtensions {
  const wrapper = readOptional(tbs, 0xa0)
  if (!wrapper) return NO_CRL_EXTENSIONS
  if (version !== 2) throw new DerError(wrapper.start, 'extensions need version 2')
  const inner = cursorOver(tbs.bytes, wrapper.value, wrapper.end)
  const extensions = readCrlExtensions(inner, leniencies)
  finish(inner)
  return Object.freeze(extensions)
}
