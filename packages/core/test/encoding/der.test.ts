import { der } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkElement,
  contextTag,
  cursorOver,
  enter,
  finish,
  isAtEnd,
  MAX_DEPTH,
  read,
  readAny,
  readBitString,
  readBoolean,
  readInteger,
  readOctetBits,
  readOctetString,
  readOptional,
  readSmallInteger,
  TAG,
} from '../../src/encoding/der.ts'
import { derErrorOf } from './unwrap.ts'

const over = (digits: string) => cursorOver(der.hex(digits))
const hexOf = (octets: Uint8Array) => Buffer.from(octets).toString('hex')

describe('the length of an element', () => {
  test('is read in the short form up to 127 (X.690 8.1.3.4)', () => {
    expect(readAny(over(`04 7f ${'00'.repeat(127)}`))).toEqual({ tag: 0x04, start: 0, value: 2, end: 129 })
    expect(readAny(over('05 00'))).toEqual({ tag: 0x05, start: 0, value: 2, end: 2 })
  })

  test.each([
    ['one octet', '04 81 80', 0x80],
    ['one octet, all bits', '04 81 ff', 0xff],
    ['two octets', '04 82 01 00', 0x100],
    ['two octets, all bits', '04 82 ff ff', 0xffff],
    ['three octets', '04 83 01 00 00', 0x10000],
  ])('is read in the long form of %s (X.690 8.1.3.5)', (_, header, length) => {
    const bytes = der.concat(der.hex(header), new Uint8Array(length))
    const element = readAny(cursorOver(bytes))
    expect(element.end - element.value).toBe(length)
    expect(element.end).toBe(bytes.length)
  })

  test.each([
    ['indefinite (X.690 10.1)', '30 80 00 00', 1, 'indefinite length'],
    ['long where short would do (X.690 10.1)', `04 81 7f ${'00'.repeat(127)}`, 1, 'length is not minimal'],
    ['zero in the long form (X.690 10.1)', '04 81 00', 1, 'length is not minimal'],
    ['padded by one octet (X.690 10.1)', `04 82 00 80 ${'00'.repeat(128)}`, 1, 'length is not minimal'],
    ['padded to four octets (X.690 10.1)', '04 84 00 00 00 01 00', 1, 'length is not minimal'],
    ['five octets long', '04 85 01 00 00 00 00', 1, 'length of the length'],
    ['127 octets long, which X.690 reserves (8.1.3.5 c)', `04 ff ${'ff'.repeat(127)}`, 1, 'length of the length'],
    ['cut off', '04 82 01', 1, 'length of the length'],
    ['one beyond what is there', '04 02 00', 1, 'length reaches beyond the enclosing element'],
    ['4 GiB less one', '04 84 ff ff ff ff 00', 1, 'length reaches beyond the enclosing element'],
    // As a signed 32-bit number this would be negative and lie before the start.
    ['2 GiB', '04 84 80 00 00 00 00', 1, 'length reaches beyond the enclosing element'],
  ])('is refused when %s', (_, digits, offset, reason) => {
    const cursor = over(digits)
    expect(derErrorOf(() => readAny(cursor))).toMatchObject({ offset, reason })
    expect(cursor.position).toBe(0)
  })

  test('is refused beyond the enclosing element, though the bytes go on', () => {
    const outer = enter(over('30 03 04 02 aa bb cc'), TAG.sequence)
    expect(derErrorOf(() => readAny(outer)).reason).toBe('length reaches beyond the enclosing element')
    expect(readAny(enter(over('30 04 04 02 aa bb cc'), TAG.sequence))).toMatchObject({ value: 4, end: 6 })
  })

  test.each(['', '04'])('is refused where there is none: %j', (digits) => {
    expect(derErrorOf(() => readAny(over(digits)))).toMatchObject({
      offset: 0,
      reason: 'ends where an element was expected',
    })
  })
})

