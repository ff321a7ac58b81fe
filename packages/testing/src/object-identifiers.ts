/** Object identifiers by the names RFC 5280 and RFC 4519 give them. */

/** Attribute types of a distinguished name, by the short names OpenSSL prints. */
export const ATTRIBUTE_TYPES = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  street: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
  GN: '2.5.4.42',
  dnQualifier: '2.5.4.46',
  organizationIdentifier: '2.5.4.97',
  emailAddress: '1.2.840.113549.1.9.1',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
} as const

/** Extensions of certificates, CRLs and their entries (RFC 5280 sections 4.2, 5.2 and 5.3, RFC 6960, RFC 7633, RFC 9608). */
export const EXTENSIONS = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  noRevAvail: '2.5.29.56',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
} as const

/** Purposes of extKeyUsage (RFC 5280 section 4.2.1.12). */
export const PURPOSES = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
} as const

/** `anyPolicy` of certificatePolicies (RFC 5280 section 4.2.1.4). */
export const ANY_POLICY = '2.5.29.32.0'

/** A short name of `table`, or a dotted identifier. */
export type NameOrOid<Table> = keyof Table | `${number}.${string}`

/**
 * Resolves a short name or dotted identifier.
 *
 * @throws {TypeError} If it is neither, naming what is known: a misspelt name must not become another certificate.
 */
export function resolveOid(table: Readonly<Record<string, string>>, name: string, what: string): string {
  if (Object.hasOwn(table, name)) return table[name] ?? name
  if (/^[0-2](?:\.\d+)+$/.test(name)) return name
  throw new TypeError(
    `unknown ${what} ${JSON.stringify(name)}; use a dotted identifier or one of ${Object.keys(table).join(', ')}`,
  )
}
