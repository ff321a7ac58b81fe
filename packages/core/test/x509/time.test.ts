import { der } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorOver } from '../../src/encoding/der.ts'
import { readTime } from '../../src/x509/time.ts'
import { derErrorOf } from '../encoding/unwrap.ts'
import { parsed, refusal, root } from './minted.ts'

const timeOf = (tag: 0x17 | 0x18 | 0x0c, text: string) =>
  cursorOver(der.concat(Uint8Array.of(tag, text.length), Buffer.from(text, 'latin1')))
const utc = (text: string) => timeOf(0x17, text)
const generalized = (text: string) => timeOf(0x18, text)
const isoOf = (cursor: ReturnType<typeof utc>) => new Date(readTime(cursor, [])).toISOString()

describe('UTCTime', () => {
  test.each([
    ['260101000000Z', '2026-01-01T00:00:00.000Z'],
    ['491231235959Z', '2049-12-31T23:59:59.000Z'],
    ['500101000000Z', '1950-01-01T00:00:00.000Z'],
    ['991231235959Z', '1999-12-31T23:59:59.000Z'],
    ['000229120000Z', '2000-02-29T12:00:00.000Z'],
    ['280229235959Z', '2028-02-29T23:59:59.000Z'],
  ])('has years from 1950 to 2049: %s is %s (RFC 5280 4.1.2.5.1)', (text, iso) => {
    expect(isoOf(utc(text))).toBe(iso)
  })

  test.each([
    ['no seconds', '2601010000Z'],
    ['a fraction of a second', '260101000000.5Z'],
    ['an offset', '260101000000+0000'],
    ['no zone', '260101000000'],
    ['a lower-case zone', '260101000000z'],
    ['four digits for the year', '20260101000000Z'],
    ['nothing', ''],
  ])('is refused with %s (RFC 5280 4.1.2.5.1)', (_, text) => {
    expect(derErrorOf(() => readTime(utc(text), [])).reason).toBe('not 12 digits and Z')
  })
})

describe('GeneralizedTime', () => {
  test.each([
    ['20500101000000Z', '2050-01-01T00:00:00.000Z'],
    ['99991231235959Z', '9999-12-31T23:59:59.000Z'],
    ['19491231235959Z', '1949-12-31T23:59:59.000Z'],
    ['00000101000000Z', '0000-01-01T00:00:00.000Z'],
  ])('has four digits for the year: %s is %s (RFC 5280 4.1.2.5.2)', (text, iso) => {
    expect(isoOf(generalized(text))).toBe(iso)
  })

  test.each([
    ['no seconds', '205001010000Z'],
    ['a fraction of a second', '20500101000000.5Z'],
    ['an offset', '20500101000000+0100'],
    ['no zone', '20500101000000'],
    ['two digits for the year', '500101000000Z'],
  ])('is refused with %s (RFC 5280 4.1.2.5.2)', (_, text) => {
    expect(derErrorOf(() => readTime(generalized(text), [])).reason).toBe('not 14 digits and Z')
  })
})

describe('a time', () => {
  test.each([
    ['month 0', '260001000000Z'],
    ['month 13', '261301000000Z'],
    ['day 0', '260100000000Z'],
    ['day 32', '260132000000Z'],
    ['31 April', '260431000000Z'],
    ['29 February in a common year', '260229000000Z'],
    ['29 February 1900, in which 2000 differs', '19000229000000Z'],
    ['hour 24', '260101240000Z'],
    ['minute 60', '260101006000Z'],
    ['second 60, which UTC has at times and certificates never', '261231235960Z'],
  ])('is refused that no calendar or clock shows: %s', (_, text) => {
    const cursor = text.length === 13 ? utc(text) : generalized(text)
    expect(derErrorOf(() => readTime(cursor, [])).reason).toBe('no such date or time of day')
  })

  test.each([
    '2601010000 0Z',
    '26010100000:Z',
    '26010100000/Z',
    '-60101000000Z',
    '2601010000\u00b20Z',
    '+60101000000Z',
  ])('is refused with what is no digit: %s', (text) => {
    expect(derErrorOf(() => readTime(utc(text), [])).reason).toBe('not a digit')
  })

  test('is refused under any other tag', () => {
    expect(derErrorOf(() => readTime(timeOf(0x0c, '260101000000Z'), [])).reason).toBe(
      'neither UTCTime nor GeneralizedTime',
    )
  })

  test('is every second that it can write', () => {
    const second = fc.integer({ min: Date.UTC(1, 0) / 1000, max: Date.UTC(9999, 11, 31) / 1000 })
    fc.assert(
      fc.property(second, (seconds) => {
        const instant = new Date(seconds * 1000)
        expect(readTime(cursorOver(der.generalizedTime(instant)), [])).toBe(instant.getTime())
      }),
    )
  })

  test('is read or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0x17 as const, 0x18 as const),
        fc.string({ unit: fc.constantFrom(...'0123459Z:+'.split('')), maxLength: 16 }),
        (tag, text) => {
          try {
            expect(new Date(readTime(timeOf(tag, text), [])).getTime()).not.toBeNaN()
          } catch {
            derErrorOf(() => readTime(timeOf(tag, text), []))
          }
        },
      ),
    )
  })
})

describe('validity', () => {
  test('is two instants, in whatever order: the verifier compares them', () => {
    const [notBefore, notAfter] = [new Date('2030-01-01T00:00:00Z'), new Date('2020-01-01T00:00:00Z')]
    expect(parsed(root.issue({ notBefore, notAfter }))).toMatchObject({
      notBefore: notBefore.getTime(),
      notAfter: notAfter.getTime(),
    })
  })

  test('is refused by name', () => {
    const minted = root.issue({ notAfter: der.hex('17 0d 32 36 30 32 33 30 30 30 30 30 30 30 5a') })
    expect(refusal(minted)).toMatchObject({
      code: 'ERR_X509_MALFORMED',
      field: 'validity',
      reason: 'no such date or time of day',
    })
  })
})
