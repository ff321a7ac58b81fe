/**
 * Keys are judged by our own reader before the runtime sees them, because it accepts what a verifier must not (measured):
 * RSA with exponent 1, under which the padded digest is its own signature and anybody can make it; even exponents and moduli;
 * EdDSA points of small order on Node 20 and 22; compressed and, through explicit parameters, arbitrary EC curves.
 */
import { cursorOver, DerError, enter, finish, readInteger, TAG } from '../encoding/der.ts'
import { encodeHex } from '../encoding/hex.ts'
import { readOid } from '../encoding/oid.ts'
import { ok, type Result, refused } from '../result.ts'
import type { SubjectPublicKeyInfo } from '../x509/certificate.ts'
import { judgeEdwardsPoint } from './edwards.ts'
import type { SignaturesEvidence } from './failures.ts'
import { isMlDsaAvailable, ML_DSA_KEY_OCTETS, type MlDsa } from './ml-dsa.ts'
import { isNullOrAbsent } from './pss-parameters.ts'
import type { Weakness } from './weakness.ts'
import { isOnCurve } from './weierstrass.ts'

export type KeyKind = 'rsa' | 'rsa-pss' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'Ed448' | 'DSA' | MlDsa

/** A public key that may be used to verify, taken apart as a JWK wants it. */
export type JudgedKey = {
  readonly spki: Uint8Array
  /** What one verification costs, imports included, where RSA-2048 is 1. Measured on Node 20 to 26, rounded up. */
  readonly cost: number
  /** What makes it refused unless the application allows it by name, with the failure that it is then. */
  readonly weakness: { readonly name: Weakness; readonly problem: KeyProblem } | null
} & (
  | { readonly kind: 'rsa' | 'rsa-pss'; readonly modulus: Uint8Array; readonly exponent: Uint8Array }
  | { readonly kind: 'P-256' | 'P-384' | 'P-521'; readonly x: Uint8Array; readonly y: Uint8Array }
  | { readonly kind: 'Ed25519' | 'Ed448'; readonly point: Uint8Array }
  | { readonly kind: 'DSA' | MlDsa }
)

/** A code and its evidence; the caller, who knows whose key it is, makes the failure of it. */
export type KeyProblem = {
  [Code in keyof SignaturesEvidence]: { readonly code: Code; readonly evidence: SignaturesEvidence[Code] }
}[keyof SignaturesEvidence]

type Judgement = Result<JudgedKey, KeyProblem>

const problem = <Code extends keyof SignaturesEvidence>(code: Code, evidence: SignaturesEvidence[Code]) =>
  refused({ code, evidence } as Extract<KeyProblem, { code: Code }>)

/** NIST SP 800-131A. */
export const MIN_RSA_BITS = 2048
/** With `'RSA-1024'` allowed. Shorter ones have been factored (RSA-829, in 2020). */
export const MIN_WEAK_RSA_BITS = 1024
/** Verification time grows with the square of the size; Go stops at the same size since CVE-2023-29409. */
export const MAX_RSA_BITS = 8192
/** Exponents are below 2^33, as in webpki's table: larger ones cost time and win nothing. */
export const MAX_RSA_EXPONENT = 2n ** 33n

type Judge = (spki: SubjectPublicKeyInfo) => Judgement

const JUDGES: ReadonlyMap<string, { readonly name: string; readonly judge: Judge }> = new Map([
  ['1.2.840.113549.1.1.1', { name: 'RSA', judge: (spki) => judgeRsa(spki, 'rsa') }],
  ['1.2.840.113549.1.1.10', { name: 'RSASSA-PSS', judge: (spki) => judgeRsa(spki, 'rsa-pss') }],
  ['1.2.840.10045.2.1', { name: 'EC', judge: judgeEc }],
  ['1.3.101.112', { name: 'Ed25519', judge: (spki) => judgeEdwards(spki, 'Ed25519', 5) }],
  ['1.3.101.113', { name: 'Ed448', judge: (spki) => judgeEdwards(spki, 'Ed448', 10) }],
  ['1.2.840.10040.4.1', { name: 'DSA', judge: judgeDsa }],
  ['2.16.840.1.101.3.4.3.17', { name: 'ML-DSA-44', judge: (spki) => judgeMlDsa(spki, 'ML-DSA-44', 6) }],
  ['2.16.840.1.101.3.4.3.18', { name: 'ML-DSA-65', judge: (spki) => judgeMlDsa(spki, 'ML-DSA-65', 8) }],
  ['2.16.840.1.101.3.4.3.19', { name: 'ML-DSA-87', judge: (spki) => judgeMlDsa(spki, 'ML-DSA-87', 12) }],
])

