/**
 * Makers of certificate extensions (RFC 5280 section 4.2).
 *
 * Well-formed values of the simple kinds come from pkijs: written by other people than the reader under test, so that an
 * error of ours cannot cancel itself out. What must be able to be wrong is put together from `der`.
 */

import { BasicConstraints, CertificatePolicies, ExtKeyUsage, PolicyConstraints, PolicyInformation } from 'pkijs'
import * as der from './der-pieces.ts'
import { type DistributionPointInput, encodeDistributionPoint } from './distribution-points.ts'
import { encodeGeneralNames, type GeneralNamesInput } from './general-names.ts'
import { EXTENSIONS, type NameOrOid, PURPOSES, resolveOid } from './object-identifiers.ts'

/** One extension as it goes into the certificate. */
export type Extension = Readonly<{
  /** Dotted object identifier. */
  oid: string
  /** Default `false`, which DER leaves out. */
  critical?: boolean
  /** DER of the extension's value: the content of its OCTET STRING. Taken as it is. */
  value: Uint8Array
}>

/** An extension's criticality where the caller wants another than the RFC's. */
export type Criticality = Readonly<{ critical?: boolean }>

/** Encodes an extension; criticality FALSE is the DEFAULT and left out (X.690 11.5). */
export function encodeExtension({ oid, critical = false, value }: Extension): Uint8Array {
  return der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value))
}

/** basicConstraints, critical unless said otherwise (RFC 5280 section 4.2.1.9). */
export function basicConstraints(input: Readonly<{ ca: boolean; pathLen?: number }> & Criticality): Extension {
  const value = new BasicConstraints({
    cA: input.ca,
    ...(input.pathLen === undefined ? {} : { pathLenConstraint: input.pathLen }),
  })
  return { oid: EXTENSIONS.basicConstraints, critical: input.critical ?? true, value: bytesOf(value.toSchema()) }
}

