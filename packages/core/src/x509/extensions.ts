import {
  cursorOver,
  type DerCursor,
  DerError,
  enter,
  finish,
  isAtEnd,
  readBitString,
  readBoolean,
  readOctetString,
  readOptional,
  readSmallInteger,
  TAG,
} from '../encoding/der.ts'
import { readOid } from '../encoding/oid.ts'
import { type AccessDescription, readAccessDescriptions } from './access-description.ts'
import { type DistributionPoint, readDistributionPoints } from './distribution-point.ts'
import { type GeneralName, readGeneralName } from './general-name.ts'
import { type NameConstraints, readNameConstraints } from './name-constraints.ts'
import { OID } from './oids.ts'
import {
  type PolicyConstraints,
  type PolicyMapping,
  readCertificatePolicies,
  readPolicyConstraints,
  readPolicyMappings,
} from './policy-extensions.ts'

/** One extension as it stands in the certificate; `value` is the content of its OCTET STRING. */
export interface Extension {
  readonly oid: string
  readonly critical: boolean
  readonly value: Uint8Array
}

export interface BasicConstraints {
  readonly ca: boolean
  /** Null where no limit is given. */
  readonly pathLength: number | null
}

/** RFC 5280 4.2.1.3, in the order of its bits. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

export type KeyUsage = (typeof KEY_USAGES)[number]

/** The extensions whose content decides something here, decoded; null where absent. */
export interface Extensions {
  readonly all: readonly Extension[]
  readonly basicConstraints: BasicConstraints | null
  readonly keyUsage: readonly KeyUsage[] | null
  readonly extendedKeyUsage: readonly string[] | null
  readonly subjectAltName: readonly GeneralName[] | null
  readonly nameConstraints: NameConstraints | null
  readonly certificatePolicies: readonly string[] | null
  readonly policyMappings: readonly PolicyMapping[] | null
  readonly policyConstraints: PolicyConstraints | null
  readonly inhibitAnyPolicy: number | null
  /** Only `keyIdentifier` (RFC 5280 4.2.1.1): it orders candidates and decides nothing. */
  readonly authorityKeyIdentifier: Uint8Array | null
  readonly subjectKeyIdentifier: Uint8Array | null
  readonly cRLDistributionPoints: readonly DistributionPoint[] | null
  readonly freshestCRL: readonly DistributionPoint[] | null
  readonly authorityInfoAccess: readonly AccessDescription[] | null
}

/** Deviations from DER or from the certificate profile that real private CAs force, each named and counted. */
export type Leniency =
  | 'encoded-default-false'
  | 'key-usage-trailing-zero-bits'
  | 'unsorted-rdn'
  | 'serial-not-positive'
  | 'serial-longer-than-20-octets'
  | 'generalized-time-before-2050'

/** Reads the framing of one extension. */
export function readExtension(cursor: DerCursor, leniencies: Leniency[]): Extension {
  const inner = enter(cursor, TAG.sequence)
  const oid = readOid(inner)
  let critical = false
  if (inner.position < inner.end && inner.bytes[inner.position] === TAG.boolean) {
    critical = readBoolean(inner)
    // Lenient: X.690 11.5 leaves a DEFAULT value out; older Java and embedded CAs write it.
    if (!critical) leniencies.push('encoded-default-false')
  }
  const value = readOctetString(inner)
  finish(inner)
  return { oid, critical, value }
}

type Decoder<Value> = (cursor: DerCursor, leniencies: Leniency[]) => Value

/** One row for each extension that is decoded. Each decoder must consume the whole value. */
export const EXTENSION_DECODERS: {
  readonly [Field in Exclude<keyof Extensions, 'all'>]: {
    readonly oid: string
    readonly decode: Decoder<Extensions[Field]>
  }
} = {
  basicConstraints: { oid: OID.basicConstraints, decode: readBasicConstraints },
  keyUsage: { oid: OID.keyUsage, decode: readKeyUsage },
  extendedKeyUsage: { oid: OID.extKeyUsage, decode: (cursor) => readSequenceOf(cursor, readOid, MAX_PURPOSES) },
  subjectAltName: { oid: OID.subjectAltName, decode: (cursor) => readSequenceOf(cursor, readGeneralName) },
  nameConstraints: { oid: OID.nameConstraints, decode: readNameConstraints },
  certificatePolicies: { oid: OID.certificatePolicies, decode: readCertificatePolicies },
  policyMappings: { oid: OID.policyMappings, decode: readPolicyMappings },
  policyConstraints: { oid: OID.policyConstraints, decode: readPolicyConstraints },
  inhibitAnyPolicy: { oid: OID.inhibitAnyPolicy, decode: (cursor) => readSmallInteger(cursor) },
  authorityKeyIdentifier: { oid: OID.authorityKeyIdentifier, decode: readAuthorityKeyIdentifier },
  subjectKeyIdentifier: { oid: OID.subjectKeyIdentifier, decode: readOctetString },
  cRLDistributionPoints: { oid: OID.cRLDistributionPoints, decode: readDistributionPoints },
  freshestCRL: { oid: OID.freshestCRL, decode: readDistributionPoints },
  authorityInfoAccess: { oid: OID.authorityInfoAccess, decode: readAccessDescriptions },
}

/** RFC 5280 4.2.1.9. */
function readBasicConstraints(cursor: DerCursor, leniencies: Leniency[]): BasicConstraints {
  const inner = enter(cursor, TAG.sequence)
  let ca = false
  if (!isAtEnd(inner) && inner.bytes[inner.position] === TAG.boolean) {
    ca = readBoolean(inner)
    // Lenient: as above; OpenSSL's own `CA:FALSE` leaves it out, Windows CAs have not always.
    if (!ca) leniencies.push('encoded-default-false')
  }
  const pathLength = isAtEnd(inner) ? null : readSmallInteger(inner)
  finish(inner)
  return { ca, pathLength }
}

