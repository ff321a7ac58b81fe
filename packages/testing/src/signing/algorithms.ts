import { type KeyObject, sign } from 'node:crypto'
import * as der from '../der-pieces.ts'
import { rsaPss } from './rsa-pss.ts'
import type { HashName, SignatureScheme } from './scheme.ts'

function digested(algorithm: string, hash: HashName, parameters: readonly Uint8Array[] = []): SignatureScheme {
  return {
    identifier: der.sequence(der.oid(algorithm), ...parameters),
    // The default of EC and DSA keys is DER already; said aloud, for the other form is 64 octets that look as good.
    sign: (signed, key) => sign(hash, signed, { key, dsaEncoding: 'der' }),
  }
}

function pkcs1(algorithm: string, hash: HashName): SignatureScheme {
  // RFC 4055 section 5: the parameters must be NULL.
  return digested(algorithm, hash, [der.nullValue()])
}

/** Schemes that sign the message itself: the digest is part of the algorithm (RFC 8410 section 3, RFC 9881 section 2). */
function whole(algorithm: string): SignatureScheme {
  return { identifier: der.sequence(der.oid(algorithm)), sign: (signed, key) => sign(null, signed, key) }
}

/** Signature algorithms by name, declared as their RFC demands. */
const ALGORITHMS = {
  'rsa-pkcs1-md5': pkcs1('1.2.840.113549.1.1.4', 'md5'),
  'rsa-pkcs1-sha1': pkcs1('1.2.840.113549.1.1.5', 'sha1'),
  'rsa-pkcs1-sha224': pkcs1('1.2.840.113549.1.1.14', 'sha224'),
  'rsa-pkcs1-sha256': pkcs1('1.2.840.113549.1.1.11', 'sha256'),
  'rsa-pkcs1-sha384': pkcs1('1.2.840.113549.1.1.12', 'sha384'),
  'rsa-pkcs1-sha512': pkcs1('1.2.840.113549.1.1.13', 'sha512'),
  'rsa-pss-sha256': rsaPss({ hash: 'sha256' }),
  'rsa-pss-sha384': rsaPss({ hash: 'sha384' }),
  'rsa-pss-sha512': rsaPss({ hash: 'sha512' }),
  'ecdsa-sha1': digested('1.2.840.10045.4.1', 'sha1'),
  'ecdsa-sha224': digested('1.2.840.10045.4.3.1', 'sha224'),
  'ecdsa-sha256': digested('1.2.840.10045.4.3.2', 'sha256'),
  'ecdsa-sha384': digested('1.2.840.10045.4.3.3', 'sha384'),
  'ecdsa-sha512': digested('1.2.840.10045.4.3.4', 'sha512'),
  'dsa-sha1': digested('1.2.840.10040.4.3', 'sha1'),
  'dsa-sha256': digested('2.16.840.1.101.3.4.3.2', 'sha256'),
  ed25519: whole('1.3.101.112'),
  ed448: whole('1.3.101.113'),
  'ml-dsa-44': whole('2.16.840.1.101.3.4.3.17'),
  'ml-dsa-65': whole('2.16.840.1.101.3.4.3.18'),
  'ml-dsa-87': whole('2.16.840.1.101.3.4.3.19'),
} as const satisfies Readonly<Record<string, SignatureScheme>>

export type SignatureName = keyof typeof ALGORITHMS

/** An algorithm by name, or a scheme such as {@link rsaPss} makes. */
export type SignatureInput = SignatureName | SignatureScheme

/**
 * Finds the scheme for a name.
 *
 * @throws {TypeError} If there is none of that name.
 */
export function schemeOf(signature: SignatureInput): SignatureScheme {
  if (typeof signature !== 'string') return signature
  if (!Object.hasOwn(ALGORITHMS, signature)) {
    throw new TypeError(`unknown signature ${JSON.stringify(signature)}; use ${Object.keys(ALGORITHMS).join(', ')}`)
  }
  return ALGORITHMS[signature]
}

const BY_CURVE: Readonly<Record<string, SignatureName>> = { secp384r1: 'ecdsa-sha384', secp521r1: 'ecdsa-sha512' }

const BY_KEY_TYPE: Readonly<Record<string, SignatureName>> = {
  rsa: 'rsa-pkcs1-sha256',
  'rsa-pss': 'rsa-pss-sha256',
  ec: 'ecdsa-sha256',
  dsa: 'dsa-sha256',
  ed25519: 'ed25519',
  ed448: 'ed448',
  'ml-dsa-44': 'ml-dsa-44',
  'ml-dsa-65': 'ml-dsa-65',
  'ml-dsa-87': 'ml-dsa-87',
}

/** The algorithm a key signs with when nobody says otherwise: SHA-256, or the digest of the curve's own strength. */
export function usualSignature(key: KeyObject): SignatureName {
  const name = BY_CURVE[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? BY_KEY_TYPE[key.asymmetricKeyType ?? '']
  if (name === undefined) throw new TypeError(`a key of type ${key.asymmetricKeyType} cannot sign certificates`)
  return name
}
