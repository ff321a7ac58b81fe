/** Whole-number arithmetic for keys that no library will make. Neither fast nor constant in time: for tests. */

/** `base ** exponent` modulo `modulus`. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** The inverse of `value` modulo `modulus`, by Euclid. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [remainder, nextRemainder] = [((value % modulus) + modulus) % modulus, modulus]
  let [coefficient, nextCoefficient] = [1n, 0n]
  while (nextRemainder !== 0n) {
    const quotient = remainder / nextRemainder
    ;[remainder, nextRemainder] = [nextRemainder, remainder - quotient * nextRemainder]
    ;[coefficient, nextCoefficient] = [nextCoefficient, coefficient - quotient * nextCoefficient]
  }
  if (remainder !== 1n) throw new RangeError('the number has no inverse')
  return ((coefficient % modulus) + modulus) % modulus
}

/** The number below `p * q` that is `a` modulo `p` and `b` modulo `q` (Chinese remainder theorem). */
export function combine(a: bigint, p: bigint, b: bigint, q: bigint): bigint {
  const steps = ((((b - a) % q) + q) * inverse(p, q)) % q
  return a + p * steps
}

/** Reads octets as an unsigned number, most significant first. */
export function numberOf(octets: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(octets).toString('hex')}`)
}

/** Writes an unsigned number in `length` octets, most significant first. */
export function octetsOf(value: bigint, length: number): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex'))
}