describe('the tag of an element', () => {
  test.each(['1f 01 00', '3f 20 00', '9f 81 00 00', 'bf 1f 00', 'ff 01 00'])(
    'is refused in the high-number form, which X.509 has nowhere: %s (X.690 8.1.2.4)',
    (digits) => {
      expect(derErrorOf(() => readAny(over(digits)))).toMatchObject({
        offset: 0,
        reason: 'tag in the high-number form',
      })
    },
  )

  test('is demanded, and the refusal names both', () => {
    expect(read(over('02 01 05'), TAG.integer).end).toBe(3)
    const { offset, reason } = derErrorOf(() => read(over('04 01 05'), TAG.integer))
    expect({ offset, reason }).toEqual({ offset: 0, reason: 'tag 0x04 where 0x02 was expected' })
  })

  test('tells a constructed string from a primitive one, which DER always is (X.690 10.2)', () => {
    expect(hexOf(readOctetString(over('04 02 aa bb')))).toBe('aabb')
    expect(derErrorOf(() => readOctetString(over('24 04 04 02 aa bb'))).reason).toContain('tag 0x24')
    expect(derErrorOf(() => readBitString(over('23 05 03 03 00 aa bb'))).reason).toContain('tag 0x23')
  })

  test('is asked for where the element may be absent', () => {
    const cursor = over('80 01 aa 82 00')
    expect(readOptional(cursor, contextTag(0, 'primitive'))).toMatchObject({ start: 0, end: 3 })
    expect(readOptional(cursor, contextTag(1, 'constructed'))).toBeUndefined()
    expect(readOptional(cursor, contextTag(2, 'primitive'))).toMatchObject({ start: 3, end: 5 })
    expect(readOptional(cursor, contextTag(2, 'primitive'))).toBeUndefined()
    expect(isAtEnd(cursor)).toBe(true)
  })
})

describe('trailing bytes', () => {
  test('are refused, with their number', () => {
    const cursor = over('05 00 de ad')
    readAny(cursor)
    expect(derErrorOf(() => finish(cursor))).toMatchObject({ offset: 2, reason: '2 trailing bytes' })
    readAny(over('05 00'))
    expect(() => finish(cursorOver(der.hex('05 00'), 2))).not.toThrow()
  })
})

describe('BOOLEAN', () => {
  test('is FF or 00 (X.690 11.1)', () => {
    expect(readBoolean(over('01 01 ff'))).toBe(true)
    expect(readBoolean(over('01 01 00'))).toBe(false)
  })

  test.each(['01 01 01', '01 01 7f', '01 01 fe', '01 00', '01 02 ff ff', '01 02 00 ff'])(
    'is refused as anything else: %s (X.690 11.1)',
    (digits) => {
      expect(derErrorOf(() => readBoolean(over(digits))).reason).toBe('BOOLEAN is neither 00 nor FF')
    },
  )
})

describe('INTEGER', () => {
  test.each(['00', '7f', '80', 'ff', '0080', 'ff7f', '00ffffffff', '8000', 'ff00'])(
    'is read when it is minimal: %s (X.690 8.3.2)',
    (contents) => {
      const octets = der.hex(contents)
      expect(hexOf(readInteger(cursorOver(der.concat(Uint8Array.of(2, octets.length), octets))))).toBe(contents)
    },
  )

  test.each([
    ['no octets (X.690 8.3.1)', '02 00', 'INTEGER without content'],
    ['a zero octet too many (X.690 8.3.2)', '02 02 00 7f', 'INTEGER is not minimal'],
    ['a zero octet too many on zero (X.690 8.3.2)', '02 02 00 00', 'INTEGER is not minimal'],
    ['an FF octet too many (X.690 8.3.2)', '02 02 ff 80', 'INTEGER is not minimal'],
    ['an FF octet too many on minus one (X.690 8.3.2)', '02 02 ff ff', 'INTEGER is not minimal'],
  ])('is refused with %s', (_, digits, reason) => {
    expect(derErrorOf(() => readInteger(over(digits)))).toMatchObject({ offset: 2, reason })
  })

  test.each([
    ['02 01 00', 0],
    ['02 01 7f', 127],
    ['02 02 00 80', 128],
    ['02 04 7f ff ff ff', 0x7fffffff],
  ])('is a number up to 31 bits: %s is %d', (digits, number) => {
    expect(readSmallInteger(over(digits))).toBe(number)
  })

  test.each(['02 05 00 80 00 00 00', '02 05 01 00 00 00 00', '02 01 ff', '02 01 80', '02 04 80 00 00 00'])(
    'is refused where a count is wanted, past 31 bits and below zero: %s',
    (digits) => {
      expect(derErrorOf(() => readSmallInteger(over(digits))).reason).toBe('INTEGER is negative or larger than 31 bits')
    },
  )
})

