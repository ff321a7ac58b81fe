import { createHash } from 'node:crypto'
import { broken, createAuthority, der, ed448PublicKey, ed25519PublicKey } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { EDWARDS, judgeEdwardsPoint, ORDER_EIGHT_Y } from '../../src/signatures/edwards.ts'
import { verifySignature } from '../../src/signatures/verify-signature.ts'
import { NO_WEAKNESS } from '../../src/signatures/weakness.ts'
import { failureOf } from '../encoding/unwrap.ts'
import { parsed } from '../x509/minted.ts'
import { modulo, numberOf } from './arithmetic.ts'
import {
  add,
  BASE_POINT,
  CURVES,
  encode,
  encodePoint,
  isSamePoint,
  multiply,
  NEUTRAL,
  type Point,
  pointsOf,
} from './edwards-arithmetic.ts'

const NAMES = ['Ed25519', 'Ed448'] as const
const SPKI = { Ed25519: ed25519PublicKey, Ed448: ed448PublicKey }

/** All points that so many additions bring back to the start: multiples of one that needs that many. */
function torsionOf(name: (typeof NAMES)[number]): readonly Point[] {
  const curve = CURVES[name]
  for (let y = 2n; ; y++) {
    const [point] = pointsOf(curve, y)
    if (!point) continue
    // What is left of a point once its part of the large order is gone.
    const small = multiply(curve, curve.order, point)
    if (!isSamePoint(multiply(curve, curve.cofactor, small), NEUTRAL)) throw new Error('the arithmetic is wrong')
    if (isSamePoint(multiply(curve, curve.cofactor / 2n, small), NEUTRAL)) continue
    return Array.from({ length: Number(curve.cofactor) }, (_, count) => multiply(curve, BigInt(count), small))
  }
}

const TORSION = { Ed25519: torsionOf('Ed25519'), Ed448: torsionOf('Ed448') }

describe.each(NAMES)('the points of small order of %s', (name) => {
  const curve = CURVES[name]
  const { prime } = curve
  const torsion = TORSION[name]

  test('are as many as the cofactor, each brought back to the start by as many additions (RFC 8032 5.1, 5.2)', () => {
    expect(new Set(torsion.map(({ x, y }) => `${x} ${y}`)).size).toBe(Number(curve.cofactor))
    for (const point of torsion) {
      expect(isSamePoint(multiply(curve, curve.cofactor, point), NEUTRAL)).toBe(true)
      expect(pointsOf(curve, point.y).some((each) => isSamePoint(each, point))).toBe(true)
    }
  })

  // There are no others: the whole group has cofactor times a large prime points, so those of small order are as many as the cofactor.
  test('have the y that are listed, no less and no more', () => {
    expect([...EDWARDS[name].smallOrder].sort(ascending)).toEqual(
      [...new Set(torsion.map(({ y }) => y))].sort(ascending),
    )
    expect(EDWARDS[name]).toMatchObject({ prime, octets: curve.octets })
  })

  test('are refused, each in its one encoding', () => {
    for (const point of torsion) expect(judgeEdwardsPoint(name, encode(curve, point))).toBe('small-order')
  })

  test('are not canonical with the sign of a zero, nor with y and the prime added (RFC 8032 5.1.3, 5.2.3)', () => {
    for (const y of [1n, prime - 1n]) expect(judgeEdwardsPoint(name, encodePoint(curve, y, 1))).toBe('not-canonical')
    for (const y of EDWARDS[name].smallOrder.filter((listed) => listed < 19n)) {
      for (const sign of [0, 1] as const) {
        expect(judgeEdwardsPoint(name, encodePoint(curve, y + prime, sign))).toBe('not-canonical')
      }
    }
  })

  test('are the only ones refused: their neighbours and what they leave of a good point are good', () => {
    for (const y of EDWARDS[name].smallOrder) {
      for (const neighbour of [modulo(y + 1n, prime), modulo(y - 1n, prime)]) {
        if (EDWARDS[name].smallOrder.includes(neighbour)) continue
        expect(judgeEdwardsPoint(name, encodePoint(curve, neighbour, 0))).toBe('good')
        expect(judgeEdwardsPoint(name, encodePoint(curve, neighbour, 1))).toBe('good')
      }
    }
    // A sum of both kinds has a large order, and nobody signs under it without its number.
    const [good = NEUTRAL] = pointsOf(curve, [2n, 3n, 4n, 5n, 6n].find((y) => pointsOf(curve, y).length > 0) ?? 0n)
    for (const point of torsion) expect(judgeEdwardsPoint(name, encode(curve, add(curve, good, point)))).toBe('good')
  })
})

const ascending = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)

