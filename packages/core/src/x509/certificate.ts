import { MAX_CERTIFICATE_BYTES } from '../encoding/certificate-der.ts'
import {
  cursorOver,
  type DerCursor,
  DerError,
  enter,
  finish,
  isAtEnd,
  readBitString,
  readInteger,
  readOctetBits,
  readOptional,
  readSmallInteger,
  TAG,
} from '../encoding/der.ts'
import type { CertificateRef } from '../failure.ts'
import { ok, type Result, refused } from '../result.ts'
import { type AlgorithmIdentifier, readAlgorithmIdentifier } from './algorithm-identifier.ts'
import {
  decodeExtensions,
  type Extension,
  type Extensions,
  findRepeated,
  type Leniency,
  MAX_ITEMS,
  readExtension,
} from './extensions.ts'
import { type X509Evidence, type X509Failure, x509Failure } from './failures.ts'
import { unreadableRef } from './fingerprint.ts'
import type { Reading } from './malformed.ts'
import { type Name, readName } from './name.ts'
import { oidName } from './oids.ts'
import { enterSigned } from './signed.ts'
import { readTime } from './time.ts'

/** RFC 5280 4.1.2.7. */
export interface SubjectPublicKeyInfo {
  readonly der: Uint8Array
  readonly algorithm: AlgorithmIdentifier
  /** The content of the BIT STRING. */
  readonly key: Uint8Array
}

/**
 * A certificate as it stands, read strictly. A view over its bytes: nothing is copied, and nothing in it is trusted because
 * it could be read.
 */
export interface Certificate {
  readonly der: Uint8Array
  /** The signed part, `tbsCertificate`. */
  readonly tbs: Uint8Array
  readonly version: 1 | 2 | 3
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  readonly issuer: Name
  readonly subject: Name
  /** Milliseconds since 1970; both bounds are inclusive (RFC 5280 4.1.2.5). */
  readonly notBefore: number
  readonly notAfter: number
  readonly publicKey: SubjectPublicKeyInfo
  readonly extensions: Extensions
  readonly leniencies: readonly Leniency[]
}

export interface ParseOptions {
  /** Place in the list that was presented, for the failure. Default 0, the end entity. */
  readonly position?: number
  /** Default {@link MAX_CERTIFICATE_BYTES}. */
  readonly maxBytes?: number
}

/** Carries a failure out of the nested readers to {@link parseCertificate}; never leaves this file. */
class FormError {
  readonly state: (certificate: CertificateRef) => X509Failure

  constructor(state: (certificate: CertificateRef) => X509Failure) {
    this.state = state
  }
}

const formError = <Code extends keyof X509Evidence>(code: Code, evidence: X509Evidence[Code]) =>
  new FormError((certificate) => x509Failure(code, evidence, certificate))

/**
 * Parses one certificate (RFC 5280 4.1), strictly: canonical DER, nothing behind it, each extension once, and the extensions
 * that decide about trust or identity decoded.
 *
 * Departs from RFC 5280 where real private CAs force it; each such leniency is listed in `leniencies`. Makes no trust decision:
 * no signature, time or purpose is looked at.
 *
 * @param der - Untrusted. Kept, not copied: do not write to it afterwards.
 * @returns The view, or `ERR_X509_MALFORMED`, `ERR_X509_TOO_LARGE`, `ERR_X509_VERSION`, `ERR_X509_EMPTY_ISSUER` ,
 *   `ERR_X509_ALGORITHM_MISMATCH`, `ERR_X509_EXTENSION_DUPLICATE`, `ERR_X509_EXTENSION_MALFORMED`. Never throws for bad bytes.
 */
export function parseCertificate(der: Uint8Array, options: ParseOptions = {}): Result<Certificate, X509Failure> {
  const { position = 0, maxBytes = MAX_CERTIFICATE_BYTES } = options
  const at: Reading = { field: 'certificate' }
  try {
    if (der.length > maxBytes) throw formError('ERR_X509_TOO_LARGE', { limit: maxBytes, present: der.length })
    return ok(readCertificate(der, at))
  } catch (error) {
    const ref = () => unreadableRef(der, position)
    if (error instanceof DerError) {
      const { offset, reason } = error
      return refused(x509Failure('ERR_X509_MALFORMED', { field: at.field, offset, reason }, ref()))
    }
    if (error instanceof FormError) return refused(error.state(ref()))
    throw error
  }
}