describe('BIT STRING', () => {
  test.each([
    ['03 01 00', '', 0],
    ['03 02 00 ff', 'ff', 0],
    ['03 02 07 80', '80', 7],
    ['03 03 04 ab c0', 'abc0', 4],
  ])('is read with its unused bits: %s (X.690 8.6)', (digits, octets, unused) => {
    const bits = readBitString(over(digits))
    expect({ octets: hexOf(bits.octets), unused: bits.unused }).toEqual({ octets, unused })
  })

  test.each([
    ['no octet that counts (X.690 8.6.2.2)', '03 00', 'BIT STRING without the octet that counts unused bits'],
    ['eight unused bits (X.690 8.6.2.2)', '03 02 08 00', 'BIT STRING counts impossible unused bits'],
    ['unused bits of nothing (X.690 8.6.2.3)', '03 01 01', 'BIT STRING counts impossible unused bits'],
    ['an unused bit that is set (X.690 11.2.1)', '03 02 01 01', 'BIT STRING has unused bits set'],
    ['the highest unused bit set (X.690 11.2.1)', '03 02 07 40', 'BIT STRING has unused bits set'],
  ])('is refused with %s', (_, digits, reason) => {
    expect(derErrorOf(() => readBitString(over(digits))).reason).toBe(reason)
  })

  test('holds whole octets where a key or a signature is wanted', () => {
    expect(hexOf(readOctetBits(over('03 03 00 ab cd')))).toBe('abcd')
    expect(derErrorOf(() => readOctetBits(over('03 03 04 ab c0'))).reason).toBe('BIT STRING does not hold whole octets')
  })
})

describe('elements without a meaning here', () => {
  const nested = (depth: number, innermost: Uint8Array) => {
    let element = innermost
    for (let level = 0; level < depth; level++) element = der.sequence(element)
    return element
  }

  test('are DER all the same, down to the leaves', () => {
    expect(() => checkElement(over('30 06 30 04 04 02 aa bb'))).not.toThrow()
    expect(derErrorOf(() => checkElement(over('30 06 30 04 04 03 aa bb'))).offset).toBe(5)
    expect(derErrorOf(() => checkElement(over('30 04 30 80 00 00'))).reason).toBe('indefinite length')
    expect(derErrorOf(() => checkElement(over('a0 03 1f 01 00'))).reason).toBe('tag in the high-number form')
  })

  test('are followed to the depth limit and refused past it', () => {
    const primitive = der.nullValue()
    expect(() => checkElement(cursorOver(nested(MAX_DEPTH, primitive)))).not.toThrow()
    const { reason } = derErrorOf(() => checkElement(cursorOver(nested(MAX_DEPTH + 1, primitive))))
    expect(reason).toBe(`nested deeper than ${MAX_DEPTH}`)
  })

  test('are refused, not a fault of the stack, when nested ten thousand deep', () => {
    expect(derErrorOf(() => checkElement(cursorOver(nested(10_000, new Uint8Array())))).reason).toContain(
      'nested deeper',
    )
  })

  test('cost what their octets cost: a hundred thousand empty ones in a row', () => {
    const wide = der.sequence(der.concat(...Array.from({ length: 100_000 }, () => der.nullValue())))
    const cursor = cursorOver(wide)
    checkElement(cursor)
    expect(isAtEnd(cursor)).toBe(true)
  })
})

describe('arbitrary bytes', () => {
  const readers = [
    readAny,
    readBoolean,
    readInteger,
    readSmallInteger,
    readBitString,
    readOctetBits,
    readOctetString,
    checkElement,
  ]

  test.each(readers.map((reader) => [reader.name, reader] as const))(
    '%s reads or refuses, and stays inside',
    (_, reader) => {
      const octet = fc.oneof(fc.constantFrom(0x00, 0x01, 0x02, 0x03, 0x04, 0x30, 0x80, 0x81, 0x82, 0xff), fc.nat(255))
      fc.assert(
        fc.property(fc.array(octet, { maxLength: 24 }), fc.nat(8), (octets, hidden) => {
          const end = Math.max(0, octets.length - hidden)
          const cursor = cursorOver(Uint8Array.from(octets), 0, end)
          try {
            reader(cursor)
          } catch {
            derErrorOf(() => reader(cursorOver(Uint8Array.from(octets), 0, end)))
          }
          expect(cursor.position).toBeLessThanOrEqual(end)
        }),
        { numRuns: 1_000 },
      )
    },
  )
})