/** RFC 5280 4.2.1.3: at least one bit, none beyond the ninth. */
function readKeyUsage(cursor: DerCursor, leniencies: Leniency[]): readonly KeyUsage[] {
  const start = cursor.position
  const { octets, unused } = readBitString(cursor)
  const count = octets.length * 8 - unused
  const isSet = (bit: number) => ((octets[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0
  for (let bit = KEY_USAGES.length; bit < 16; bit++)
    if (isSet(bit)) throw new DerError(start, 'bits beyond decipherOnly')
  // By the octet, since a certificate has room for half a million bits: eleven such stopped the loop for 24 ms.
  for (let index = 2; index < octets.length; index++)
    if (octets[index] !== 0) throw new DerError(start, 'bits beyond decipherOnly')
  const usages = KEY_USAGES.filter((_, bit) => isSet(bit))
  if (usages.length === 0) throw new DerError(start, 'no bit is set')
  // Lenient: X.690 11.2.2 cuts trailing zero bits of a named bit list; some CAs write whole octets.
  if (!isSet(count - 1)) leniencies.push('key-usage-trailing-zero-bits')
  return usages
}

/** RFC 5280 4.2.1.1. authorityCertIssuer and its serial number are read past: they guide a search, and ours has better guides. */
export function readAuthorityKeyIdentifier(cursor: DerCursor): Uint8Array | null {
  const inner = enter(cursor, TAG.sequence)
  const key = readOptional(inner, 0x80)
  readOptional(inner, 0xa1)
  readOptional(inner, 0x82)
  finish(inner)
  return key ? inner.bytes.subarray(key.value, key.end) : null
}

/**
 * Most items of a list that are read. A TLS handshake carries 100 kB of certificates, which is 30,000 purposes or names: at a microsecond each,
 * more than one client may cost. Real certificates have under a hundred.
 */
export const MAX_ITEMS = 1_000

/** Most purposes of one certificate: each is spelled out, and strangers choose them so that no two are alike. Real ones have under ten. */
export const MAX_PURPOSES = 100

/** `SEQUENCE SIZE (1..MAX) OF`. */
function readSequenceOf<Item>(
  cursor: DerCursor,
  readItem: (cursor: DerCursor) => Item,
  limit = MAX_ITEMS,
): readonly Item[] {
  const inner = enter(cursor, TAG.sequence)
  if (isAtEnd(inner)) throw new DerError(inner.position, 'empty sequence')
  const items: Item[] = []
  while (!isAtEnd(inner)) {
    if (items.length === limit) throw new DerError(inner.position, `more than ${limit} items`)
    items.push(readItem(inner))
  }
  return items
}

type DecodedField = keyof typeof EXTENSION_DECODERS
type Decoded = { -readonly [Field in keyof Extensions]: Extensions[Field] }

interface Row {
  readonly field: DecodedField
  readonly decodeInto: (decoded: Decoded, extension: Extension, leniencies: Leniency[]) => void
}

/** {@link EXTENSION_DECODERS} by identifier: a certificate has half as many extensions as there are rows. */
const ROWS: ReadonlyMap<string, Row> = new Map(
  (Object.keys(EXTENSION_DECODERS) as DecodedField[]).map((field) => [EXTENSION_DECODERS[field].oid, rowOf(field)]),
)

function rowOf<Field extends DecodedField>(field: Field): Row {
  const decode: Decoder<Decoded[Field]> = EXTENSION_DECODERS[field].decode
  return {
    field,
    decodeInto: (decoded, { value }, leniencies) => {
      const cursor = cursorOver(value)
      decoded[field] = decode(cursor, leniencies)
      finish(cursor)
    },
  }
}

const NONE: Extensions = {
  all: [],
  basicConstraints: null,
  keyUsage: null,
  extendedKeyUsage: null,
  subjectAltName: null,
  nameConstraints: null,
  certificatePolicies: null,
  policyMappings: null,
  policyConstraints: null,
  inhibitAnyPolicy: null,
  authorityKeyIdentifier: null,
  subjectKeyIdentifier: null,
  cRLDistributionPoints: null,
  freshestCRL: null,
  authorityInfoAccess: null,
}

/**
 * Decodes the extensions that have a row in {@link EXTENSION_DECODERS}, each value whole.
 *
 * @param all - Each identifier once.
 * @param fail - Gets the first that is malformed, and throws.
 */
export function decodeExtensions(
  all: readonly Extension[],
  leniencies: Leniency[],
  fail: (extension: Extension, field: string, error: DerError) => never,
): Extensions {
  const decoded: Decoded = { ...NONE, all }
  for (const extension of all) {
    const row = ROWS.get(extension.oid)
    if (!row) continue
    try {
      row.decodeInto(decoded, extension, leniencies)
    } catch (error) {
      if (!(error instanceof DerError)) throw error
      fail(extension, row.field, error)
    }
  }
  return decoded
}

/** Up to this many extensions, comparing each with each takes less time than making a set. */
const FEW = 16

/** The first extension whose identifier came before. */
export function findRepeated(all: readonly Extension[]): Extension | undefined {
  if (all.length <= FEW) return all.find(({ oid }, index) => isAmong(oid, all, index))
  const seen = new Set<string>()
  return all.find(({ oid }) => seen.size === seen.add(oid).size)
}

function isAmong(oid: string, all: readonly Extension[], before: number): boolean {
  for (let index = 0; index < before; index++) if (all[index]?.oid === oid) return true
  return false
}
