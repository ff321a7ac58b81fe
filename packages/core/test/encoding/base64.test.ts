import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../src/encoding/base64.ts'
import { failureOf, unwrap } from './unwrap.ts'

describe('base64', () => {
  test.each([
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg==', 'foob'],
    ['Zm9vYmE=', 'fooba'],
    ['Zm9vYmFy', 'foobar'],
  ])('decodes %s (RFC 4648 10)', (text, decoded) => {
    expect(Buffer.from(unwrap(decodeBase64(text))).toString()).toBe(decoded)
  })

  test.each([
    ['nothing', '', 0, 'nothing there'],
    ['a bit that no byte owns, of four (RFC 4648 3.5)', 'Zh==', 3, 'bits are set that no byte owns'],
    ['all bits that no byte owns, of four (RFC 4648 3.5)', 'Zv==', 3, 'bits are set that no byte owns'],
    ['a bit that no byte owns, of two (RFC 4648 3.5)', 'Zm9=', 3, 'bits are set that no byte owns'],
    ['missing padding (RFC 4648 3.2)', 'Zg', 2, 'not a multiple of four'],
    ['half of the padding (RFC 4648 3.2)', 'Zg=', 3, 'not a multiple of four'],
    ['more padding than there can be (RFC 4648 4)', 'Z===', 1, 'not in the alphabet'],
    ['padding behind whole groups (RFC 4648 4)', 'Zm9v====', 4, 'not in the alphabet'],
    ['padding alone', '====', 0, 'not in the alphabet'],
    ['padding inside, as two texts joined have it (RFC 4648 3.3)', 'Zg==Zg==', 2, 'not in the alphabet'],
    ['a character of the URL alphabet (RFC 4648 5)', 'Zm9-', 3, 'not in the alphabet'],
    ['the other character of the URL alphabet (RFC 4648 5)', 'Zm_v', 2, 'not in the alphabet'],
    ['a newline behind it (RFC 4648 3.1)', 'Zm9v\n', 4, 'not in the alphabet'],
    ['a space before it (RFC 4648 3.1)', ' Zm9v', 0, 'not in the alphabet'],
    ['a tab in it (RFC 4648 3.1)', 'Zm\t9v', 2, 'not in the alphabet'],
    ['a NUL behind it', 'Zm9v\0', 4, 'not in the alphabet'],
    ['a character whose low octet is a letter', 'AAA\u0141', 3, 'not in the alphabet'],
    ['a percent sign that was left in place', 'Zm9v%2B', 4, 'not in the alphabet'],
  ])('refuses %s', (_, text, offset, reason) => {
    expect(failureOf(decodeBase64(text))).toMatchObject({
      code: 'ERR_ENCODING_BASE64',
      offset,
      reason: expect.stringContaining(reason) as string,
    })
  })

  test('decodes what was encoded, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        const decoded = unwrap(decodeBase64(Buffer.from(bytes).toString('base64')))
        expect(Buffer.compare(decoded, bytes)).toBe(0)
      }),
    )
  })

  test('never accepts text outside the grammar, and never throws (RFC 4648 4)', () => {
    const grammar =
      /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)$/
    const character = fc.oneof(
      fc.constantFrom(...'AQgwZz09+/='.split('')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    )
    fc.assert(
      fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
        const text = characters.join('')
        expect(decodeBase64(text).ok).toBe(grammar.test(text))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each(['=', 'A', ' ', '\0', 'A=', '=A'])('stays linear on a million repetitions of %j', (piece) => {
    expect(() => decodeBase64(piece.repeat(1_000_000))).not.toThrow()
    expect(decodeBase64(`${piece.repeat(1_000_000)}!`).ok).toBe(false)
  })

  test('never repeats the text in the failure', () => {
    const failure = failureOf(decodeBase64('U0VDUkVU!'))
    expect(JSON.stringify(failure)).not.toContain('U0VDUkVU')
  })
})
