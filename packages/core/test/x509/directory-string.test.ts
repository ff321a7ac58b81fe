import { der } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TAG } from '../../src/encoding/der.ts'
import { decodeDirectoryString } from '../../src/x509/directory-string.ts'

const decoded = (tag: number, octets: string) => decodeDirectoryString(tag, der.hex(octets))

describe('a string in a name', () => {
  test.each([
    ['UTF8String', TAG.utf8String, '5a6fc3ab', 'Zo\u00eb'],
    ['UTF8String beyond 16 bits', TAG.utf8String, 'f09f9491', '\ud83d\udd11'],
    ['UTF8String with a byte order mark, which is text here', TAG.utf8String, 'efbbbf61', '\ufeffa'],
    ['UTF8String with a NUL', TAG.utf8String, '610062', 'a\0b'],
    ['PrintableString', TAG.printableString, '416c696365', 'Alice'],
    ['IA5String', TAG.ia5String, '6140622e63', 'a@b.c'],
    ['NumericString', TAG.numericString, '303037', '007'],
    ['VisibleString', TAG.visibleString, '41', 'A'],
    ['TeletexString, as Latin-1', TAG.teletexString, '5a6feb', 'Zo\u00eb'],
    ['BMPString', TAG.bmpString, '005a006f00eb', 'Zo\u00eb'],
    ['BMPString with a pair of surrogates', TAG.bmpString, 'd83ddd11', '\ud83d\udd11'],
    ['BMPString with a byte order mark, which is text here', TAG.bmpString, 'feff0061', '\ufeffa'],
    ['UniversalString', TAG.universalString, '0000005a000000eb', 'Z\u00eb'],
    ['UniversalString beyond 16 bits', TAG.universalString, '0001f511', '\ud83d\udd11'],
    ['UniversalString at its end', TAG.universalString, '0010ffff', '\u{10ffff}'],
    ['nothing', TAG.utf8String, '', ''],
    ['nothing of two octets each', TAG.bmpString, '', ''],
  ])('is read as its type says: %s (RFC 5280 4.1.2.4)', (_, tag, octets, text) => {
    expect(decoded(tag, octets)).toBe(text)
  })

  test.each([
    ['UTF-8 cut off', TAG.utf8String, 'c3'],
    ['an overlong form', TAG.utf8String, 'c0af'],
    ['Latin-1 for UTF-8', TAG.utf8String, '5a6feb'],
    ['half a pair of surrogates in UTF-8', TAG.utf8String, 'eda080'],
    ['UTF-8 beyond Unicode', TAG.utf8String, 'f4908080'],
    ['an octet above 7F in a PrintableString', TAG.printableString, 'eb'],
    ['an octet above 7F in an IA5String', TAG.ia5String, '80'],
    ['an octet above 7F in a NumericString', TAG.numericString, 'b0'],
    ['an octet above 7F in a VisibleString', TAG.visibleString, 'ff'],
    ['an odd number of octets for two each', TAG.bmpString, '005a00'],
    ['half a pair of surrogates of two octets', TAG.bmpString, 'd83d'],
    ['the pair the wrong way round', TAG.bmpString, 'dd11d83d'],
    ['octets that are not four each', TAG.universalString, '00005a'],
    ['a number beyond Unicode', TAG.universalString, '00110000'],
    ['a surrogate of four octets', TAG.universalString, '0000d800'],
    ['a negative number', TAG.universalString, 'ffffffff'],
    ['an OCTET STRING', TAG.octetString, '41'],
    ['a BIT STRING', TAG.bitString, '0041'],
    ['a UTF8String in constructed form', 0x2c, '0c0141'],
    ['GraphicString, which X.520 has not', 0x19, '41'],
  ])('is no text, rather than a guess: %s', (_, tag, octets) => {
    expect(decoded(tag, octets)).toBeNull()
  })

  test('is what was encoded, in every type that has its characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const [type, tag] of [
          ['utf8', TAG.utf8String],
          ['universal', TAG.universalString],
        ] as const) {
          const encoded = der.string(text, type)
          expect(decodeDirectoryString(tag, encoded.subarray(encoded.length - octetsOf(text, type)))).toBe(text)
        }
      }),
    )
  })

  test('is read or not, whatever the octets', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(TAG)), fc.uint8Array({ maxLength: 20 }), (tag, octets) => {
        expect(() => decodeDirectoryString(tag, octets)).not.toThrow()
      }),
    )
  })
})

const octetsOf = (text: string, type: 'utf8' | 'universal') =>
  type === 'utf8' ? Buffer.byteLength(text) : Array.from(text).length * 4
