import type { KeyObject } from 'node:crypto'
import * as der from './der-pieces.ts'

/**
 * SubjectPublicKeyInfo from its numbers, for keys that no key generator makes.
 *
 * Give one to `subjectPublicKeyInfo`: `root.issue({ subjectPublicKeyInfo: rsaPublicKey({ modulus, exponent: 1n }) })`.
 */

/** An RSA key of any modulus and exponent (RFC 3279 section 2.3.1). */
export function rsaPublicKey({ modulus, exponent }: Readonly<{ modulus: bigint; exponent: bigint }>): Uint8Array {
  const algorithm = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue())
  return der.sequence(algorithm, der.bitString(der.sequence(der.integer(modulus), der.integer(exponent))))
}

/** An Ed25519 key from the 32 octets of its point (RFC 8410 section 4). */
export function ed25519PublicKey(point: Uint8Array): Uint8Array {
  return der.sequence(der.sequence(der.oid('1.3.101.112')), der.bitString(point))
}

/** An Ed448 key from the 57 octets of its point (RFC 8410 section 4). */
export function ed448PublicKey(point: Uint8Array): Uint8Array {
  return der.sequence(der.sequence(der.oid('1.3.101.113')), der.bitString(point))
}

const CURVES = { 'P-256': '1.2.840.10045.3.1.7', 'P-384': '1.3.132.0.34', 'P-521': '1.3.132.0.35' } as const

/** Forms of an elliptic-curve point (SEC 1 section 2.3.3); `hybrid` is X9.62's, which RFC 5480 does not know. */
export type PointForm = 'uncompressed' | 'compressed' | 'hybrid'

/**
 * An EC key with its point in the given form (RFC 5480 section 2.2).
 *
 * @throws {TypeError} If the key is on none of the NIST curves that JWK names.
 */
export function ecPublicKey(key: KeyObject, form: PointForm): Uint8Array {
  const { crv, x, y } = key.export({ format: 'jwk' })
  if (crv === undefined || !isCurve(crv) || x === undefined || y === undefined)
    throw new TypeError('not a key of P-256, P-384 or P-521')
  return der.sequence(
    der.sequence(der.oid('1.2.840.10045.2.1'), der.oid(CURVES[crv])),
    der.bitString(pointOf(Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'), form)),
  )
}

function isCurve(name: string): name is keyof typeof CURVES {
  return Object.hasOwn(CURVES, name)
}

function pointOf(x: Uint8Array, y: Uint8Array, form: PointForm): Uint8Array {
  const parity = (y.at(-1) ?? 0) & 1
  switch (form) {
    case 'uncompressed':
      return der.concat(Uint8Array.of(4), x, y)
    case 'compressed':
      return der.concat(Uint8Array.of(2 + parity), x)
    case 'hybrid':
      return der.concat(Uint8Array.of(6 + parity), x, y)
    default:
      return form satisfies never
  }
}
