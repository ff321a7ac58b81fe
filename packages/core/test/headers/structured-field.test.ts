import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS, MAX_CHAIN_CHARACTERS, MAX_CHAIN_ENTRIES } from '../../src/headers/header-format.ts'
import {
  decodeByteSequence,
  decodeByteSequences,
  encodeByteSequence,
  encodeByteSequences,
} from '../../src/headers/structured-field.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'

const FIELD = { proxy: 'rfc9440', header: 'client-cert' }
const item = (text: string) => decodeByteSequence(text, FIELD)
const list = (...lines: readonly string[]) => decodeByteSequences(lines, FIELD)
const words = (octets: readonly Uint8Array[]) => octets.map((each) => Buffer.from(each).toString())

describe('a Byte Sequence (RFC 9651 4.2.7)', () => {
  test.each([':aGVsbG8=:', ' :aGVsbG8=:', ':aGVsbG8=:   '])('is read, with spaces around it: %j', (text) => {
    expect(words([unwrap(item(text))])).toEqual(['hello'])
  })

  test.each([
    ['nothing', '', 0],
    ['spaces', '  ', 2],
    ['no colon before it', 'aGVsbG8=:', 0],
    ['no colon behind it', ':aGVsbG8=', 9],
    ['one colon', ':', 1],
    ['a tab before it', '\t:aGVsbG8=:', 0],
    ['a tab behind it', ':aGVsbG8=:\t', 10],
    ['a string', '"aGVsbG8="', 0],
    ['a token', 'aGVsbG8', 0],
    ['a parameter: RFC 9440 defines none', ':aGVsbG8=:;a', 10],
    ['another behind it: Client-Cert is no list (RFC 9440 2.2)', ':aGVsbG8=:, :aGVsbG8=:', 10],
    ['three colons', ':aGVsbG8=::', 10],
  ])('is refused with %s', (_, text, offset) => {
    expect(failureOf(item(text))).toMatchObject({ code: 'ERR_HEADERS_SYNTAX', what: FIELD.header, offset })
  })

  test.each([
    ['no padding, which 4.2.7 lets pass where a decoder cannot tell (client-certificate-auth #240)', ':aGVsbG8:'],
    ['bits that no octet owns', ':aGVsbG9=:'],
    ['the alphabet of URLs', ':_-__:'],
    ['a space', ':aGVs bG8=:'],
    ['a newline', ':aGVs\nbG8=:'],
    ['nothing in it', '::'],
    ['a placeholder', ':{http.request.tls.client.certificate_der_base64}:'],
  ])('is refused with %s', (_, text) => {
    expect(failureOf(item(text)).code).toBe('ERR_ENCODING_BASE64')
  })

  test('is looked at up to the limit and not past it', () => {
    const padded = (length: number) => `:aGVsbG8=:${' '.repeat(length - 10)}`
    expect(item(padded(MAX_CERTIFICATE_CHARACTERS)).ok).toBe(true)
    expect(failureOf(item(padded(MAX_CERTIFICATE_CHARACTERS + 1))).code).toBe('ERR_ENCODING_TOO_LARGE')
  })
})

describe('a List of Byte Sequences (RFC 9651 4.2.1)', () => {
  test.each([
    ['nothing', [''], []],
    ['no line', [], []],
    ['one', [':YQ==:'], ['a']],
    ['two', [':YQ==:, :Yg==:'], ['a', 'b']],
    ['any space around commas, or none', [':YQ==:,:Yg==: \t,\t :Yw==:  '], ['a', 'b', 'c']],
    ['several lines in their order (RFC 9440 2.3)', [':YQ==:', ':Yg==:, :Yw==:'], ['a', 'b', 'c']],
  ])('is read with %s', (_, lines, expected) => {
    expect(words(unwrap(list(...lines)))).toEqual(expected)
  })

  test.each([
    ['a comma at the end (4.2.1 step 3)', [':YQ==:,']],
    ['a comma at the beginning', [',:YQ==:']],
    ['nothing between commas', [':YQ==:,,:Yg==:']],
    ['an empty line between two', [':YQ==:', '', ':Yg==:']],
    ['a line that only ends a list', [':YQ==:', '']],
    ['no comma', [':YQ==: :Yg==:']],
    ['a parameter', [':YQ==:;a=1, :Yg==:']],
    ['an inner list', ['(:YQ==:)']],
    ['a comma alone', [',']],
  ])('is refused with %s', (_, lines) => {
    expect(failureOf(list(...lines)).code).toBe('ERR_HEADERS_SYNTAX')
  })

  test('is refused with an empty entry', () => {
    expect(failureOf(list(':YQ==:, ::')).code).toBe('ERR_ENCODING_BASE64')
  })

  test('has as many entries as are decoded, and not one more (client-certificate-auth #221)', () => {
    const of = (count: number) => Array.from({ length: count }, () => ':YQ==:').join(',')
    expect(unwrap(list(of(MAX_CHAIN_ENTRIES)))).toHaveLength(MAX_CHAIN_ENTRIES)
    expect(failureOf(list(of(MAX_CHAIN_ENTRIES + 1)))).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
      present: MAX_CHAIN_ENTRIES + 1,
      unit: 'certificates',
    })
  })

  test('is looked at up to the limit and not past it', () => {
    const padded = (length: number) => `:YQ==:${' '.repeat(length - 6)}`
    expect(list(padded(MAX_CHAIN_CHARACTERS)).ok).toBe(true)
    expect(failureOf(list(padded(MAX_CHAIN_CHARACTERS + 1))).code).toBe('ERR_ENCODING_TOO_LARGE')
  })
})

describe('octets', () => {
  const octets = fc.uint8Array({ minLength: 1, maxLength: 80 })

  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(octets, { minLength: 1, maxLength: MAX_CHAIN_ENTRIES }), (all) => {
        expect(unwrap(list(encodeByteSequences(all))).map((each) => [...each])).toEqual(all.map((each) => [...each]))
        expect([...unwrap(item(encodeByteSequence(all[0] ?? new Uint8Array())))]).toEqual([...(all[0] ?? [])])
      }),
    )
  })

  test('have one text: what is read would be written the same, but for space between items', () => {
    const piece = fc.constantFrom(':', 'YQ==', 'aGVs', ',', ' ', '\t', '=', 'a', ';', '"')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('')
        const read = list(text)
        if (read.ok) expect(text.replace(/[ \t]/g, '')).toBe(encodeByteSequences(read.value).replaceAll(' ', ''))
        const one = item(text)
        if (one.ok) expect(text.trim()).toBe(encodeByteSequence(one.value))
      }),
      { numRuns: 3_000 },
    )
  })
})
