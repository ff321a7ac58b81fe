import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeXfccField, parseXfcc } from '../../src/headers/xfcc.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'

const HEADER = { proxy: 'envoy', header: 'x-forwarded-client-cert' }
const parse = (text: string) => parseXfcc(text, HEADER)

describe('the grammar of X-Forwarded-Client-Cert', () => {
  test.each([
    ['one field', 'Hash=ab', [{ hash: 'ab' }]],
    ['keys in any case', 'HASH=ab;cErT="x";chain=y', [{ hash: 'ab', cert: 'x', chain: 'y' }]],
    ['a value in its own case', 'Hash=AbC', [{ hash: 'AbC' }]],
    ['By, URI and DNS any number of times', 'By=a;By=b;Hash=h;URI=c;URI=d;DNS=e;DNS=f', [{ hash: 'h' }]],
    ['a quoted By, URI or DNS', 'By="a,b";Hash=h;URI="c;d";DNS="e=f"', [{ hash: 'h' }]],
    [
      'empty values, as Envoy has them for no subject and no URI',
      'Hash=h;Subject="";URI=',
      [{ hash: 'h', subject: '' }],
    ],
    ['delimiters within quotes', 'Subject="CN=a,O=b;c"', [{ subject: 'CN=a,O=b;c' }]],
    ['an escaped quote', 'Subject="CN=a\\"b"', [{ subject: 'CN=a\\"b' }]],
    ['a backslash that escapes nothing', 'Subject="CN=a\\,b"', [{ subject: 'CN=a\\,b' }]],
    ['a URI with a query: the key ends at the first =', 'Hash=h;URI=https://a/?b=c', [{ hash: 'h' }]],
    ['several elements', 'Hash=a;URI=b,Hash=c,Hash=d;DNS=e', [{ hash: 'a' }, { hash: 'c' }, { hash: 'd' }]],
    [
      'space where two lines were joined (RFC 9110 5.3)',
      'Hash=a, Hash=b,\tHash=c',
      [{ hash: 'a' }, { hash: 'b' }, { hash: 'c' }],
    ],
    ['a semicolon at the end, as Azure Container Apps', 'Hash=a;Cert="x";', [{ hash: 'a', cert: 'x' }]],
  ])('reads %s', (_, text, elements) => {
    expect(unwrap(parse(text))).toEqual(elements)
  })

  test.each([
    ['no field', 'x', 0],
    ['no key', '=x', 0],
    ['an unknown key', 'Hash=a;Issuer=b', 7],
    ['a key with a space', 'Hash =a', 0],
    ['a key of a prototype', '__proto__=a', 0],
    ['a key longer than any, wherever the = is', `${'a'.repeat(99)}=`, 0],
    ['an empty element at the beginning', ',Hash=a', 0],
    ['an empty element between', 'Hash=a,,Hash=b', 7],
    ['an empty element at the end', 'Hash=a,', 7],
    ['an empty field', 'Hash=a;;URI=b', 7],
    ['a lone semicolon', ';', 0],
    ['a quoted value without end', 'Subject="a', 9],
    ['text behind a quoted value', 'Subject="a"b', 11],
    ['a quote within an unquoted value', 'URI=a"b"', 4],
    ['a quote that ends for one reader and not for another (two backslashes)', 'Subject="CN=a\\\\";URI=b', 9],
    ['the same with four', 'Subject="\\\\\\\\";Hash=a', 9],
  ])('refuses %s', (_, text, offset) => {
    expect(failureOf(parse(text))).toMatchObject({ code: 'ERR_HEADERS_SYNTAX', what: HEADER.header, offset })
  })

  test('reads three backslashes before a quote as every reader does: an escape', () => {
    expect(unwrap(parse('Subject="a\\\\\\";Hash=b";Hash=c'))).toEqual([{ subject: 'a\\\\\\";Hash=b', hash: 'c' }])
  })

  test.each(['Hash', 'Cert', 'Chain', 'Subject'])(
    'refuses %s twice in one element, not once in each of two (client-certificate-auth #229)',
    (key) => {
      expect(failureOf(parse(`${key}=a;${key.toLowerCase()}=a`))).toMatchObject({ code: 'ERR_HEADERS_SYNTAX' })
      expect(unwrap(parse(`${key}=a,${key}=a`))).toHaveLength(2)
    },
  )

  test.each([
    ['commas (client-certificate-auth #221)', ','],
    ['elements', 'By=,'],
    ['fields', 'URI=;'],
    ['quotes', '"'],
    ['escaped quotes', '\\"'],
    ['backslashes', '\\'],
    ['an open quote and escapes', 'By="\\"'],
    ['equals signs', '='],
    ['spaces behind a comma', 'By=, '],
  ])('takes as long as the text is, for %s', (_, piece) => {
    const text = piece.repeat(Math.floor(260_000 / piece.length))
    // Thirty times, so that quadratic work would not end within the time a test is given.
    for (let time = 0; time < 30; time++) expect(() => parse(`By="${text}`)).not.toThrow()
    for (let time = 0; time < 30; time++) expect(() => parse(text)).not.toThrow()
  })

  test('reads as many elements as certificates of a chain, and not one more (client-certificate-auth #221)', () => {
    expect(unwrap(parse(Array.from({ length: 64 }, () => 'By=x').join(',')))).toHaveLength(64)
    expect(failureOf(parse(Array.from({ length: 65 }, () => 'By=x').join(',')))).toMatchObject({
      code: 'ERR_HEADERS_SYNTAX',
      reason: 'more elements than there are proxies',
    })
  })

  test('never throws, and finds one element for each comma outside quotes at most', () => {
    const piece = fc.constantFrom('Hash=', 'Cert="', 'URI=', 'x', '"', '\\', ';', ',', '=', ' ')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('')
        const parsed = parse(text)
        if (parsed.ok) expect(parsed.value.length).toBeLessThanOrEqual(text.split(',').length)
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('a field that is encoded', () => {
  test.each([
    ['Subject', 'CN=a', 'Subject="CN=a"'],
    ['Subject', '', 'Subject=""'],
    ['URI', 'spiffe://a/b', 'URI=spiffe://a/b'],
    ['URI', 'https://a/?b=c', 'URI="https://a/?b=c"'],
    ['DNS', 'a.example', 'DNS=a.example'],
    ['URI', 'x"y', 'URI="x\\"y"'],
    ['URI', 'spiffe://x;Cert="evil"', 'URI="spiffe://x;Cert=\\"evil\\""'],
    ['URI', 'spiffe://x,Hash=00', 'URI="spiffe://x,Hash=00"'],
  ] as const)('%s %j is %j', (key, value, field) => {
    expect(encodeXfccField(key, value)).toBe(field)
  })

  test.each(['a\\', 'a\\"b', '\\\\'])('%j is left out, since readers would differ about it', (value) => {
    for (const key of ['Subject', 'URI', 'DNS'] as const) expect(encodeXfccField(key, value)).toBeNull()
  })

  test('never breaks out of its place, whatever a certificate says (envoy #32945)', () => {
    const hostile = fc.oneof(
      fc
        .array(fc.constantFrom('"', '\\', ';', ',', '=', 'Cert', 'Hash', 'a', ' '), { maxLength: 12 })
        .map((all) => all.join('')),
      fc.string({ maxLength: 12 }),
    )
    fc.assert(
      fc.property(fc.constantFrom('Subject', 'URI', 'DNS'), hostile, (key, value) => {
        const field = encodeXfccField(key, value)
        if (field === null) return
        const subject = key === 'Subject' ? { subject: field.slice('Subject="'.length, -1) } : {}
        expect(unwrap(parse(`Hash=h;${field};Cert=c`))).toEqual([{ hash: 'h', cert: 'c', ...subject }])
      }),
      { numRuns: 3_000 },
    )
  })
})
