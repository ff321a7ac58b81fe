import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { JudgedKey, KeyKind } from './judge-key.ts'

/** The forms in which a key can be handed to the runtime. Both give the same verdicts (tested). */
export type KeyFormat = 'jwk' | 'spki'

/**
 * The faster form for each kind, in microseconds on Node 20 / 22 / 24 / 26 (JWK against DER):
 * RSA-2048 5 against 210, 8 / 19, 56 / 45, 18 / 26; P-256 116 / 208, 29 / 25, 82 / 76, 35 / 24; Ed25519 8 / 143, 6 / 12, 23 / 36, 4 / 12.
 * P-521 is the other way round on Node 20, 1611 against 211: a JWK's point is checked there by multiplication. JWK has no form
 * for keys of id-RSASSA-PSS (RFC 7518 6.3).
 */
const FASTER: Readonly<Record<KeyKind, KeyFormat>> = {
  rsa: 'jwk',
  'rsa-pss': 'spki',
  'P-256': 'jwk',
  'P-384': 'spki',
  'P-521': 'spki',
  Ed25519: 'jwk',
  Ed448: 'jwk',
  DSA: 'spki',
  'ML-DSA-44': 'spki',
  'ML-DSA-65': 'spki',
  'ML-DSA-87': 'spki',
}

/**
 * Imports a judged key.
 *
 * @throws Whatever the runtime throws for a key that it refuses, such as a point that is not on its curve.
 */
export function importKey(key: JudgedKey, format: KeyFormat = FASTER[key.kind]): KeyObject {
  const jwk = format === 'jwk' ? jwkOf(key) : null
  if (jwk) return createPublicKey({ key: jwk, format: 'jwk' })
  return createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' })
}

/** Null for kinds that have no JWK on every runtime. */
function jwkOf(key: JudgedKey): JsonWebKey | null {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      return { kty: 'RSA', n: base64url(key.modulus), e: base64url(key.exponent) }
    case 'P-256':
    case 'P-384':
    case 'P-521':
      return { kty: 'EC', crv: key.kind, x: base64url(key.x), y: base64url(key.y) }
    case 'Ed25519':
    case 'Ed448':
      return { kty: 'OKP', crv: key.kind, x: base64url(key.point) }
    case 'DSA':
    case 'ML-DSA-44':
    case 'ML-DSA-65':
    case 'ML-DSA-87':
      return null
    default:
      return key satisfies never
  }
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