/**
 * Judges a public key: kind, parameters, size and form.
 *
 * @param spki - Untrusted.
 */
export function judgeKey(spki: SubjectPublicKeyInfo): Judgement {
  const row = JUDGES.get(spki.algorithm.oid)
  if (!row) return problem('ERR_SIGNATURES_KEY_UNSUPPORTED', { algorithm: spki.algorithm.oid })
  try {
    return row.judge(spki)
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return problem('ERR_SIGNATURES_KEY_MALFORMED', { algorithm: row.name, reason: error.reason })
  }
}

/** RFC 3279 2.3.1 and RFC 4055 section 1.2. */
function judgeRsa(spki: SubjectPublicKeyInfo, kind: 'rsa' | 'rsa-pss'): Judgement {
  const { parameters } = spki.algorithm
  if (kind === 'rsa' && (parameters === null || !isNullOrAbsent(spki.algorithm))) {
    return problem('ERR_SIGNATURES_PARAMETERS', { algorithm: 'RSA key', reason: 'not NULL' })
  }
  const outer = cursorOver(spki.key)
  const inner = enter(outer, TAG.sequence)
  finish(outer)
  const modulus = readPositive(readInteger(inner))
  const exponent = readPositive(readInteger(inner))
  finish(inner)
  if (!modulus || !exponent) {
    return problem('ERR_SIGNATURES_KEY_MALFORMED', { algorithm: 'RSA', reason: 'modulus or exponent is not positive' })
  }
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  const size = problem('ERR_SIGNATURES_RSA_SIZE', { bits, minimum: MIN_RSA_BITS, maximum: MAX_RSA_BITS })
  if (bits < MIN_WEAK_RSA_BITS || bits > MAX_RSA_BITS) return size
  if ((modulus.at(-1) ?? 0) % 2 === 0) return problem('ERR_SIGNATURES_RSA_MODULUS', { reason: 'is even' })
  const e = exponent.length > 8 ? null : BigInt(`0x${encodeHex(exponent)}`)
  if (e === null || e < 3n || e % 2n === 0n || e >= MAX_RSA_EXPONENT) {
    return problem('ERR_SIGNATURES_RSA_EXPONENT', { exponent: e === null ? `of ${exponent.length} octets` : String(e) })
  }
  // Time grows with the square of the size, and with the bits of the exponent beyond the usual 17.
  const cost = Math.ceil((bits / MIN_RSA_BITS) ** 2 * (e > 65537n ? 2 : 1))
  const weakness = bits < MIN_RSA_BITS ? ({ name: 'RSA-1024', problem: size.failure } as const) : null
  return ok({ kind, modulus, exponent, spki: spki.der, cost, weakness })
}

/** Strips the sign octet; undefined for zero and negative numbers. */
function readPositive(integer: Uint8Array): Uint8Array | undefined {
  const first = integer[0] ?? 0
  if (first >= 0x80) return undefined
  const magnitude = first === 0 ? integer.subarray(1) : integer
  return magnitude.length === 0 ? undefined : magnitude
}

const CURVES: ReadonlyMap<string, { kind: 'P-256' | 'P-384' | 'P-521'; octets: number; cost: number }> = new Map([
  ['1.2.840.10045.3.1.7', { kind: 'P-256', octets: 32, cost: 6 }],
  ['1.3.132.0.34', { kind: 'P-384', octets: 48, cost: 30 }],
  ['1.3.132.0.35', { kind: 'P-521', octets: 66, cost: 60 }],
])

