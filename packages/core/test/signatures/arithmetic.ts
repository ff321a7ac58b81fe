/** Whole-number arithmetic, so that what a key or a signature is follows from its standard and not from a library. */

/** The remainder that is not negative. */
export const modulo = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, modulo(base, modulus)]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** By Euclid; undefined where there is none. */
export function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b, s, t] = [modulo(value, modulus), modulus, 1n, 0n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b] = [b, a - quotient * b]
    ;[s, t] = [t, s - quotient * t]
  }
  return a === 1n ? modulo(s, modulus) : undefined
}

/** A square root modulo a prime that is 3 modulo 4 or 5 modulo 8; undefined where there is none. */
export function squareRoot(value: bigint, prime: bigint): bigint | undefined {
  const square = modulo(value, prime)
  const candidates =
    prime % 4n === 3n
      ? [power(square, (prime + 1n) / 4n, prime)]
      : [power(square, (prime + 3n) / 8n, prime)].flatMap((root) => [
          root,
          (root * power(2n, (prime - 1n) / 4n, prime)) % prime,
        ])
  return candidates.find((root) => (root * root) % prime === square)
}

/** The largest number whose cube is no larger. */
export function cubeRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 3))
  for (;;) {
    const next = (2n * root + value / (root * root)) / 3n
    if (next >= root) return root
    root = next
  }
}

export const bitsOf = (value: bigint): number => value.toString(2).length

/** Most significant octet first. */
export const numberOf = (octets: Uint8Array): bigint => BigInt(`0x0${Buffer.from(octets).toString('hex')}`)

/** Most significant octet first, in so many octets. */
export const octetsOf = (value: bigint, length: number): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex'))
