import type { CertificateOptions } from './certificate-options.ts'
import {
  type AuthorityKeyIdentifierInput,
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  crlDistributionPoints,
  type Extension,
  extKeyUsage,
  freshestCrl,
  type KeyUsage,
  keyUsage,
  noRevAvail,
  type Purpose,
  subjectAltName,
  subjectKeyIdentifier,
} from './extensions.ts'
import type { NameInput } from './names.ts'

/** What a kind of certificate has when nobody asks for anything else. */
export type Profile = Readonly<{
  subject: NameInput
  basicConstraints: Readonly<{ ca: boolean }> | null
  keyUsage: readonly KeyUsage[]
  eku: readonly Purpose[] | null
  daysBefore: number
  daysAfter: number
}>

// Long, so that an authority made for a fixed clock still serves real handshakes, which go by the machine's; and before
// 2050, so that the dates stay UTCTime.
const AUTHORITY = {
  basicConstraints: { ca: true },
  keyUsage: ['keyCertSign', 'cRLSign'],
  eku: null,
  daysBefore: 3_650,
  daysAfter: 7_300,
} as const

export const ROOT: Profile = { ...AUTHORITY, subject: 'Root CA' }

export const INTERMEDIATE: Profile = { ...AUTHORITY, subject: 'Intermediate CA' }

/** A TLS client certificate (RFC 5280 section 4.2.1.12). basicConstraints is left out, as most issuers do. */
export const CLIENT: Profile = {
  subject: 'client',
  basicConstraints: null,
  keyUsage: ['digitalSignature'],
  eku: ['clientAuth'],
  daysBefore: 1,
  daysAfter: 90,
}

/**
 * Decides the extensions: the profile's, changed by the options, in a fixed order.
 *
 * @param identifiers - What the key identifiers are unless the options say.
 */
export function extensionsFor(
  profile: Profile,
  options: CertificateOptions,
  identifiers: Readonly<{
    subject: Uint8Array
    authority: AuthorityKeyIdentifierInput | null
    subjectName: 'empty' | 'present'
  }>,
): Extension[] {
  const wanted = {
    basicConstraints: choose(options.basicConstraints, profile.basicConstraints),
    keyUsage: choose(options.keyUsage, profile.keyUsage),
    eku: choose(options.eku, profile.eku),
    san: choose(options.san, null),
    subjectKeyIdentifier: choose(options.subjectKeyIdentifier, identifiers.subject),
    authorityKeyIdentifier: choose(options.authorityKeyIdentifier, identifiers.authority),
  }
  const usual = [
    wanted.basicConstraints && basicConstraints(wanted.basicConstraints),
    wanted.keyUsage && keyUsage(wanted.keyUsage),
    wanted.eku && extKeyUsage(wanted.eku),
    // RFC 5280 section 4.1.2.6: with an empty subject the alternative name must be critical.
    wanted.san && subjectAltName(wanted.san, { critical: identifiers.subjectName === 'empty' }),
    wanted.subjectKeyIdentifier && subjectKeyIdentifier(wanted.subjectKeyIdentifier),
    wanted.authorityKeyIdentifier && authorityKeyIdentifier(wanted.authorityKeyIdentifier),
    options.crlDistributionPoints && crlDistributionPoints(options.crlDistributionPoints),
    options.freshestCrl && freshestCrl(options.freshestCrl),
    options.authorityInfoAccess && authorityInfoAccess(options.authorityInfoAccess),
    options.noRevAvail && noRevAvail(),
  ].filter((extension) => extension !== null && extension !== undefined)

  const given = options.extensions ?? []
  const replaced = new Set([...(options.without ?? []), ...given.map(({ oid }) => oid)])
  const kept =
    options.version === undefined || options.version >= 3 ? usual.filter(({ oid }) => !replaced.has(oid)) : []
  return [...kept, ...given]
}

/** The asked-for value; `null` says "leave it out" and is not the same as saying nothing. */
function choose<Value>(asked: Value | null | undefined, usual: Value | null): Value | null {
  return asked === undefined ? usual : asked
}
