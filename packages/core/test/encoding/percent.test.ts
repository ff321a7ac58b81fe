import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodePercent, encodePercent } from '../../src/encoding/percent.ts'
import { failureOf, unwrap } from './unwrap.ts'

describe('percent-encoding', () => {
  test.each([
    ['an escape (RFC 3986 2.1)', 'a%20b', 'a b'],
    ['digits in lower case (RFC 3986 2.1)', '%2f%2F', '//'],
    ['a plus as itself: in base64 it is no space', 'a+b%2Bc', 'a+b+c'],
    ['unescaped characters as they are', '-----BEGIN CERTIFICATE-----', '-----BEGIN CERTIFICATE-----'],
    ['an escaped percent sign once only', '%2541', '%41'],
    ['escaped control characters, which PEM has to refuse', '%00%0A%7F', '\0\n\x7f'],
    ['nothing as nothing', '', ''],
  ])('decodes %s', (_, text, decoded) => {
    expect(unwrap(decodePercent(text))).toBe(decoded)
  })

  test.each([
    ['a lone % at the end', 'ab%', 2, '% without two hexadecimal digits'],
    ['% and one digit', 'ab%4', 2, '% without two hexadecimal digits'],
    ['% and letters that are no digits', '%zz', 0, '% without two hexadecimal digits'],
    ['a % before an escape', '%%41', 0, '% without two hexadecimal digits'],
    ['the %u form of old browsers', '%u0041', 0, '% without two hexadecimal digits'],
    ['full-width digits', '%\uff14\uff11', 0, '% without two hexadecimal digits'],
    ['an octet above 7F, which is no UTF-8 either', 'a%E9', 1, 'not ASCII'],
    ['an octet above 7F that is UTF-8', '%C3%A9', 0, 'not ASCII'],
    ['an overlong form of a slash', '%c0%af', 0, 'not ASCII'],
    ['the first octet above 7F', '%80', 0, 'not ASCII'],
    ['a character above 7F', 'ab\u00e9', 2, 'not ASCII'],
    ['a raw newline', 'a\nb', 1, 'not ASCII'],
    ['a raw tab, as in $ssl_client_cert of nginx', '-----BEGIN CERTIFICATE-----\tMIIB', 27, 'not ASCII'],
    ['a raw DEL', '\x7f', 0, 'not ASCII'],
  ])('refuses %s', (_, text, offset, reason) => {
    expect(failureOf(decodePercent(text))).toMatchObject({ code: 'ERR_ENCODING_PERCENT', offset, reason })
  })

  test('escapes all but A-Za-z0-9-._~, in upper case, as NGX_ESCAPE_URI_COMPONENT does', () => {
    expect(encodePercent('-----BEGIN CERTIFICATE-----\nAz09+/=\n')).toBe(
      '-----BEGIN%20CERTIFICATE-----%0AAz09%2B%2F%3D%0A',
    )
    expect(encodePercent("-._~!*'()%")).toBe('-._~%21%2A%27%28%29%25')
  })

  test('decodes what was encoded, for all of ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
        expect(unwrap(decodePercent(encodePercent(text)))).toBe(text)
      }),
    )
  })

  test('never throws, and what it accepts is ASCII', () => {
    const piece = fc.oneof(
      fc.constantFrom('%', '%4', '%41', '%e9', '%ED%A0%80', '+'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const decoded = decodePercent(pieces.join(''))
        if (decoded.ok) expect(decoded.value).toMatch(/^[\0-\x7f]*$/)
      }),
      { numRuns: 2_000 },
    )
  })

  test.each(['%', '%4', '%41', '%80', '+', '\u00e9'])('stays linear on a million repetitions of %s', (piece) => {
    const decoded = decodePercent(piece.repeat(1_000_000))
    expect(decoded.ok).toBe(['%41', '+'].includes(piece))
  })

  test('never repeats the text in the failure', () => {
    expect(JSON.stringify(failureOf(decodePercent('SECRET%')))).not.toContain('SECRET')
  })
})
