import { type KeyObject, verify } from 'node:crypto'
import { DerError } from '../encoding/der.ts'
import { encodeHex } from '../encoding/hex.ts'
import type { CertificateRef } from '../failure.ts'
import { ok, type Result, refused } from '../result.ts'
import type { AlgorithmIdentifier } from '../x509/algorithm-identifier.ts'
import type { Certificate } from '../x509/certificate.ts'
import { certificateRef } from '../x509/certificate-ref.ts'
import { algorithmName, BROKEN_ALGORITHMS, SIGNATURE_ALGORITHMS, type VerifyParameters } from './algorithms.ts'
import { type SignaturesEvidence, type SignaturesFailure, signaturesFailure } from './failures.ts'
import { importKey } from './import-key.ts'
import { type JudgedKey, judgeKey, type KeyKind, type KeyProblem } from './judge-key.ts'
import { isNullOrAbsent, readPssParameters } from './pss-parameters.ts'
import type { Weakness } from './weakness.ts'

/** A certificate and its place in the path being tried, for failures. */
export interface Placed {
  readonly certificate: Certificate
  readonly position: number
}

/** What somebody signed: a certificate, a CRL, an OCSP response. */
export interface Signed {
  /** The signed octets. */
  readonly tbs: Uint8Array
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
}

/** How a signature is to be verified, read from what carries it. */
export interface SignatureScheme {
  readonly name: string
  readonly keys: readonly KeyKind[]
  readonly verify: VerifyParameters
}

/**
 * Reads which algorithm signed a certificate, and refuses weak, unknown and misparameterised ones. Needs no issuer.
 *
 * @returns The scheme, or `ERR_SIGNATURES_MD5`, `ERR_SIGNATURES_SHA1`, `ERR_SIGNATURES_DSA`, `ERR_SIGNATURES_UNSUPPORTED` ,
 *   `ERR_SIGNATURES_PARAMETERS`, `ERR_SIGNATURES_PSS_PARAMETERS`, `ERR_SIGNATURES_PSS_SALT_LENGTH`.
 */
export function readScheme(placed: Placed, allowed: ReadonlySet<Weakness>): Result<SignatureScheme, SignaturesFailure> {
  return schemeOf(placed.certificate, allowed, () => refOf(placed))
}

function schemeOf(
  { signatureAlgorithm }: Signed,
  allowed: ReadonlySet<Weakness>,
  ref: () => CertificateRef | null,
): Result<SignatureScheme, SignaturesFailure> {
  const refuse = <Code extends keyof SignaturesEvidence>(code: Code, evidence: SignaturesEvidence[Code]) =>
    refused(signaturesFailure(code, evidence, ref()))
  const algorithm = algorithmName(signatureAlgorithm)
  const row = SIGNATURE_ALGORITHMS.get(signatureAlgorithm.oid)
  if (!row) {
    return refuse(BROKEN_ALGORITHMS.has(signatureAlgorithm.oid) ? 'ERR_SIGNATURES_MD5' : 'ERR_SIGNATURES_UNSUPPORTED', {
      algorithm,
    })
  }
  const weakness = row.weaknesses.find((each) => !allowed.has(each))
  if (weakness) return refuse(weakness === 'DSA' ? 'ERR_SIGNATURES_DSA' : 'ERR_SIGNATURES_SHA1', { algorithm })
  const { parameters } = signatureAlgorithm
  switch (row.parameters) {
    case 'null-or-absent':
      return isNullOrAbsent(signatureAlgorithm)
        ? ok(row)
        : refuse('ERR_SIGNATURES_PARAMETERS', { algorithm, reason: 'neither NULL nor absent' })
    case 'absent':
      return parameters === null ? ok(row) : refuse('ERR_SIGNATURES_PARAMETERS', { algorithm, reason: 'present' })
    case 'pss': {
      if (parameters === null) return refuse('ERR_SIGNATURES_PARAMETERS', { algorithm, reason: 'absent' })
      const pss = tryDer(() => readPssParameters(parameters))
      if (pss instanceof DerError) return refuse('ERR_SIGNATURES_PARAMETERS', { algorithm, reason: pss.reason })
      if (pss.ok) return ok({ ...row, verify: { ...row.verify, ...pss.value } })
      const { field, reason } = pss.failure
      if (field === 'salt length') return refuse('ERR_SIGNATURES_PSS_SALT_LENGTH', { reason })
      return refuse('ERR_SIGNATURES_PSS_PARAMETERS', { field, reason })
    }
    default:
      return row.parameters satisfies never
  }
}

