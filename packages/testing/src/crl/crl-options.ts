import type { DistributionPointInput } from '../distribution-points.ts'
import type { AuthorityKeyIdentifierInput, Extension } from '../extensions.ts'
import type { IssuedCertificate } from '../issued-certificate.ts'
import type { NameInput } from '../names.ts'
import type { SignatureInput } from '../signing/algorithms.ts'
import type { CrlReason, IssuingDistributionPointInput } from './crl-extensions.ts'

/** What may be asked of an entry besides whom it revokes. */
export type CrlEntryDetails = Readonly<{
  /** An instant, or a whole DER `Time`. Default: a day before the authority's clock. */
  revokedAt?: Date | Uint8Array
  /** By name, or a number that may not exist. Default none. */
  reason?: CrlReason | number
  /** Since when the key is not to be trusted. Default none. */
  invalidityDate?: Date
  /** In an indirect CRL: whose certificates this entry and those behind it are. Default none. */
  certificateIssuer?: NameInput
  /** Extensions to add. */
  extensions?: readonly Extension[]
}>

/** Whom an entry revokes: a number, or whoever holds a certificate. A `Leaf` is such a holder. */
export type CrlEntryInput = CrlEntryDetails &
  (Readonly<{ serialNumber: bigint | Uint8Array }> | Readonly<{ certificate: IssuedCertificate }>)

/**
 * What may be asked of a CRL. Everything has a default that makes it a good one that revokes nobody; `null` leaves a thing out. Nothing is
 * checked for sense, so that every wrong CRL can be made.
 */
export type CrlOptions = Readonly<{
  /**
   * The entries, in this order; bytes are whole encodings of any number of entries, such as `encodeCrlEntries` makes. None at all leaves the list out, as
   * RFC 5280 section 5.1.2.6 wants it; empty bytes make an empty list.
   */
  entries?: ReadonlyArray<CrlEntryInput | Uint8Array>
  /** An instant, or a whole DER `Time`. Default: an hour before the authority's clock. */
  thisUpdate?: Date | Uint8Array
  /** Likewise. Default: a week after the authority's clock. */
  nextUpdate?: Date | Uint8Array | null
  /** cRLNumber. Default 1. */
  number?: number | bigint | null
  /** Makes it a delta CRL: the number of the complete CRL that it starts from. Default none. */
  baseCrlNumber?: number | bigint
  /** For which certificates it speaks. Default for all of its issuer. */
  issuingDistributionPoint?: IssuingDistributionPointInput | null
  /** Where the delta CRLs to it are. Default none. */
  freshestCrl?: readonly DistributionPointInput[] | null
  /** Default: the signer's subjectKeyIdentifier. */
  authorityKeyIdentifier?: AuthorityKeyIdentifierInput | null
  /** Extensions to add. One replaces the default of the same identifier; two of the same identifier both go in. */
  extensions?: readonly Extension[]

  /** 1, 2, or a number that does not exist. Default 2. Below 2 no default extension is written. */
  version?: number
  /** A name other than the signer's. */
  issuerName?: NameInput
  /** Default: what suits the signer's key. */
  signature?: SignatureInput
  /** What the signed part names as its algorithm, if not the same (RFC 5280 section 5.1.1.2 wants it the same). */
  tbsSignature?: SignatureInput
  /** Replaces the signed part just before it is signed: the way to DER that no option makes. */
  alterTbs?: (tbs: Uint8Array) => Uint8Array
}>

const KNOWN: Readonly<Record<keyof CrlOptions, true>> = {
  entries: true,
  thisUpdate: true,
  nextUpdate: true,
  number: true,
  baseCrlNumber: true,
  issuingDistributionPoint: true,
  freshestCrl: true,
  authorityKeyIdentifier: true,
  extensions: true,
  version: true,
  issuerName: true,
  signature: true,
  tbsSignature: true,
  alterTbs: true,
}

/**
 * Refuses options that do not exist, because a misspelt `nextUpdate` would leave a test without its subject.
 *
 * @throws {TypeError} Naming the option and the ones there are.
 */
export function assertKnownCrlOptions(options: object): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(KNOWN, name))
  if (unknown === undefined) return
  throw new TypeError(`unknown option ${JSON.stringify(unknown)}; use ${Object.keys(KNOWN).join(', ')}`)
}
