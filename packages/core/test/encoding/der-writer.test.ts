import { der } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorOver, finish, readAny, TAG } from '../../src/encoding/der.ts'
import { encodeElement, encodeOid } from '../../src/encoding/der-writer.ts'
import { readOid } from '../../src/encoding/oid.ts'

const hexOf = (octets: Uint8Array) => Buffer.from(octets).toString('hex')

describe('an element that is written', () => {
  test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])(
    'has the one length of %i octets that DER allows, as asn1js writes it (X.690 10.1)',
    (length) => {
      const content = new Uint8Array(length).fill(0x5a)
      expect(hexOf(encodeElement(TAG.octetString, content))).toBe(hexOf(der.octetString(content)))
    },
  )

  test('holds all that it is given, in order', () => {
    expect(hexOf(encodeElement(TAG.sequence, der.hex('0500'), der.hex('0101ff')))).toBe('300505000101ff')
    expect(hexOf(encodeElement(TAG.null))).toBe('0500')
  })

  test('is read back by the strict reader', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (content) => {
        const cursor = cursorOver(encodeElement(TAG.octetString, content))
        const { value, end } = readAny(cursor)
        finish(cursor)
        expect(hexOf(cursor.bytes.subarray(value, end))).toBe(hexOf(content))
      }),
    )
  })
})

describe('an object identifier that is written', () => {
  test.each(['0.9', '1.3.14.3.2.26', '2.5.29.15', '2.999', '1.2.127.128.16383.16384', '1.2.2147483647'])(
    'has the octets of %s that asn1js writes (X.690 8.19)',
    (dotted) => {
      expect(hexOf(encodeOid(dotted))).toBe(hexOf(der.oid(dotted)))
    },
  )

  test('is read back as it was', () => {
    const arc = fc.nat(0x7fff_ffff)
    const identifier = fc.tuple(fc.constantFrom(0, 1, 2), fc.nat(39), fc.array(arc, { maxLength: 8 }))
    fc.assert(
      fc.property(identifier, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join('.')
        expect(readOid(cursorOver(encodeOid(dotted)))).toBe(dotted)
      }),
    )
  })
})
