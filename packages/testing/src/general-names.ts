import * as der from './der-pieces.ts'
import { encodeIpAddress } from './ip-address.ts'
import { type Attributes, encodeName, type NameInput } from './names.ts'

type OneOrMore<Value> = Value | readonly Value[]

/**
 * General names by type (RFC 5280 section 4.2.1.6), encoded in the order in which the types are written.
 *
 * Text of `dns`, `email` and `uri` is not checked: a NUL, a space or a non-ASCII letter goes in as it is, in UTF-8.
 */
export type GeneralNamesInput = Readonly<{
  /** `[2]`: `'client.example'`. */
  dns?: OneOrMore<string>
  /** `[1]`: `'alice@example.com'`. */
  email?: OneOrMore<string>
  /** `[6]`: `'spiffe://prod/ns/ops/sa/admin'`. */
  uri?: OneOrMore<string>
  /** `[7]`: an address; in name constraints a CIDR range; or the octets. */
  ip?: OneOrMore<string | Uint8Array>
  /** `[4]`. A list means several names, so a list of RDNs is a list in a list. */
  directoryName?: string | Attributes | Uint8Array | readonly NameInput[]
  /** `[0]`: a type and the DER encoding of its value, such as a user principal name. */
  otherName?: OneOrMore<Readonly<{ type: string; value: Uint8Array }>>
  /** `[8]`: a registered identifier, dotted. */
  rid?: OneOrMore<string>
  /** Whole encodings of GeneralName, for what has no name here (x400Address, ediPartyName) or must be wrong. */
  raw?: OneOrMore<Uint8Array>
}>

/** The tag of each choice of GeneralName, or `null` where the input brings its own. */
const ENCODERS = {
  dns: (value: string) => der.implicitPrimitive(2, Buffer.from(value)),
  email: (value: string) => der.implicitPrimitive(1, Buffer.from(value)),
  uri: (value: string) => der.implicitPrimitive(6, Buffer.from(value)),
  ip: (value: string | Uint8Array) =>
    der.implicitPrimitive(7, typeof value === 'string' ? encodeIpAddress(value) : value),
  directoryName: (value: NameInput) => der.explicit(4, encodeName(value)),
  otherName: (value: Readonly<{ type: string; value: Uint8Array }>) =>
    der.explicit(0, der.oid(value.type), der.explicit(0, value.value)),
  rid: (value: string) => der.implicitPrimitive(8, der.oid(value).subarray(2)),
  raw: (value: Uint8Array) => value,
} satisfies { [Type in keyof GeneralNamesInput]-?: (value: never) => Uint8Array }

/**
 * Encodes general names, each as one DER `GeneralName`.
 *
 * @param names - See {@link GeneralNamesInput}; a list of them where the order of types must alternate.
 * @throws {TypeError} For an unknown type, or an `ip` that is no address.
 */
export function encodeGeneralNames(names: OneOrMore<GeneralNamesInput>): Uint8Array[] {
  return many(names).flatMap((group) => Object.entries(group).flatMap(([type, values]) => encodeType(type, values)))
}

function encodeType(type: string, values: unknown): Uint8Array[] {
  if (values === undefined) return []
  if (!Object.hasOwn(ENCODERS, type)) {
    throw new TypeError(`unknown type of general name ${JSON.stringify(type)}; use ${Object.keys(ENCODERS).join(', ')}`)
  }
  const encode = ENCODERS[type as keyof typeof ENCODERS] as (value: unknown) => Uint8Array
  return many(values).map(encode)
}

function many<Value>(values: OneOrMore<Value>): readonly Value[] {
  return Array.isArray(values) ? values : [values as Value]
}
