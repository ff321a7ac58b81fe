import type { Authority } from '../authority.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import * as der from '../der-pieces.ts'
import { authorityKeyIdentifier, type Extension, encodeExtension, freshestCrl } from '../extensions.ts'
import { pemOf } from '../issued-certificate.ts'
import { encodeName } from '../names.ts'
import { schemeOf, usualSignature } from '../signing/algorithms.ts'
import { encodeCrlEntry } from './crl-entries.ts'
import { crlNumber, deltaCrlIndicator, issuingDistributionPoint } from './crl-extensions.ts'
import { assertKnownCrlOptions, type CrlOptions } from './crl-options.ts'

/** A CRL that was minted. Nothing says that it is a good one. */
export type MintedCrl = Readonly<{
  der: Uint8Array
  /** A block `X509 CRL` (RFC 7468 section 6). */
  pem: string
}>

/** Who signs a CRL: an authority, or a separate signer such as {@link crlSigner} makes. */
export type CrlSigner = Pick<Authority, 'name' | 'keyIdentifier' | 'privateKey' | 'at'>

const HOUR_MS = 3_600_000
const WEEK_MS = 604_800_000

/**
 * Mints a CRL (RFC 5280 section 5.1), complete and of version 2 unless the options say otherwise.
 *
 * Does not remember what was revoked or numbered before: each call is a CRL of its own.
 *
 * @param signer - Whose name, key and clock it has.
 * @throws {TypeError} For an option that does not exist, or a name inside one that means nothing.
 * @example
 * const leaf = root.issue('mallory')
 * const crl = mintCrl(root, { entries: [{ certificate: leaf.certificate, reason: 'keyCompromise' }] })
 */
export function mintCrl(signer: CrlSigner, options: CrlOptions = {}): MintedCrl {
  assertKnownCrlOptions(options)
  const scheme = schemeOf(options.signature ?? usualSignature(signer.privateKey))
  const { version = 2, entries = [] } = options
  const { thisUpdate = after(signer.at, -HOUR_MS), nextUpdate = after(signer.at, WEEK_MS) } = options
  const revoked = entries.map((entry) => (entry instanceof Uint8Array ? entry : encodeCrlEntry(entry, signer.at)))
  const extensions = extensionsOf(signer, options, version)
  const tbs = der.sequence(
    // RFC 5280 5.1.2.1: v1 is left out.
    ...(version === 1 ? [] : [der.integer(version - 1)]),
    schemeOf(options.tbsSignature ?? scheme).identifier,
    options.issuerName === undefined ? signer.name : encodeName(options.issuerName),
    timeOf(thisUpdate),
    ...(nextUpdate === null ? [] : [timeOf(nextUpdate)]),
    ...(revoked.length === 0 ? [] : [der.sequence(...revoked)]),
    ...(extensions.length === 0 ? [] : [der.explicit(0, der.sequence(...extensions.map(encodeExtension)))]),
  )
  const signed = options.alterTbs === undefined ? tbs : options.alterTbs(tbs)
  return crlOf(der.sequence(signed, scheme.identifier, der.bitString(scheme.sign(signed, signer.privateKey))))
}

/** Presents DER as a {@link MintedCrl}. Does not look at the bytes. */
export function crlOf(bytes: Uint8Array): MintedCrl {
  return {
    der: bytes,
    get pem() {
      return pemOf('X509 CRL', bytes)
    },
  }
}

/**
 * Certifies a separate CRL signer below an authority: its name unless the options say otherwise, a key of its own, and the one usage cRLSign.
 *
 * @example
 * const signer = crlSigner(root)
 * mintCrl(signer) // trusted where signer.certificate is at hand
 */
export function crlSigner(authority: Authority, options: CertificateOptions = {}): Authority {
  return authority.intermediate({
    subject: authority.name,
    basicConstraints: null,
    keyUsage: ['cRLSign'],
    ...options,
  })
}

function extensionsOf(signer: CrlSigner, options: CrlOptions, version: number): readonly Extension[] {
  const { number = 1, baseCrlNumber, extensions: given = [] } = options
  const { authorityKeyIdentifier: identifier = signer.keyIdentifier && { keyIdentifier: signer.keyIdentifier } } =
    options
  if (version < 2) return given
  const usual = [
    identifier && authorityKeyIdentifier(identifier),
    number !== null && crlNumber(number),
    baseCrlNumber !== undefined && deltaCrlIndicator(baseCrlNumber),
    options.issuingDistributionPoint && issuingDistributionPoint(options.issuingDistributionPoint),
    options.freshestCrl && freshestCrl(options.freshestCrl),
  ].filter((extension) => typeof extension === 'object' && extension !== null)
  return [...usual.filter(({ oid }) => !given.some((each) => each.oid === oid)), ...given]
}

function after(at: Date, milliseconds: number): Date {
  return new Date(at.getTime() + milliseconds)
}

function timeOf(value: Date | Uint8Array): Uint8Array {
  return value instanceof Uint8Array ? value : der.time(value)
}
