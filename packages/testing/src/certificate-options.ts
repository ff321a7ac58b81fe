import type { DistributionPointInput } from './distribution-points.ts'
import type {
  AuthorityInfoAccessInput,
  AuthorityKeyIdentifierInput,
  Extension,
  KeyUsage,
  Purpose,
} from './extensions.ts'
import type { GeneralNamesInput } from './general-names.ts'
import type { KeyInput, KeyPool } from './keys.ts'
import type { NameInput } from './names.ts'
import type { SignatureInput } from './signing/algorithms.ts'

/**
 * What may be asked of a certificate. Everything has a default that makes it a good one; `null` leaves a thing out.
 * Nothing is checked for sense, so that every wrong certificate can be made.
 */
export type CertificateOptions = Readonly<{
  /** Default `CN=client` for a leaf, `CN=Intermediate CA` and `CN=Root CA` for authorities. */
  subject?: NameInput
  /** The key that is certified. Default: a new `p256`; for authorities below another, the kind their root has. */
  key?: KeyInput
  /** subjectAltName. Default none. Critical where the subject is empty. */
  san?: GeneralNamesInput | readonly GeneralNamesInput[] | null
  /** Default `['clientAuth']` for a leaf, none for an authority. */
  eku?: readonly Purpose[] | null
  /** Default `['digitalSignature']` for a leaf, `['keyCertSign', 'cRLSign']` for an authority. */
  keyUsage?: readonly KeyUsage[] | null
  /** Default none for a leaf, `{ ca: true }` for an authority. */
  basicConstraints?: Readonly<{ ca: boolean; pathLen?: number }> | null
  /** Default: the first 20 octets of the SHA-256 of the public key (RFC 7093 section 2). */
  subjectKeyIdentifier?: Uint8Array | null
  /** Default: the issuer's subjectKeyIdentifier. */
  authorityKeyIdentifier?: AuthorityKeyIdentifierInput | null

  /** Where the CRLs are that speak of it: URLs, or whole distribution points. Default none. */
  crlDistributionPoints?: readonly DistributionPointInput[] | null
  /** Where the delta CRLs are that speak of it. Default none. */
  freshestCrl?: readonly DistributionPointInput[] | null
  /** Where its issuer answers for it: URLs of OCSP responders, and of the issuer's certificate. Default none. */
  authorityInfoAccess?: AuthorityInfoAccessInput | null
  /** Whether it says that nobody publishes whether it is revoked (RFC 9608). Default not. */
  noRevAvail?: 'present' | null

  /** A number, or the INTEGER's content octets. Default: 16 random octets, positive. */
  serialNumber?: bigint | Uint8Array
  /** An instant, or a whole DER `Time`. Default: a day before the authority's clock for a leaf, ten years for an authority. */
  notBefore?: Date | Uint8Array
  /** Likewise. Default: 90 days after the authority's clock for a leaf, twenty years for an authority. */
  notAfter?: Date | Uint8Array
  /** Days from the authority's clock to the end of validity, instead of `notAfter`. */
  validDays?: number

  /**
   * Extensions to add. One replaces the default of the same identifier; two of the same identifier in this list both
   * go in, which makes a duplicate.
   */
  extensions?: readonly Extension[]
  /** Identifiers of default extensions to leave out. */
  without?: readonly string[]
  /** The X.509 version, 1, 2, 3 or a number that does not exist. Default 3. Below 3 no default extension is written. */
  version?: number

  /** A name other than the issuer's. */
  issuerName?: NameInput
  /** DER to put in the place of the key's `SubjectPublicKeyInfo`. */
  subjectPublicKeyInfo?: Uint8Array
  /** Default: what suits the issuer's key. */
  signature?: SignatureInput
  /** What the signed part names as its algorithm, if not the same (RFC 5280 section 4.1.1.2 wants it the same). */
  tbsSignature?: SignatureInput
  /** Replaces the signed part just before it is signed: the way to DER that no option makes. */
  alterTbs?: (tbs: Uint8Array) => Uint8Array
}>

/** What may be asked of an authority at the top. */
export type AuthorityOptions = CertificateOptions &
  Readonly<{
    /** The fixed clock that validity is counted from, here and for everything below. Default {@link DEFAULT_CLOCK}. */
    at?: Date
    /** Where keys come from, here and for everything below, unless a `key` is given as a pair. Default: always new ones. */
    keyPool?: KeyPool
  }>

/**
 * The instant at which tests take place unless they say otherwise. Fixed, so that a test fails today and in five years for
 * the same reason: give it to the code under test as its clock.
 */
export const DEFAULT_CLOCK = new Date('2026-01-01T00:00:00Z')

const KNOWN: Readonly<Record<keyof AuthorityOptions, 'certificate' | 'root'>> = {
  subject: 'certificate',
  key: 'certificate',
  san: 'certificate',
  eku: 'certificate',
  keyUsage: 'certificate',
  basicConstraints: 'certificate',
  subjectKeyIdentifier: 'certificate',
  authorityKeyIdentifier: 'certificate',
  crlDistributionPoints: 'certificate',
  freshestCrl: 'certificate',
  authorityInfoAccess: 'certificate',
  noRevAvail: 'certificate',
  serialNumber: 'certificate',
  notBefore: 'certificate',
  notAfter: 'certificate',
  validDays: 'certificate',
  extensions: 'certificate',
  without: 'certificate',
  version: 'certificate',
  issuerName: 'certificate',
  subjectPublicKeyInfo: 'certificate',
  signature: 'certificate',
  tbsSignature: 'certificate',
  alterTbs: 'certificate',
  at: 'root',
  keyPool: 'root',
}

/**
 * Refuses options that do not exist, because a misspelt `notAfter` would leave a test without its subject.
 *
 * @throws {TypeError} Naming the option and the ones there are.
 */
export function assertKnownOptions(options: object, level: 'certificate' | 'root'): void {
  const names = Object.entries(KNOWN).flatMap(([name, where]) =>
    where === 'certificate' || where === level ? [name] : [],
  )
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`unknown option ${JSON.stringify(unknown)}; use ${names.join(', ')}`)
  if ('notAfter' in options && 'validDays' in options) throw new TypeError('give notAfter or validDays, not both')
}