/**
 * Reads and judges the public key in a certificate: of an issuer once for each certificate object, of an end entity each time, since it comes once and
 * putting an object into a weak map takes a microsecond.
 *
 * @returns The key, or a failure that names this certificate: `ERR_SIGNATURES_KEY_UNSUPPORTED`, `ERR_SIGNATURES_KEY_MALFORMED` ,
 *   `ERR_SIGNATURES_RSA_SIZE`, `ERR_SIGNATURES_RSA_MODULUS`, `ERR_SIGNATURES_RSA_EXPONENT`, `ERR_SIGNATURES_EC_CURVE` ,
 *   `ERR_SIGNATURES_EC_POINT`, `ERR_SIGNATURES_EDDSA_NOT_CANONICAL`, `ERR_SIGNATURES_EDDSA_SMALL_ORDER`, `ERR_SIGNATURES_DSA` ,
 *   `ERR_SIGNATURES_PARAMETERS`.
 */
export function readKey(placed: Placed, allowed: ReadonlySet<Weakness>): Result<JudgedKey, SignaturesFailure> {
  let judgement = judged.get(placed.certificate)
  if (!judgement) {
    judgement = judgeKey(placed.certificate.publicKey)
    if (placed.position > 0) judged.set(placed.certificate, judgement)
  }
  if (!judgement.ok) return refused(keyFailure(judgement.failure, placed))
  const { weakness } = judgement.value
  return weakness && !allowed.has(weakness.name) ? refused(keyFailure(weakness.problem, placed)) : judgement
}

// Keyed by the object, so that nothing a stranger presents can push out what belongs to the store.
const judged = new WeakMap<Certificate, Result<JudgedKey, KeyProblem>>()
const imported = new WeakMap<Certificate, KeyObject>()

const keyFailure = <Problem extends KeyProblem>({ code, evidence }: Problem, placed: Placed) =>
  signaturesFailure(code, evidence, refOf(placed))

/**
 * Verifies the signature on a certificate under the key of a candidate issuer.
 *
 * Synchronous: measured, the callback and WebCrypto forms cost 33 to 54 us more each than the whole verification of RSA-2048.
 *
 * @param placed - The certificate. Untrusted.
 * @param allowed - Weak algorithms that the application lets pass.
 * @param issuer - Whose key to use. There is no default: a certificate is never verified against itself by omission.
 * @returns Nothing, or what {@link readScheme} and {@link readKey} return, or `ERR_SIGNATURES_KEY_MISMATCH`, `ERR_SIGNATURES_INVALID`.
 */
export function verifySignature(
  placed: Placed,
  issuer: Placed,
  allowed: ReadonlySet<Weakness>,
): Result<undefined, SignaturesFailure> {
  const verification = prepare(placed.certificate, () => refOf(placed), issuer, allowed)
  if (!verification.ok) return verification
  if (isSignedOnce(placed.certificate, issuer.certificate, verification.value)) return ok(undefined)
  const { subject, fingerprint } = refOf(issuer)
  const evidence = {
    algorithm: verification.value.name,
    issuer: subject,
    issuerFingerprint: fingerprint,
    keyIdentifier: shownIdentifier(issuer.certificate.extensions.subjectKeyIdentifier),
    namedKeyIdentifier: shownIdentifier(placed.certificate.extensions.authorityKeyIdentifier),
  }
  return refused(signaturesFailure('ERR_SIGNATURES_INVALID', evidence, refOf(placed)))
}

/**
 * The issuers whose signature was found to hold, by who signed. A certificate of the store lives as long as its snapshot, so the signature on an
 * intermediate there is verified once and not for each of its clients. By the objects, and weakly: what a stranger presents is forgotten with it,
 * and pushes nothing out.
 */
