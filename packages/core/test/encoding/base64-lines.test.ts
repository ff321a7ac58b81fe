import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64Lines } from '../../src/encoding/base64-lines.ts'
import { atOnce } from '../../src/slices.ts'
import { failureOf, unwrap } from './unwrap.ts'

const decode = (text: string, from = 0, to = text.length) =>
  atOnce(decodeBase64Lines(Buffer.from(text, 'latin1'), from, to))
const decoded = (text: string) => Buffer.from(unwrap(decode(text))).toString('latin1')
const refusal = (text: string) => failureOf(decode(text))

/** More than one slice, and more than is copied between two pauses. */
const LONG = 'any octets '.repeat(60_000)

describe('base64 is decoded (RFC 4648 section 4)', () => {
  test.each(['f', 'fo', 'foo', 'foob', 'fooba', 'foobar'])('the test vector of %j (section 10)', (text) => {
    expect(decoded(Buffer.from(text).toString('base64'))).toBe(text)
  })

  test('of every octet, with white space anywhere (property)', () => {
    const space = fc.constantFrom('', '', '', '\n', '\r\n', ' ', '\t')
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.infiniteStream(space), (octets, spaces) => {
        const text = Array.from(Buffer.from(octets).toString('base64'))
          .map((each) => each + spaces.next().value)
          .join('')
        expect(Buffer.compare(unwrap(decode(text)), octets)).toBe(0)
      }),
    )
  })

  test.each([1, 2, 3, 4, 5, 64, 76, 16_383, 16_384, 16_385])('of many slices, in lines of %d', (width) => {
    const base64 = Buffer.from(LONG, 'latin1').toString('base64')
    expect(decoded(base64.replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n'))).toBe(LONG)
  })

  test('from here to there, and nothing around it', () => {
    expect(Buffer.from(unwrap(decode('AAAAZm9vAAAA', 4, 8))).toString()).toBe('foo')
  })

  test('into no more memory than a twenty-fourth beyond it, however it is broken into lines', () => {
    const base64 = Buffer.from(LONG, 'latin1').toString('base64')
    for (const end of ['\n', '\r\n', '\n\n\n', ' '.repeat(64)]) {
      const octets = unwrap(decode(base64.replace(/.{64}/g, `$&${end}`)))
      expect(octets.buffer.byteLength).toBeLessThanOrEqual(octets.length * 1.05)
    }
  })
})

describe('what is not canonical is refused', () => {
  test.each([
    ['nothing', '', 'nothing there'],
    ['white space', ' \n', 'nothing there'],
    ['a foreign character', 'Zm9v*m9v', 'not in the alphabet, or padding before the end'],
    ['the alphabet of section 5', 'Zm9v-_9v', 'not in the alphabet, or padding before the end'],
    ['an octet beyond ASCII', 'Zm9v\u00e9m9v', 'not in the alphabet, or padding before the end'],
    ['padding before the end', 'Zg==Zm9v', 'not in the alphabet, or padding before the end'],
    ['one character too many', 'Zm9vZ', 'length is not a multiple of four'],
    ['no padding', 'Zm8', 'length is not a multiple of four'],
    ['half of the padding', 'Zg=', 'length is not a multiple of four'],
    ['too much padding', 'Zm8==', 'length is not a multiple of four'],
    ['padding of nothing', 'Zm9v====', 'length is not a multiple of four'],
    ['padding alone', '=', 'length is not a multiple of four'],
    ['three of padding', 'Z===', 'length is not a multiple of four'],
    ['bits that no octet owns, before ==', 'Zh==', 'bits are set that no byte owns'],
    ['bits that no octet owns, before =', 'Zm9=', 'bits are set that no byte owns'],
  ])('%s', (_, text, reason) => {
    expect(refusal(text)).toMatchObject({ code: 'ERR_ENCODING_BASE64', reason })
  })

  test('where it is wrong, in a later slice as well', () => {
    expect(refusal('Zm9v*')).toMatchObject({ offset: 4 })
    expect(refusal(`${'A'.repeat(40_000)}\n*AAA`)).toMatchObject({ offset: 40_001 })
  })

  test('exactly what strict decoding of the text without its white space refuses (property)', () => {
    const character = fc.constantFrom(...Array.from('AZaz09+/==*\n -'))
    fc.assert(
      fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
        const text = characters.join('')
        const bare = text.replace(/[\n ]/g, '')
        const isCanonical = bare !== '' && Buffer.from(bare, 'base64').toString('base64') === bare
        expect(decode(text).ok).toBe(isCanonical)
      }),
      { numRuns: 5_000 },
    )
  })
})

test('pauses within whatever is long: characters, and white space behind the padding', () => {
  const pausesOf = (text: string): number => {
    const work = decodeBase64Lines(Buffer.from(text), 0, text.length)
    let pauses = 0
    while (!work.next().done) pauses++
    return pauses
  }
  expect(pausesOf('Zm9v'.repeat(100_000))).toBeGreaterThan(20)
  expect(pausesOf(`Zg==${' '.repeat(400_000)}`)).toBeGreaterThan(20)
})
