import { der } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorOver } from '../../src/encoding/der.ts'
import { checkOid, readOid } from '../../src/encoding/oid.ts'
import { derErrorOf } from './unwrap.ts'

const oidOf = (contents: string) => {
  const octets = der.hex(contents)
  return cursorOver(der.concat(Uint8Array.of(0x06, octets.length), octets))
}

describe('object identifiers', () => {
  test.each([
    ['2a864886f70d', '1.2.840.113549'],
    ['00', '0.0'],
    ['27', '0.39'],
    ['28', '1.0'],
    ['4f', '1.39'],
    ['50', '2.0'],
    ['7f', '2.47'],
    ['8100', '2.48'],
    ['883703', '2.999.3'],
    // The largest arc of 32 bits and the one behind it, which CVE-2025-66030 took for zero.
    ['2a8fffffff7f', '1.2.4294967295'],
    ['2a9080808000', '1.2.4294967296'],
    ['2a8fffffffffffff7f', '1.2.9007199254740991'],
    ['2a9080808080808000', '1.2.9007199254740992'],
    ['2a9080808080808001', '1.2.9007199254740993'],
    // An UUID, 128 bits (X.667).
    ['6983ffffffffffffffffffffffffffffffffff7f', '2.25.340282366920938463463374607431768211455'],
  ])('are read exactly, arcs beyond 32 and 53 bits too: %s is %s (X.690 8.19)', (contents, dotted) => {
    expect(readOid(oidOf(contents))).toBe(dotted)
    expect(() => checkOid(oidOf(contents))).not.toThrow()
  })

  test.each([
    ['no octets', '', 'OID is empty or too long'],
    ['a padded arc (X.690 8.19.2)', '2a8001', 'OID arc is padded'],
    ['a padded first arc (X.690 8.19.2)', '8001', 'OID arc is padded'],
    ['an end inside an arc', '2a86', 'OID ends inside an arc'],
    ['a padded arc that does not end', '2a80', 'OID arc is padded'],
  ])('are refused with %s', (_, contents, reason) => {
    expect(derErrorOf(() => readOid(oidOf(contents))).reason).toBe(reason)
    expect(derErrorOf(() => checkOid(oidOf(contents))).reason).toBe(reason)
  })

  test('are read up to 64 octets and refused past them', () => {
    const arcs = (octets: number) => oidOf(`2a${'01'.repeat(octets - 1)}`)
    expect(readOid(arcs(64))).toBe(`1.2${'.1'.repeat(63)}`)
    expect(() => checkOid(arcs(64))).not.toThrow()
    expect(derErrorOf(() => readOid(arcs(65))).reason).toBe('OID is empty or too long')
    expect(derErrorOf(() => checkOid(arcs(65))).reason).toBe('OID is empty or too long')
  })

  test('are refused under another tag', () => {
    expect(derErrorOf(() => readOid(cursorOver(der.hex('05 00')))).reason).toContain('tag 0x05')
    expect(readOid(cursorOver(der.hex('88 01 2a')), 0x88)).toBe('1.2')
  })

  test('are the same the second time, and after a thousand others have pushed them out of the memory', () => {
    const first = readOid(oidOf('2b0601'))
    for (let arc = 0; arc < 1_000; arc++) {
      const octets = [0x2b, 0x80 | (1 + (arc >> 7)), arc & 0x7f]
      expect(readOid(oidOf(Buffer.from(octets).toString('hex')))).toBe(`1.3.${128 + arc}`)
    }
    expect(readOid(oidOf('2b0601'))).toBe(first)
  })

  test('are told apart whenever their octets differ', () => {
    const arc = fc.bigInt({ min: 0n, max: 2n ** 130n })
    fc.assert(
      fc.property(fc.tuple(fc.nat(39), arc, arc), fc.tuple(fc.nat(39), arc, arc), (a, b) => {
        const dotted = ([second, ...rest]: readonly [number, bigint, bigint]) => `1.${second}.${rest.join('.')}`
        const [one, other] = [dotted(a), dotted(b)]
        expect(readOid(cursorOver(encodeOid(one)))).toBe(one)
        expect(readOid(cursorOver(encodeOid(other))) === readOid(cursorOver(encodeOid(one)))).toBe(one === other)
      }),
    )
  })

  test('are spelled out later without fail, whenever they passed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (octets) => {
        const encoded = der.concat(Uint8Array.of(0x06, octets.length), octets)
        let passed = true
        try {
          checkOid(cursorOver(encoded))
        } catch {
          passed = false
        }
        if (passed) expect(readOid(cursorOver(encoded))).toMatch(/^[012](?:\.\d+)+$/)
        else derErrorOf(() => readOid(cursorOver(encoded)))
      }),
      { numRuns: 2_000 },
    )
  })
})

/** Base 128 by division, as X.690 8.19 describes it; the arcs of asn1js end at 32 bits. */
function encodeOid(dotted: string): Uint8Array {
  const [root = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt)
  const octets = [root * 40n + second, ...rest].flatMap((arc) => {
    const digits = [Number(arc % 128n)]
    for (let left = arc / 128n; left > 0n; left /= 128n) digits.unshift(Number(left % 128n) | 0x80)
    return digits
  })
  return Uint8Array.of(0x06, octets.length, ...octets)
}