const signed = new WeakMap<Certificate, WeakSet<Certificate>>()

function isSignedOnce(certificate: Certificate, issuer: Certificate, verification: Verification): boolean {
  if (signed.get(issuer)?.has(certificate)) return true
  if (!isSigned(certificate, verification)) return false
  // Only what has issued something itself: putting an end entity, which comes once, into a weak set takes a microsecond.
  if (imported.has(certificate)) signed.set(issuer, (signed.get(issuer) ?? new WeakSet()).add(certificate))
  return true
}

/** All that a verification needs besides what was signed. */
export interface Verification {
  readonly name: string
  readonly key: KeyObject
  readonly parameters: VerifyParameters
}

/**
 * Brings together how something was signed and the key of who may have signed it.
 *
 * @param ref - The certificate that carries the signature; null where it is no certificate.
 */
export function prepare(
  signed: Signed,
  ref: () => CertificateRef | null,
  issuer: Placed,
  allowed: ReadonlySet<Weakness>,
): Result<Verification, SignaturesFailure> {
  const scheme = schemeOf(signed, allowed, ref)
  if (!scheme.ok) return scheme
  const key = readKey(issuer, allowed)
  if (!key.ok) return key
  const { name, keys, verify: parameters } = scheme.value
  const { kind } = key.value
  if (!keys.includes(kind)) {
    return refused(signaturesFailure('ERR_SIGNATURES_KEY_MISMATCH', { signature: name, key: kind }, ref()))
  }
  const restriction = checkPssKey(issuer, parameters)
  if (restriction) {
    return refused(
      signaturesFailure('ERR_SIGNATURES_PSS_PARAMETERS', { field: 'key', reason: restriction }, refOf(issuer)),
    )
  }
  try {
    return ok({ name, key: importOnce(issuer.certificate, key.value), parameters })
  } catch {
    const evidence = { algorithm: kind, reason: 'the runtime refuses it, such as a point that is not on its curve' }
    return refused(signaturesFailure('ERR_SIGNATURES_KEY_MALFORMED', evidence, refOf(issuer)))
  }
}

/** Whether the signature holds. */
export function isSigned({ tbs, signature }: Signed, { key, parameters }: Verification): boolean {
  const { hash, ...options } = parameters
  try {
    return verify(hash, tbs, { key, ...options }, signature)
  } catch {
    return false // OpenSSL throws where a signature has no meaning at all under the key (its length, an impossible salt).
  }
}

function importOnce(certificate: Certificate, key: JudgedKey): KeyObject {
  const known = imported.get(certificate)
  if (known) return known
  const object = importKey(key)
  imported.set(certificate, object)
  return object
}

/** A key of id-RSASSA-PSS may fix hash and least salt length of every signature made with it (RFC 4055 section 1.2 and 3.3). */
function checkPssKey({ certificate }: Placed, { hash, saltLength }: VerifyParameters): string | undefined {
  const { oid, parameters } = certificate.publicKey.algorithm
  if (parameters === null || SIGNATURE_ALGORITHMS.get(oid)?.parameters !== 'pss') return undefined
  const allowed = tryDer(() => readPssParameters(parameters))
  if (allowed instanceof DerError) return allowed.reason
  if (!allowed.ok) return `${allowed.failure.field} ${allowed.failure.reason}`
  if (allowed.value.hash !== hash) return `allows ${allowed.value.hash} only, the signature uses ${hash}`
  const short = (saltLength ?? 0) < allowed.value.saltLength
  return short
    ? `demands a salt of ${allowed.value.saltLength} octets at least, the signature has ${saltLength}`
    : undefined
}

function tryDer<Value>(readValue: () => Value): Value | DerError {
  try {
    return readValue()
  } catch (error) {
    if (error instanceof DerError) return error
    throw error
  }
}

/** Usually 20 octets; the peer may write any number. */
const shownIdentifier = (octets: Uint8Array | null): string | null => octets && encodeHex(octets.subarray(0, 32))

const refOf = ({ certificate, position }: Placed) => certificateRef(certificate, position)
