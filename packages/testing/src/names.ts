import * as der from './der-pieces.ts'
import { ATTRIBUTE_TYPES, type NameOrOid, resolveOid } from './object-identifiers.ts'

/** Text in the type's usual string form, text in a chosen one, or the whole DER encoding of the value. */
export type AttributeValue = string | Readonly<{ text: string; as: der.StringType }> | Uint8Array

/** A short name such as `CN` or `UID`, or a dotted object identifier. */
export type AttributeType = NameOrOid<typeof ATTRIBUTE_TYPES>

export type Attributes = Readonly<Partial<Record<AttributeType, AttributeValue>>>

/** One relative distinguished name. More than one attribute makes it multi-valued; pairs allow a type twice. */
export type RdnInput = Attributes | ReadonlyArray<readonly [type: AttributeType, value: AttributeValue]>

/**
 * A distinguished name.
 *
 * - `'alice'` is `CN=alice`;
 * - `{ O: 'Example', CN: 'alice' }` is one RDN for each attribute, in this order;
 * - `[{ O: 'Example' }, { CN: 'alice', UID: '42' }]` is a list of RDNs, the second multi-valued;
 * - bytes are a whole DER `Name`, taken as they are.
 */
export type NameInput = string | Attributes | readonly RdnInput[] | Uint8Array

const PRINTABLE: readonly string[] = [ATTRIBUTE_TYPES.C, ATTRIBUTE_TYPES.serialNumber, ATTRIBUTE_TYPES.dnQualifier]
const IA5: readonly string[] = [ATTRIBUTE_TYPES.DC, ATTRIBUTE_TYPES.emailAddress]

/**
 * Encodes a distinguished name as DER (RFC 5280 section 4.1.2.4).
 *
 * Does not check lengths, alphabets or that a name makes sense: an empty object is the empty name.
 *
 * @param name - See {@link NameInput}.
 * @returns The DER `Name`.
 * @throws {TypeError} For an attribute type that is neither known nor a dotted identifier.
 * @example
 * encodeName([{ C: 'GB' }, { CN: { text: 'Zo\u00eb', as: 'bmp' } }])
 */
export function encodeName(name: NameInput): Uint8Array {
  if (name instanceof Uint8Array) return name
  if (typeof name === 'string') return der.sequence(encodeRdn([['CN', name]]))
  if (isRdnList(name)) return der.sequence(...name.map(encodeRelativeName))
  return der.sequence(...pairsOf(name).map((pair) => encodeRdn([pair])))
}

/** Encodes one RelativeDistinguishedName, a SET. */
export function encodeRelativeName(rdn: RdnInput): Uint8Array {
  return encodeRdn(isPairs(rdn) ? rdn : pairsOf(rdn))
}

type Pair = readonly [type: string, value: AttributeValue]

function isRdnList(name: Attributes | readonly RdnInput[]): name is readonly RdnInput[] {
  return Array.isArray(name)
}

function isPairs(rdn: RdnInput): rdn is Exclude<RdnInput, Attributes> {
  return Array.isArray(rdn)
}

function pairsOf(attributes: Attributes): Pair[] {
  return Object.entries(attributes).flatMap(([type, value]) => (value === undefined ? [] : [[type, value] as const]))
}

function encodeRdn(pairs: readonly Pair[]): Uint8Array {
  return der.setOf(
    ...pairs.map(([type, value]) => encodeAttribute(resolveOid(ATTRIBUTE_TYPES, type, 'attribute type'), value)),
  )
}

function encodeAttribute(type: string, value: AttributeValue): Uint8Array {
  return der.sequence(der.oid(type), encodeValue(type, value))
}

function encodeValue(type: string, value: AttributeValue): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'string') return der.string(value.text, value.as)
  return der.string(value, PRINTABLE.includes(type) ? 'printable' : IA5.includes(type) ? 'ia5' : 'utf8')
}
