/**
 * Whether a public key of P-256, P-384 or P-521 is a point of its curve (SEC 1 3.2.2.1, FIPS 186-5 appendix D.1).
 *
 * The runtime asks the same when it imports a key, which takes 50 us and is done for issuers alone. Nobody here uses the key of an end entity, and of a
 * certificate that was handed over, or forwarded, nobody else may have.
 */
import { encodeHex } from '../encoding/hex.ts'

/** y^2 = x^3 - 3x + b modulo p (SEC 2 2.4.2, 2.5.1, 2.6.1; the cofactor is 1, so every point is of full order). */
const CURVES = {
  'P-256': {
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  'P-384': {
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  'P-521': {
    p: 2n ** 521n - 1n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
} as const

/** @param x - Big-endian octets, as {@link y} is. */
export function isOnCurve(curve: keyof typeof CURVES, x: Uint8Array, y: Uint8Array): boolean {
  const { p, b } = CURVES[curve]
  const [abscissa, ordinate] = [numberOf(x), numberOf(y)]
  if (abscissa >= p || ordinate >= p) return false
  return (ordinate * ordinate - ((abscissa * abscissa - 3n) * abscissa + b)) % p === 0n
}

const numberOf = (octets: Uint8Array): bigint => BigInt(`0x${encodeHex(octets)}`)