/** RFC 5480 2.1.1 and 2.2. */
function judgeEc(spki: SubjectPublicKeyInfo): Judgement {
  const { parameters } = spki.algorithm
  if (parameters === null || parameters[0] !== TAG.oid) {
    return problem('ERR_SIGNATURES_EC_CURVE', { curve: parameters === null ? '(none)' : '(explicit parameters)' })
  }
  const oid = readOid(cursorOver(parameters))
  const curve = CURVES.get(oid)
  if (!curve) return problem('ERR_SIGNATURES_EC_CURVE', { curve: oid })
  const { kind, octets, cost } = curve
  const point = spki.key
  if (point[0] !== 0x04) {
    const reason = point[0] === 0x02 || point[0] === 0x03 ? 'compressed' : 'not an uncompressed point'
    return problem('ERR_SIGNATURES_EC_POINT', { curve: kind, reason })
  }
  if (point.length !== 1 + 2 * octets)
    return problem('ERR_SIGNATURES_EC_POINT', { curve: kind, reason: 'of the wrong width' })
  const [x, y] = [point.subarray(1, 1 + octets), point.subarray(1 + octets)]
  if (!isOnCurve(kind, x, y)) return problem('ERR_SIGNATURES_EC_POINT', { curve: kind, reason: 'not on its curve' })
  return ok({
    kind,
    x,
    y,
    spki: spki.der,
    cost,
    weakness: null,
  })
}

/** RFC 8410 section 3 and 4. */
function judgeEdwards(spki: SubjectPublicKeyInfo, kind: 'Ed25519' | 'Ed448', cost: number): Judgement {
  if (spki.algorithm.parameters !== null) {
    return problem('ERR_SIGNATURES_PARAMETERS', { algorithm: `${kind} key`, reason: 'present' })
  }
  const judgement = judgeEdwardsPoint(kind, spki.key)
  switch (judgement) {
    case 'good':
      return ok({ kind, point: spki.key, spki: spki.der, cost, weakness: null })
    case 'wrong-length':
      return problem('ERR_SIGNATURES_KEY_MALFORMED', { algorithm: kind, reason: `${spki.key.length} octets` })
    case 'not-canonical':
      return problem('ERR_SIGNATURES_EDDSA_NOT_CANONICAL', { algorithm: kind })
    case 'small-order':
      return problem('ERR_SIGNATURES_EDDSA_SMALL_ORDER', { algorithm: kind })
    default:
      return judgement satisfies never
  }
}

/** RFC 3279 2.3.2. Parameters may be left out, to be those of the issuer; a key without them verifies nothing until it has got them. */
function judgeDsa(spki: SubjectPublicKeyInfo): Judgement {
  const { parameters } = spki.algorithm
  const refusal = problem('ERR_SIGNATURES_DSA', { algorithm: 'DSA key' })
  const weakness = { name: 'DSA', problem: refusal.failure } as const
  if (isNullOrAbsent(spki.algorithm) || parameters === null)
    return ok({ kind: 'DSA', spki: spki.der, cost: 1, weakness })
  const inner = enter(cursorOver(parameters), TAG.sequence)
  const p = readPositive(readInteger(inner))
  const bits = p ? p.length * 8 - Math.clz32(p[0] ?? 0) + 24 : 0
  // FIPS 186-4 4.2: L is 1024, 2048 or 3072.
  return bits < 1024 || bits > 3072 ? refusal : ok({ kind: 'DSA', spki: spki.der, cost: 16, weakness })
}

/** RFC 9881 section 4. */
function judgeMlDsa(spki: SubjectPublicKeyInfo, kind: MlDsa, cost: number): Judgement {
  if (spki.algorithm.parameters !== null) {
    return problem('ERR_SIGNATURES_PARAMETERS', { algorithm: `${kind} key`, reason: 'present' })
  }
  if (spki.key.length !== ML_DSA_KEY_OCTETS[kind]) {
    return problem('ERR_SIGNATURES_KEY_MALFORMED', { algorithm: kind, reason: `${spki.key.length} octets` })
  }
  return isMlDsaAvailable(kind)
    ? ok({ kind, spki: spki.der, cost, weakness: null })
    : problem('ERR_SIGNATURES_UNAVAILABLE', { algorithm: kind })
}
