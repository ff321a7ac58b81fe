import { generatePrimeSync, randomBytes } from 'node:crypto'
import type { CertificateOptions } from '../certificate-options.ts'
import { combine, inverse, numberOf, octetsOf, power } from '../modular.ts'
import { rsaPublicKey } from '../public-key-info.ts'
import { schemeOf } from '../signing/algorithms.ts'
import { encodeEmsaPkcs1 } from '../signing/emsa-pkcs1.ts'
import type { SignatureScheme } from '../signing/scheme.ts'
import { type Forgery, forgeryBy, UnforgeableBytes } from './forgery.ts'

const MODULUS_OCTETS = 256

/**
 * Forges by an RSA key of exponent one, without any private key: `s ** 1 mod n` is `s`, so the padded hash is its own
 * signature. The modulus is a random odd number of 2048 bits; nobody knows its factors.
 *
 * Measured on Node 20.20, 22.23, 24.21, 26.10: `crypto.verify` says `true`, for the key imported from SPKI and from JWK.
 */
export function rsaExponentOne(options: CertificateOptions = {}): Forgery {
  const octets = randomBytes(MODULUS_OCTETS)
  octets[0] = (octets[0] ?? 0) | 0x80
  octets[MODULUS_OCTETS - 1] = (octets[MODULUS_OCTETS - 1] ?? 0) | 1
  const publicKey = rsaPublicKey({ modulus: numberOf(octets), exponent: 1n })
  return forgeryBy(
    publicKey,
    pkcs1By((encoded) => encoded),
    options,
  )
}

/**
 * Signs by an RSA key of exponent two: a square root of the padded hash. An even exponent has no private exponent; half
 * of all numbers have no root modulo a prime, so bytes are tried until theirs has.
 *
 * Measured on Node 20.20, 22.23, 24.21, 26.10: `crypto.verify` says `true`.
 */
export function rsaEvenExponent(options: CertificateOptions = {}): Forgery {
  // For a prime that is 3 modulo 4 the root is a power.
  const { p, q } = primesOfModulus(1024, 1024, { add: 4n, rem: 3n })
  const publicKey = rsaPublicKey({ modulus: p * q, exponent: 2n })
  const root = (value: bigint) => combine(rootModulo(value, p), p, rootModulo(value, q), q)
  return forgeryBy(publicKey, pkcs1By(root), options)
}

/**
 * Signs by an RSA key with an even modulus, twice the product of two primes, and the usual exponent. The arithmetic holds:
 * the signature to the power of 65537 *is* the padded hash.
 *
 * Measured on Node 20.20, 22.23, 24.21, 26.10: the key can be imported, and `crypto.verify` says `false`, because
 * OpenSSL's multiplication wants odd moduli. Nothing says that it must stay so.
 */
export function rsaEvenModulus(options: CertificateOptions = {}): Forgery {
  const { p, q } = primesOfModulus(1024, 1023, {})
  const publicKey = rsaPublicKey({ modulus: 2n * p * q, exponent: 65_537n })
  const exponent = inverse(65_537n, (p - 1n) * (q - 1n))
  const root = (value: bigint) => combine(power(value, exponent, p * q), p * q, value % 2n, 2n)
  return forgeryBy(publicKey, pkcs1By(root), options)
}

/** A PKCS #1 v1.5 scheme with SHA-256 that turns the padded hash into a signature by `root` instead of a private key. */
function pkcs1By(root: (encoded: bigint) => bigint): SignatureScheme {
  return {
    identifier: schemeOf('rsa-pkcs1-sha256').identifier,
    sign(message) {
      const encoded = encodeEmsaPkcs1({ message, hash: 'sha256', length: MODULUS_OCTETS })
      return octetsOf(root(numberOf(encoded)), MODULUS_OCTETS)
    },
  }
}

/** The square root of `value` modulo a prime that is 3 modulo 4. */
function rootModulo(value: bigint, prime: bigint): bigint {
  const root = power(value, (prime + 1n) / 4n, prime)
  if ((root * root) % prime !== value % prime) throw new UnforgeableBytes('not a square')
  return root
}

/** Two primes whose product has as many bits as its factors together. */
function primesOfModulus(
  bitsOfP: number,
  bitsOfQ: number,
  congruence: Readonly<{ add?: bigint; rem?: bigint }>,
): Readonly<{ p: bigint; q: bigint }> {
  for (;;) {
    const p = generatePrimeSync(bitsOfP, { ...congruence, bigint: true })
    const q = generatePrimeSync(bitsOfQ, { ...congruence, bigint: true })
    if ((p * q) >> BigInt(bitsOfP + bitsOfQ - 1) === 1n) return { p, q }
  }
}