const KEY_USAGE_BITS = [
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

export type KeyUsage = (typeof KEY_USAGE_BITS)[number]

/** keyUsage, critical unless said otherwise (RFC 5280 section 4.2.1.3). No usages make the empty BIT STRING. */
export function keyUsage(usages: readonly KeyUsage[], { critical = true }: Criticality = {}): Extension {
  const positions = usages.map((usage) => {
    const position = KEY_USAGE_BITS.indexOf(usage)
    if (position < 0)
      throw new TypeError(`unknown key usage ${JSON.stringify(usage)}; use ${KEY_USAGE_BITS.join(', ')}`)
    return position
  })
  const bits = der.namedBits(positions)
  return { oid: EXTENSIONS.keyUsage, critical, value: der.bitString(bits.subarray(1), bits[0]) }
}

/** A purpose by name or dotted identifier. */
export type Purpose = NameOrOid<typeof PURPOSES>

/** extKeyUsage, not critical unless said otherwise (RFC 5280 section 4.2.1.12). */
export function extKeyUsage(purposes: readonly Purpose[], { critical = false }: Criticality = {}): Extension {
  const keyPurposes = purposes.map((purpose) => resolveOid(PURPOSES, purpose, 'purpose'))
  return { oid: EXTENSIONS.extKeyUsage, critical, value: bytesOf(new ExtKeyUsage({ keyPurposes }).toSchema()) }
}

/** subjectAltName (RFC 5280 section 4.2.1.6). The RFC wants it critical where the subject is empty. */
export function subjectAltName(
  names: GeneralNamesInput | readonly GeneralNamesInput[],
  { critical = false }: Criticality = {},
): Extension {
  return { oid: EXTENSIONS.subjectAltName, critical, value: der.sequence(...encodeGeneralNames(names)) }
}

/** subjectKeyIdentifier (RFC 5280 section 4.2.1.2). */
export function subjectKeyIdentifier(identifier: Uint8Array): Extension {
  return { oid: EXTENSIONS.subjectKeyIdentifier, value: der.octetString(identifier) }
}

export type AuthorityKeyIdentifierInput = Readonly<{
  keyIdentifier?: Uint8Array
  /** authorityCertIssuer; the RFC wants it together with the serial number or not at all. */
  issuer?: GeneralNamesInput
  /** authorityCertSerialNumber. */
  serialNumber?: bigint
}>

/** authorityKeyIdentifier (RFC 5280 section 4.2.1.1). */
export function authorityKeyIdentifier(input: AuthorityKeyIdentifierInput): Extension {
  const members = [
    ...(input.keyIdentifier === undefined ? [] : [der.implicitPrimitive(0, input.keyIdentifier)]),
    ...(input.issuer === undefined ? [] : [der.explicit(1, ...encodeGeneralNames(input.issuer))]),
    ...(input.serialNumber === undefined ? [] : [der.implicitPrimitive(2, contentOf(der.integer(input.serialNumber)))]),
  ]
  return { oid: EXTENSIONS.authorityKeyIdentifier, value: der.sequence(...members) }
}

/**
 * nameConstraints, critical unless said otherwise (RFC 5280 section 4.2.1.10).
 *
 * @param input.permitted - Subtrees; `ip` as CIDR ranges. A list left out is absent, an empty one is an empty SEQUENCE.
 * @param input.excluded - Likewise.
 */
export function nameConstraints(
  input: Readonly<{ permitted?: Subtrees; excluded?: Subtrees }> & Criticality,
): Extension {
  const value = der.sequence(
    ...(input.permitted === undefined ? [] : [der.explicit(0, ...subtreesOf(input.permitted))]),
    ...(input.excluded === undefined ? [] : [der.explicit(1, ...subtreesOf(input.excluded))]),
  )
  return { oid: EXTENSIONS.nameConstraints, critical: input.critical ?? true, value }
}

type Subtrees = GeneralNamesInput | readonly GeneralNamesInput[]

function subtreesOf(names: Subtrees): Uint8Array[] {
  return encodeGeneralNames(names).map((base) => der.sequence(base))
}

/** certificatePolicies without qualifiers (RFC 5280 section 4.2.1.4). */
export function certificatePolicies(policies: readonly string[], { critical = false }: Criticality = {}): Extension {
  const value = new CertificatePolicies({
    certificatePolicies: policies.map((policyIdentifier) => new PolicyInformation({ policyIdentifier })),
  })
  return { oid: EXTENSIONS.certificatePolicies, critical, value: bytesOf(value.toSchema()) }
}

/** policyMappings, critical unless said otherwise (RFC 5280 section 4.2.1.5). */
export function policyMappings(
  mappings: ReadonlyArray<Readonly<{ issuerDomain: string; subjectDomain: string }>>,
  { critical = true }: Criticality = {},
): Extension {
  const pairs = mappings.map((mapping) => der.sequence(der.oid(mapping.issuerDomain), der.oid(mapping.subjectDomain)))
  return { oid: EXTENSIONS.policyMappings, critical, value: der.sequence(...pairs) }
}

/** policyConstraints, critical unless said otherwise; the numbers count certificates to skip (RFC 5280 section 4.2.1.11). */
export function policyConstraints(
  input: Readonly<{ requireExplicitPolicy?: number; inhibitPolicyMapping?: number }> & Criticality,
): Extension {
  const { critical = true, ...skipCerts } = input
  return { oid: EXTENSIONS.policyConstraints, critical, value: bytesOf(new PolicyConstraints(skipCerts).toSchema()) }
}

/** inhibitAnyPolicy, critical unless said otherwise (RFC 5280 section 4.2.1.14). */
export function inhibitAnyPolicy(skipCerts: number, { critical = true }: Criticality = {}): Extension {
  return { oid: EXTENSIONS.inhibitAnyPolicy, critical, value: der.integer(skipCerts) }
}

/** cRLDistributionPoints: where the CRLs are that speak of the certificate (RFC 5280 section 4.2.1.13). */
export function crlDistributionPoints(
  points: readonly DistributionPointInput[],
  { critical = false }: Criticality = {},
): Extension {
  const value = der.sequence(...points.map(encodeDistributionPoint))
  return { oid: EXTENSIONS.crlDistributionPoints, critical, value }
}

/** freshestCRL: where the delta CRLs are, in a certificate or in a complete CRL (RFC 5280 sections 4.2.1.15 and 5.2.6). */
export function freshestCrl(
  points: readonly DistributionPointInput[],
  { critical = false }: Criticality = {},
): Extension {
  const value = der.sequence(...points.map(encodeDistributionPoint))
  return { oid: EXTENSIONS.freshestCrl, critical, value }
}

/** Where its issuer answers for a certificate: URLs of OCSP responders, and of the issuer's own certificate. */
export type AuthorityInfoAccessInput = Readonly<{ ocsp?: readonly string[]; caIssuers?: readonly string[] }>

/** authorityInfoAccess (RFC 5280 section 4.2.2.1). */
export function authorityInfoAccess(input: AuthorityInfoAccessInput): Extension {
  const access = (method: string, urls: readonly string[] = []) =>
    urls.map((uri) => der.sequence(der.oid(method), ...encodeGeneralNames({ uri })))
  const value = der.sequence(
    ...access('1.3.6.1.5.5.7.48.1', input.ocsp),
    ...access('1.3.6.1.5.5.7.48.2', input.caIssuers),
  )
  return { oid: EXTENSIONS.authorityInfoAccess, value }
}

/** id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1). */
export function ocspNoCheck(): Extension {
  return { oid: EXTENSIONS.ocspNoCheck, value: der.nullValue() }
}

/** noRevAvail (RFC 9608 section 2). */
export function noRevAvail(): Extension {
  return { oid: EXTENSIONS.noRevAvail, value: der.nullValue() }
}

function bytesOf(schema: Readonly<{ toBER: () => ArrayBuffer }>): Uint8Array {
  return new Uint8Array(schema.toBER())
}

/** The content octets of a short encoding, whose length takes one octet. */
function contentOf(encoding: Uint8Array): Uint8Array {
  return encoding.subarray(2)
}
