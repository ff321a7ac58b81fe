/**
 * Judgement of EdDSA public keys (RFC 8032 5.1.3 and 5.2.3) without any curve arithmetic: whether the encoding is the only one of
 * its point, and whether the point has small order.
 *
 * Under a point of small order a signature can be made without a key, and measured, Node 20 and 22 verify it. The points are few,
 * and their y coordinates are listed: order 1 (y = 1), 2 (y = -1), 4 (y = 0), and on edwards25519 8 (two more y).
 */

interface Edwards {
  readonly octets: number
  readonly prime: bigint
  /** y coordinates of all points of small order. */
  readonly smallOrder: readonly bigint[]
}

const P25519 = 2n ** 255n - 19n
const P448 = 2n ** 448n - 2n ** 224n - 1n

/** A y with which 8 times the point is the neutral element; the other is its negative. Checked by arithmetic in the tests. */
export const ORDER_EIGHT_Y = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n

export const EDWARDS: Readonly<Record<'Ed25519' | 'Ed448', Edwards>> = {
  Ed25519: { octets: 32, prime: P25519, smallOrder: [0n, 1n, P25519 - 1n, ORDER_EIGHT_Y, P25519 - ORDER_EIGHT_Y] },
  Ed448: { octets: 57, prime: P448, smallOrder: [0n, 1n, P448 - 1n] },
}

export type EdwardsJudgement = 'good' | 'wrong-length' | 'not-canonical' | 'small-order'

/** Judges the octets of a public key. That the point lies on the curve is left to the runtime, which decodes it. */
export function judgeEdwardsPoint(name: 'Ed25519' | 'Ed448', key: Uint8Array): EdwardsJudgement {
  const { octets, prime, smallOrder } = EDWARDS[name]
  if (key.length !== octets) return 'wrong-length'
  const sign = (key[octets - 1] ?? 0) >> 7
  const bigEndian = Buffer.from(key).reverse()
  bigEndian[0] = (bigEndian[0] ?? 0) & 0x7f
  const y = BigInt(`0x${bigEndian.toString('hex')}`)
  if (y >= prime) return 'not-canonical'
  // x = 0 has no negative, so its sign bit is never set.
  if (sign === 1 && (y === 1n || y === prime - 1n)) return 'not-canonical'
  return smallOrder.includes(y) ? 'small-order' : 'good'
}
