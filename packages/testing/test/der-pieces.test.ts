import { der } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('integer', () => {
  test.each([
    [0n, '020100'],
    [127n, '02017f'],
    [128n, '02020080'],
    [256n, '02020100'],
    [-1n, '0201ff'],
    [-128n, '020180'],
    [-129n, '0202ff7f'],
    [2n ** 64n, '0209010000000000000000'],
  ])('writes %s in the fewest octets of two’s complement (X.690 8.3.2)', (value, encoding) => {
    expect(hexOf(der.integer(value))).toBe(encoding)
  })

  test('takes content octets as they are, minimal or not', () => {
    expect(hexOf(der.integer(Uint8Array.of(0, 0, 1)))).toBe('0203000001')
  })

  test('trims an unsigned magnitude and keeps it positive', () => {
    expect(hexOf(der.unsignedInteger(Uint8Array.of(0, 0, 0x80)))).toBe('02020080')
  })
})

describe('lengths', () => {
  test.each([
    [127, '047f'],
    [128, '048180'],
    [256, '04820100'],
  ])('of %i octets are definite and minimal (X.690 10.1)', (length, header) => {
    expect(hexOf(der.octetString(new Uint8Array(length)))).toBe(header + '00'.repeat(length))
  })
})

describe('set of', () => {
  const members = [der.integer(2), der.integer(1)]

  test('is sorted by encoding (X.690 11.6)', () => {
    expect(hexOf(der.setOf(...members))).toBe('3106020101020102')
  })

  test('is as given where the caller wants it wrong', () => {
    expect(hexOf(der.set(...members))).toBe('3106020102020101')
  })
})

describe('time', () => {
  test.each([
    ['2049-12-31T23:59:59Z', '170d3439313233313233353935395a'],
    ['2050-01-01T00:00:00Z', '180f32303530303130313030303030305a'],
    ['1949-12-31T23:59:59Z', '180f31393439313233313233353935395a'],
  ])('%s has the type RFC 5280 4.1.2.5 gives its year', (instant, encoding) => {
    expect(hexOf(der.time(new Date(instant)))).toBe(encoding)
  })
})

test('an object identifier that is none is refused', () => {
  expect(hexOf(der.oid('2.5.29.37'))).toBe('0603551d25')
  expect(() => der.oid('clientAuth')).toThrow(TypeError)
})

test('string types keep their tags', () => {
  expect(hexOf(der.string('é', 'utf8'))).toBe('0c02c3a9')
  expect(hexOf(der.string('é', 'teletex'))).toBe('1401e9')
  expect(hexOf(der.string('é', 'bmp'))).toBe('1e0200e9')
  expect(hexOf(der.string('é', 'universal'))).toBe('1c04000000e9')
})