function readCertificate(der: Uint8Array, at: Reading): Certificate {
  const leniencies: Leniency[] = []
  const { rest: certificate, tbs, octets } = enterSigned(cursorOver(der), at, 'tbsCertificate')

  at.field = 'version'
  const version = readVersion(tbs)
  at.field = 'serialNumber'
  const serialNumber = readSerialNumber(tbs, leniencies)
  at.field = 'signature'
  const signed = readAlgorithmIdentifier(tbs)
  at.field = 'issuer'
  const issuer = readName(tbs)
  if (issuer.isEmpty) throw formError('ERR_X509_EMPTY_ISSUER', { field: 'issuer' })
  at.field = 'validity'
  const validity = enter(tbs, TAG.sequence)
  const notBefore = readTime(validity, leniencies)
  const notAfter = readTime(validity, leniencies)
  finish(validity)
  at.field = 'subject'
  const subject = readName(tbs)
  at.field = 'subjectPublicKeyInfo'
  const publicKey = readSubjectPublicKeyInfo(tbs)
  at.field = 'uniqueIdentifiers'
  const uniqueIds = [0x81, 0x82].filter((tag) => readUniqueId(tbs, tag))
  if (uniqueIds.length > 0 && version === 1)
    throw formError('ERR_X509_VERSION', { version, reason: 'unique identifiers need version 2' })
  at.field = 'extensions'
  const extensions = readExtensions(tbs, version, leniencies)
  at.field = 'tbsCertificate'
  finish(tbs)

  at.field = 'signatureAlgorithm'
  const signatureAlgorithm = readAlgorithmIdentifier(certificate)
  if (!isSameAlgorithm(signed, signatureAlgorithm)) {
    throw formError('ERR_X509_ALGORITHM_MISMATCH', { signed: signed.oid, unsigned: signatureAlgorithm.oid })
  }
  at.field = 'signatureValue'
  const signature = readOctetBits(certificate)
  finish(certificate)

  let unsorted = issuer.unsorted + subject.unsorted
  for (const name of extensions.subjectAltName ?? []) if (name.type === 'directoryName') unsorted += name.value.unsorted
  for (; unsorted > 0; unsorted--) leniencies.push('unsorted-rdn')
  return Object.freeze({
    der,
    tbs: octets,
    version,
    serialNumber,
    signatureAlgorithm,
    signature,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey,
    extensions,
    leniencies,
  })
}

/** RFC 5280 4.1.2.1: `[0] EXPLICIT`, v1 is DEFAULT and so never encoded. */
function readVersion(tbs: DerCursor): 1 | 2 | 3 {
  const element = readOptional(tbs, 0xa0)
  if (!element) return 1
  const inner = cursorOver(tbs.bytes, element.value, element.end)
  const written = readSmallInteger(inner)
  finish(inner)
  if (written === 1) return 2
  if (written === 2) return 3
  throw formError('ERR_X509_VERSION', {
    version: written + 1,
    reason: written === 0 ? 'v1 is never written out' : 'unknown',
  })
}

/** RFC 5280 4.1.2.2 demands 1 to 20 octets, positive, and tells readers to cope with others. */
function readSerialNumber(tbs: DerCursor, leniencies: Leniency[]): Uint8Array {
  const serial = readInteger(tbs)
  const first = serial[0] ?? 0
  // Lenient: home-made CAs number from 0 or write a random top bit as a sign; the number only names the certificate.
  if (first >= 0x80 || (first === 0 && serial.length === 1)) leniencies.push('serial-not-positive')
  // Lenient: as above. 21 octets with a leading zero are 20 octets of value.
  if (serial.length > 21 || (serial.length === 21 && first !== 0)) leniencies.push('serial-longer-than-20-octets')
  return serial
}

function readSubjectPublicKeyInfo(tbs: DerCursor): SubjectPublicKeyInfo {
  const start = tbs.position
  const inner = enter(tbs, TAG.sequence)
  const algorithm = readAlgorithmIdentifier(inner)
  const key = readOctetBits(inner)
  finish(inner)
  return { der: tbs.bytes.subarray(start, tbs.position), algorithm, key }
}

/** RFC 5280 4.1.2.8: a BIT STRING of which nothing is made; whether it is there. */
function readUniqueId(tbs: DerCursor, tag: number): boolean {
  const isThere = !isAtEnd(tbs) && tbs.bytes[tbs.position] === tag
  if (isThere) readBitString(tbs, tag)
  return isThere
}

/** RFC 5280 4.1.2.9 and 4.2: `[3] EXPLICIT`, version 3 only, never empty, each extension once. */
function readExtensions(tbs: DerCursor, version: number, leniencies: Leniency[]): Extensions {
  const all: Extension[] = []
  const wrapper = readOptional(tbs, 0xa3)
  if (wrapper) {
    if (version !== 3) throw formError('ERR_X509_VERSION', { version, reason: 'extensions need version 3' })
    const explicit = cursorOver(tbs.bytes, wrapper.value, wrapper.end)
    const list = enter(explicit, TAG.sequence)
    finish(explicit)
    if (isAtEnd(list)) throw new DerError(list.position, 'extensions are present but empty')
    while (!isAtEnd(list)) {
      if (all.length === MAX_ITEMS) throw new DerError(list.position, `more than ${MAX_ITEMS} extensions`)
      all.push(readExtension(list, leniencies))
    }
  }
  const repeated = findRepeated(all)
  if (repeated) {
    const { oid } = repeated
    throw formError('ERR_X509_EXTENSION_DUPLICATE', { oid, extension: oidName(oid) })
  }
  return decodeExtensions(all, leniencies, ({ oid, value }, extension, error) => {
    // Offsets count from the certificate's first octet, as `openssl asn1parse` does.
    const offset = value.byteOffset - tbs.bytes.byteOffset + error.offset
    throw formError('ERR_X509_EXTENSION_MALFORMED', { oid, extension, offset, reason: error.reason })
  })
}

export function isSameAlgorithm(a: AlgorithmIdentifier, b: AlgorithmIdentifier): boolean {
  if (a.oid !== b.oid) return false
  if (a.parameters === null || b.parameters === null) return a.parameters === b.parameters
  return isSameBytes(a.parameters, b.parameters)
}

/** Whether two byte strings are equal. Not constant in time: what it compares is public. */
export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}
