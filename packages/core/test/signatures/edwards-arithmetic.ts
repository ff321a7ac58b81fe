/** The curves of RFC 8032 by their equation a x^2 + y^2 = 1 + d x^2 y^2, with the addition that has no exceptions. */
import { inverse, modulo, squareRoot } from './arithmetic.ts'

export type Point = Readonly<{ x: bigint; y: bigint }>

export type Curve = Readonly<{
  prime: bigint
  a: bigint
  d: bigint
  /** The order of the base point, a prime. */
  order: bigint
  cofactor: bigint
  octets: number
}>

const P25519 = 2n ** 255n - 19n
const P448 = 2n ** 448n - 2n ** 224n - 1n

const divide = (value: bigint, by: bigint, prime: bigint): bigint => {
  const inverted = inverse(by, prime)
  if (inverted === undefined) throw new RangeError('no inverse')
  return modulo(value * inverted, prime)
}

/** RFC 8032 5.1 and 5.2. */
export const CURVES: Readonly<Record<'Ed25519' | 'Ed448', Curve>> = {
  Ed25519: {
    prime: P25519,
    a: -1n,
    d: divide(-121_665n, 121_666n, P25519),
    order: 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n,
    cofactor: 8n,
    octets: 32,
  },
  Ed448: {
    prime: P448,
    a: 1n,
    d: modulo(-39_081n, P448),
    order: 2n ** 446n - 13_818_066_809_895_115_352_007_386_748_515_426_880_336_692_474_882_178_609_894_547_503_885n,
    cofactor: 4n,
    octets: 57,
  },
}

export const NEUTRAL: Point = { x: 0n, y: 1n }

export const isSamePoint = (one: Point, other: Point): boolean => one.x === other.x && one.y === other.y

export function add({ prime, a, d }: Curve, one: Point, other: Point): Point {
  const product = modulo(d * one.x * other.x * one.y * other.y, prime)
  return {
    x: divide(one.x * other.y + one.y * other.x, 1n + product, prime),
    y: divide(one.y * other.y - a * one.x * other.x, 1n - product, prime),
  }
}

export function multiply(curve: Curve, scalar: bigint, point: Point): Point {
  let [result, doubled] = [NEUTRAL, point]
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = add(curve, result, doubled)
    doubled = add(curve, doubled, doubled)
  }
  return result
}

/** The two points of this y, one where x is zero, none where the curve has none. */
export function pointsOf({ prime, a, d }: Curve, y: bigint): readonly Point[] {
  const square = modulo(y * y, prime)
  const x = squareRoot(divide(1n - square, a - d * square, prime), prime)
  if (x === undefined) return []
  return x === 0n
    ? [{ x, y }]
    : [
        { x, y },
        { x: prime - x, y },
      ]
}

/** RFC 8032 5.1.2 and 5.2.2: y, least significant octet first, and the lowest bit of x in the highest bit. */
export function encodePoint({ octets }: Curve, y: bigint, sign: 0 | 1): Uint8Array {
  const encoded = new Uint8Array(octets)
  for (let index = 0, rest = y; index < octets; index++, rest >>= 8n) encoded[index] = Number(rest & 0xffn)
  encoded[octets - 1] = (encoded[octets - 1] ?? 0) | (sign << 7)
  return encoded
}

export const encode = (curve: Curve, { x, y }: Point): Uint8Array => encodePoint(curve, y, x & 1n ? 1 : 0)

/** The base point of edwards25519: y is 4/5, x is even (RFC 8032 5.1). */
export const BASE_POINT: Point =
  pointsOf(CURVES.Ed25519, divide(4n, 5n, P25519)).find(({ x }) => (x & 1n) === 0n) ?? NEUTRAL
