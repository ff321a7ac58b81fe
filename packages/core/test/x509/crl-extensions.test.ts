import { type CrlOptions, crlExtension, der, type Extension, mintCrl } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type CrlExtensions, compareNumbers } from '../../src/x509/crl-extensions.ts'
import { ALL_REASONS } from '../../src/x509/distribution-point.ts'
import { listed, refusalOf, root } from './minted-crls.ts'

const read = (options: CrlOptions): CrlExtensions => listed(mintCrl(root, options)).extensions
const refused = (...extensions: readonly Extension[]): string => refusalOf(mintCrl(root, { extensions }))
const hex = (octets: Uint8Array | null) => octets && Buffer.from(octets).toString('hex')

const IDP = '2.5.29.28'

describe('cRLNumber and deltaCRLIndicator (RFC 5280 5.2.3, 5.2.4)', () => {
  test.each([
    [0, ''],
    [1, '01'],
    [127, '7f'],
    [128, '80'],
    [256, '0100'],
    [2n ** 160n - 1n, 'ff'.repeat(20)],
  ])('%s is read without leading zeros', (number, octets) => {
    expect(hex(read({ number }).crlNumber)).toBe(octets)
    expect(hex(read({ baseCrlNumber: number }).baseCrlNumber)).toBe(octets)
  })

  test.each([
    ['negative', -1n],
    ['longer than 20 octets', 2n ** 160n],
  ])('a number that is %s is refused', (_, number) => {
    expect(refusalOf(mintCrl(root, { number }))).toMatch(/a number that is negative or too long/)
    expect(refusalOf(mintCrl(root, { baseCrlNumber: number }))).toMatch(/a number that is negative or too long/)
  })

  test('are ordered by value and not by their octets', () => {
    const numbers = [0n, 1n, 2n, 127n, 128n, 255n, 256n, 65_535n, 65_536n, 2n ** 64n, 2n ** 159n]
    const octets = numbers.map((number) => read({ number }).crlNumber ?? new Uint8Array())
    const shuffled = octets.toSorted((a, b) => Buffer.compare(b, a))
    expect(shuffled.toSorted(compareNumbers)).toEqual(octets)
    expect(octets.every((number) => compareNumbers(number, number.slice()) === 0)).toBe(true)
  })

  test('are absent where they are absent', () => {
    expect(read({ number: null })).toMatchObject({ crlNumber: null, baseCrlNumber: null })
  })
})

describe('issuingDistributionPoint (RFC 5280 5.2.5)', () => {
  test.each([
    [{}, { name: null, contains: 'all', reasons: null, indirect: false }],
    [{ onlyContains: ['user-certificates'] }, { contains: 'user-certificates' }],
    [{ onlyContains: ['authority-certificates'] }, { contains: 'authority-certificates' }],
    [{ onlyContains: ['attribute-certificates'] }, { contains: 'attribute-certificates' }],
    [{ onlySomeReasons: ['keyCompromise', 'aACompromise'] }, { reasons: 0b1_0000_0010 }],
    [{ onlySomeReasons: [] }, { reasons: 0 }],
    [{ onlySomeReasons: ['unused'] }, { reasons: 0 }],
    [{ indirect: true }, { indirect: true }],
    [
      { fullName: { uri: ['http://a.example', 'http://b.example'] } },
      { name: { kind: 'full', names: [{ value: 'http://a.example' }, { value: 'http://b.example' }] } },
    ],
    [{ relativeName: { CN: 'two' } }, { name: { kind: 'relative' } }],
  ] as const)('%o is read', (issuingDistributionPoint, expected) => {
    const { issuingDistributionPoint: point, scope } = read({ issuingDistributionPoint })
    expect(point).toMatchObject(expected)
    expect(hex(scope)).toBe(hex(crlExtension.issuingDistributionPoint(issuingDistributionPoint).value))
  })

  test('is read marked critical or not', () => {
    const extension = crlExtension.issuingDistributionPoint({ indirect: true, critical: false })
    expect(read({ extensions: [extension] }).issuingDistributionPoint?.indirect).toBe(true)
  })

  test('is absent where it is absent', () => {
    expect(read({})).toMatchObject({ issuingDistributionPoint: null, scope: null })
  })

  test('for more than one kind of certificates only is refused', () => {
    const both = crlExtension.issuingDistributionPoint({
      onlyContains: ['user-certificates', 'authority-certificates'],
    })
    expect(refused(both)).toMatch(/more than one kind of certificates/)
  })

  test('lets an encoded FALSE pass, as certificates do, and no other octet', () => {
    const flag = (octet: number) => ({ oid: IDP, value: der.sequence(der.implicitPrimitive(1, Uint8Array.of(octet))) })
    expect(read({ extensions: [flag(0x00)] }).issuingDistributionPoint?.contains).toBe('all')
    expect(refused(flag(0x01))).toMatch(/BOOLEAN is neither 00 nor FF/)
    expect(refused({ oid: IDP, value: der.sequence(der.implicitPrimitive(4, new Uint8Array())) })).toMatch(/BOOLEAN/)
  })

  test('with fields that do not exist, or in another order, is refused', () => {
    const flag = (number: number) => der.implicitPrimitive(number, Uint8Array.of(0xff))
    expect(refused({ oid: IDP, value: der.sequence(flag(6)) })).toMatch(/trailing/)
    expect(refused({ oid: IDP, value: der.sequence(flag(4), flag(1)) })).toMatch(/trailing/)
    expect(refused({ oid: IDP, value: der.sequence(der.explicit(0)) })).toMatch(/neither fullName nor/)
  })
})

describe('the other extensions of a CRL', () => {
  test('authorityKeyIdentifier and freshestCRL are read (5.2.1, 5.2.6)', () => {
    const extensions = read({
      authorityKeyIdentifier: { keyIdentifier: der.hex('abcd') },
      freshestCrl: ['http://d.example'],
    })
    expect(hex(extensions.authorityKeyIdentifier)).toBe('abcd')
    expect(extensions.freshestCrl).toMatchObject([{ name: { names: [{ type: 'uri', value: 'http://d.example' }] } }])
  })

  test('one that is critical and not processed is named, and one that is not critical is passed over (5.2)', () => {
    const unknown = { oid: '1.2.3.4', value: der.nullValue() }
    expect(read({ extensions: [{ ...unknown, critical: true }] }).unknownCritical).toBe('1.2.3.4')
    expect(read({ extensions: [unknown] }).unknownCritical).toBeNull()
  })

  test('one that is there twice is refused (4.2)', () => {
    expect(refused(crlExtension.crlNumber(1), crlExtension.crlNumber(2))).toMatch(
      /2\.5\.29\.20 is present more than once/,
    )
  })

  test('64 are read, and not one more', () => {
    const unknown = Array.from({ length: 65 }, (_, arc) => ({ oid: `1.2.3.${arc}`, value: der.nullValue() }))
    const options = { number: null, authorityKeyIdentifier: null }
    expect(read({ ...options, extensions: unknown.slice(1) }).unknownCritical).toBeNull()
    expect(refusalOf(mintCrl(root, { ...options, extensions: unknown }))).toMatch(/more than 64 extensions/)
  })

  test('trailing bytes within a value are refused', () => {
    const { oid, value } = crlExtension.crlNumber(1)
    expect(refused({ oid, value: der.concat(value, Uint8Array.of(0)) })).toMatch(/1 trailing bytes/)
  })
})

test('all reasons are bits 1 to 8 (RFC 5280 4.2.1.13)', () => {
  expect(ALL_REASONS.toString(2)).toBe('111111110')
})
