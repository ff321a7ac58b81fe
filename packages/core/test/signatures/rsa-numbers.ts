import { createHash, generatePrimeSync } from 'node:crypto'
import { type Authority, createAuthority, rsaPublicKey, type SignatureScheme, schemeOf } from '@clientcert/testing'
import { bitsOf, inverse, modulo, numberOf, octetsOf, power } from './arithmetic.ts'

/** DigestInfo of SHA-256 (RFC 8017 9.2, note 1). */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** What PKCS#1 v1.5 puts behind the filling (RFC 8017 9.2). */
export const digestInfo = (message: Uint8Array): Uint8Array =>
  Buffer.concat([DIGEST_INFO, createHash('sha256').update(message).digest()])

/** EMSA-PKCS1-v1_5 in so many octets (RFC 8017 9.2). */
function encodeMessage(message: Uint8Array, length: number): Uint8Array {
  const info = digestInfo(message)
  return Buffer.concat([Uint8Array.of(0, 1), Buffer.alloc(length - info.length - 3, 0xff), Uint8Array.of(0), info])
}

/** A scheme of PKCS#1 v1.5 with SHA-256 whose signature is what `sign` makes of the message, in so many octets. */
export const pkcs1 = (length: number, sign: (message: Uint8Array) => bigint): SignatureScheme => ({
  identifier: schemeOf('rsa-pkcs1-sha256').identifier,
  sign: (message) => octetsOf(sign(message), length),
})

/**
 * An authority with a genuine RSA key of exactly so many bits and of any odd exponent, which no library generates or none in time:
 * its modulus is a product of many primes of a size that is found quickly. What it issues needs `signature`.
 */
export function rsaAuthority(
  bits: number,
  exponent: bigint,
): Readonly<{ authority: Authority; signature: SignatureScheme }> {
  const primes = primesOf(bits, exponent)
  const modulus = primes.reduce((product, prime) => product * prime)
  const length = Math.ceil(bits / 8)
  const signature = pkcs1(length, (message) => root(numberOf(encodeMessage(message, length)), primes, exponent))
  const subjectPublicKeyInfo = rsaPublicKey({ modulus, exponent })
  return { authority: createAuthority({ subject: 'RSA', subjectPublicKeyInfo, signature }), signature }
}

const PRIME_BITS = 512

/** Primes whose product has exactly so many bits, and below which the exponent has an inverse. */
function primesOf(bits: number, exponent: bigint): readonly bigint[] {
  const usable = (size: number): bigint => {
    const prime = generatePrimeSync(size, { bigint: true })
    return inverse(exponent, prime - 1n) === undefined ? usable(size) : prime
  }
  for (let attempt = 0; ; attempt++) {
    const primes = Array.from({ length: Math.floor(bits / PRIME_BITS) - 1 }, () => usable(PRIME_BITS))
    const product = primes.reduce((one, other) => one * other)
    const last = usable(bits - bitsOf(product) + (attempt % 2))
    if (bitsOf(product * last) === bits && new Set(primes).size === primes.length) return [...primes, last]
  }
}

/** The number whose power is `value`: one for each prime, put together (Chinese remainder theorem). */
function root(value: bigint, primes: readonly bigint[], exponent: bigint): bigint {
  let [combined, modulus] = [0n, 1n]
  for (const prime of primes) {
    const part = power(value, inverse(exponent, prime - 1n) ?? 0n, prime)
    combined += modulus * modulo((part - combined) * (inverse(modulus, prime) ?? 0n), prime)
    modulus *= prime
  }
  return combined
}
