import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { decodeShared, encodeShared, MAX_SHARED_BYTES, sharedKey } from '../../../src/revocation/cache/shared-value.ts'
import { MAX_FRESH_MS } from '../../../src/revocation/fetch/freshness.ts'
import { atOnce } from '../../../src/slices.ts'

const NOW = 1_800_000_000_000
const decode = (value: unknown) => atOnce(decodeShared(value, NOW))

describe('a value is a version, two times and base64', () => {
  test.each([1, 2, 3, 147_455, 147_456, 147_457, 196_607, 196_608, 196_609, 1_000_000, MAX_SHARED_BYTES])(
    '%i octets come back',
    (length) => {
      const octets = randomBytes(length)
      for (const freshForMs of [null, 0, 60_000]) {
        const value = atOnce(encodeShared({ octets, fetchedAt: NOW - 5, freshForMs }))
        const decoded = decode(value)
        expect(decoded?.fetchedAt).toBe(NOW - 5)
        expect(decoded?.freshForMs).toBe(freshForMs)
        expect(octets.equals(decoded?.octets ?? Buffer.alloc(0))).toBe(true)
      }
    },
  )

  test('one octet more than is shared is not', () => {
    expect(
      atOnce(encodeShared({ octets: Buffer.alloc(MAX_SHARED_BYTES + 1), fetchedAt: 0, freshForMs: null })),
    ).toBeNull()
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['octets', Buffer.from('1 1800000000000 - MAA=')],
    ['an object', { value: '1 1800000000000 - MAA=' }],
    ['another version', '2 1800000000000 - MAA='],
    ['no times', '1 MAA='],
    ['a time that is none', '1 -5 - MAA='],
    ['more digits than a time has', `1 ${'9'.repeat(16)} - MAA=`],
    ['no octets', '1 1800000000000 - '],
    ['base64 without its padding', '1 1800000000000 - MAA'],
    ['the alphabet of URLs', '1 1800000000000 - _-8='],
    ['white space', '1 1800000000000 - MA A='],
    ['more than is ever written', `1 1800000000000 - ${'A'.repeat(Math.ceil(MAX_SHARED_BYTES / 3) * 4 + 41)}`],
    ['padding where a piece ends', `1 1800000000000 - ${'A'.repeat(196_606)}==${'A'.repeat(8)}`],
  ])('%s is no value', (_what, value) => expect(decode(value)).toBeNull())

  test('times that its author chose are bounded: nobody puts off the next look', () => {
    expect(decode(`1 ${NOW + 1} 999999999999 MAA=`)).toEqual({
      octets: Buffer.of(0x30, 0),
      fetchedAt: NOW,
      freshForMs: MAX_FRESH_MS,
    })
  })
})

test('a key of any length and characters is a short name under one prefix', () => {
  expect(sharedKey('a')).toMatch(/^clientcert:[\w-]{43}$/)
  expect(sharedKey(`http://evil.example/\r\nFLUSHALL ${'a'.repeat(5_000)}`)).toMatch(/^clientcert:[\w-]{43}$/)
  expect(sharedKey('a')).not.toBe(sharedKey('b'))
})
