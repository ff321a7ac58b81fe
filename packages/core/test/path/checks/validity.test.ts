import { describe, expect, test } from 'vitest'
import { chainOf, NOW, refusalOf, storeOf, verdict, verdictOn } from '../verdict.ts'

const SECOND = 1_000
const begin = new Date('2025-06-01T00:00:00Z')
const end = new Date('2026-06-01T12:00:00Z')
const period = { notBefore: begin, notAfter: end }

describe.each([
  { place: 'leaf', position: 0 },
  { place: 'intermediate', position: 1 },
  { place: 'root', position: 2 },
] as const)('the validity of the $place (RFC 5280 4.1.2.5)', ({ place, position }) => {
  const others = { notBefore: new Date('2000-01-01'), notAfter: new Date('2049-01-01') }
  const chain = { root: others, intermediate: others, leaf: others, [place]: period }
  const at = (instant: number) => verdictOn(chain, { at: instant })

  test('begins with its first second, inclusive', () => {
    expect(at(begin.getTime())).toBe('accepted')
    expect(at(begin.getTime() - 1)).toBe(`ERR_PATH_NOT_YET_VALID at ${position}`)
  })

  test('ends with its last second, inclusive and whole', () => {
    expect(at(end.getTime())).toBe('accepted')
    expect(at(end.getTime() + SECOND - 1)).toBe('accepted')
    expect(at(end.getTime() + SECOND)).toBe(`ERR_PATH_EXPIRED at ${position}`)
  })

  test.each([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])(
    'holds at no instant of a clock that says %d',
    (instant) => {
      expect(at(instant)).toMatch(/^ERR_PATH_(NOT_YET_VALID|EXPIRED) at 0$/)
    },
  )
})

describe('a failure of validity', () => {
  const { root, leaf } = chainOf({ leaf: period })

  test('carries the bound that was crossed and the instant', () => {
    const [early, late] = [begin.getTime() - SECOND, end.getTime() + SECOND]
    expect(refusalOf(leaf, storeOf([root]), { at: early })).toMatchObject({
      code: 'ERR_PATH_NOT_YET_VALID',
      notBefore: begin,
      at: new Date(early),
      message: 'not valid before 2025-06-01T00:00:00.000Z, it is 2025-05-31T23:59:59.000Z',
    })
    expect(refusalOf(leaf, storeOf([root]), { at: late })).toMatchObject({
      code: 'ERR_PATH_EXPIRED',
      notAfter: end,
      at: new Date(late),
      message: 'expired at 2026-06-01T12:00:00.000Z, it is 2026-06-01T12:00:01.000Z',
    })
  })

  test('is stated without throwing where the clock gives no instant', () => {
    expect(refusalOf(leaf, storeOf([root]), { at: Number.NaN }).message).toBe(
      'not valid before 2025-06-01T00:00:00.000Z, it is no instant',
    )
  })
})

test('accepts a certificate without a well-defined expiry, 99991231235959Z (RFC 5280 4.1.2.5)', () => {
  const { root, leaf } = chainOf({ leaf: { notAfter: new Date('9999-12-31T23:59:59Z') } })
  expect(verdict(leaf, storeOf([root]), { at: NOW })).toBe('accepted')
})