describe('the encoding of an EdDSA key', () => {
  test('has y below the prime: at the limit and past it (RFC 8032 5.1.3, 5.2.3)', () => {
    for (const name of NAMES) {
      const { prime } = CURVES[name]
      expect(judgeEdwardsPoint(name, encodePoint(CURVES[name], prime - 2n, 1))).toBe('good')
      expect(judgeEdwardsPoint(name, encodePoint(CURVES[name], prime + 2n, 0))).toBe('not-canonical')
      const highest = name === 'Ed25519' ? 2n ** 255n - 1n : 2n ** 448n - 1n
      expect(judgeEdwardsPoint(name, encodePoint(CURVES[name], highest, 1))).toBe('not-canonical')
    }
  })

  test('has seven zero bits between y and the sign of Ed448 (RFC 8032 5.2.2)', () => {
    const good = encodePoint(CURVES.Ed448, 2n, 0)
    for (const last of [0x00, 0x80]) expect(judgeEdwardsPoint('Ed448', good.with(56, last))).toBe('good')
    for (const last of [0x01, 0x40, 0x7f, 0x81])
      expect(judgeEdwardsPoint('Ed448', good.with(56, last))).toBe('not-canonical')
  })

  test.each([
    ['Ed25519', 0],
    ['Ed25519', 31],
    ['Ed25519', 33],
    ['Ed25519', 57],
    ['Ed448', 0],
    ['Ed448', 32],
    ['Ed448', 56],
    ['Ed448', 58],
  ] as const)('has the length of its curve: %s with %d octets has not', (name, octets) => {
    expect(judgeEdwardsPoint(name, new Uint8Array(octets).fill(2))).toBe('wrong-length')
  })

  test.each([
    ['Ed25519', 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'],
    ['Ed25519', '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'],
    ['Ed25519', 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025'],
    [
      'Ed448',
      '5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180',
    ],
  ] as const)('is good in a test vector of RFC 8032 section 7: %s %s', (name, key) => {
    expect(judgeEdwardsPoint(name, der.hex(key))).toBe('good')
  })
})

describe('a forgery under an Ed25519 key of small order', () => {
  const curve = CURVES.Ed25519
  const littleEndian = (octets: Uint8Array) => numberOf(octets.toReversed())

  const KEYS: Readonly<Record<broken.SmallOrderPoint, { code: string; point: Point }>> = {
    identity: { code: 'ERR_SIGNATURES_EDDSA_SMALL_ORDER', point: NEUTRAL },
    'non-canonical identity': { code: 'ERR_SIGNATURES_EDDSA_NOT_CANONICAL', point: NEUTRAL },
    'order 2': { code: 'ERR_SIGNATURES_EDDSA_SMALL_ORDER', point: { x: 0n, y: curve.prime - 1n } },
    'order 4': { code: 'ERR_SIGNATURES_EDDSA_SMALL_ORDER', point: pointsOf(curve, 0n)[0] ?? NEUTRAL },
    'order 8': { code: 'ERR_SIGNATURES_EDDSA_SMALL_ORDER', point: pointsOf(curve, ORDER_EIGHT_Y)[0] ?? NEUTRAL },
  }

  test.each(Object.entries(KEYS) as [broken.SmallOrderPoint, (typeof KEYS)[broken.SmallOrderPoint]][])(
    'satisfies the equation of RFC 8032 5.1.7 and is refused for the key, on every runtime: %s',
    (name, { code, point }) => {
      const { root, leaf } = broken.smallOrderEd25519(name)
      const certificate = parsed(leaf)
      const issuer = parsed(root)
      const { signature, tbs } = certificate
      const hash = createHash('sha512')
        .update(signature.subarray(0, 32))
        .update(issuer.publicKey.key)
        .update(tbs)
        .digest()
      const k = littleEndian(hash) % curve.order
      const [r] = [littleEndian(signature.subarray(0, 32))].flatMap((y) => pointsOf(curve, y))
      const left = multiply(curve, littleEndian(signature.subarray(32)), BASE_POINT)
      expect(isSamePoint(left, add(curve, r ?? BASE_POINT, multiply(curve, k, point)))).toBe(true)

      const failure = failureOf(
        verifySignature({ certificate, position: 0 }, { certificate: issuer, position: 1 }, NO_WEAKNESS),
      )
      expect(failure).toMatchObject({ code, certificate: { position: 1, subject: 'CN=Weak Root' } })
    },
  )

  test('is not what an honest key gives, and that one is accepted', () => {
    expect(isSamePoint(multiply(curve, curve.order, BASE_POINT), NEUTRAL)).toBe(true)
    const root = createAuthority({ key: 'ed25519' })
    const [certificate, issuer] = [parsed(root.issue()), parsed(root)]
    expect(verifySignature({ certificate, position: 0 }, { certificate: issuer, position: 1 }, NO_WEAKNESS).ok).toBe(
      true,
    )
  })
})

describe('an EdDSA key that is on no curve', () => {
  test.each(NAMES)('is refused by the runtime, whichever way it is imported: %s', (name) => {
    const curve = CURVES[name]
    const y = [2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n].find((each) => pointsOf(curve, each).length === 0) ?? 0n
    const key = encodePoint(curve, y, 0)
    expect(judgeEdwardsPoint(name, key)).toBe('good')
    const root = createAuthority({ key: name === 'Ed25519' ? 'ed25519' : 'ed448' })
    const stranger = createAuthority({ subjectPublicKeyInfo: SPKI[name](key), key: root })
    const certificate = parsed(root.issue())
    const failure = failureOf(
      verifySignature({ certificate, position: 0 }, { certificate: parsed(stranger), position: 1 }, NO_WEAKNESS),
    )
    expect(['ERR_SIGNATURES_INVALID', 'ERR_SIGNATURES_KEY_MALFORMED']).toContain(failure.code)
  })
})
