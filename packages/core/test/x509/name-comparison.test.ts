import { der, type NameInput } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import type { Name } from '../../src/x509/name.ts'
import { isSameName, nameKey, rdnKeys } from '../../src/x509/name-comparison.ts'
import { parsed, root } from './minted.ts'

const nameOf = (subject: NameInput): Name => parsed(root.issue({ subject })).subject

/** Both ways round, by name and by key: an index must not disagree with a comparison. */
function isSame(one: NameInput, other: NameInput): boolean {
  const [a, b] = [nameOf(one), nameOf(other)]
  const verdicts = [isSameName(a, b), isSameName(b, a), nameKey(a) === nameKey(b)]
  expect(new Set(verdicts).size).toBe(1)
  return verdicts[0] ?? false
}

const cn = (text: string) => ({ CN: { text, as: 'utf8' } }) as const

describe('names are the same (RFC 5280 7.1)', () => {
  test.each([
    ['whatever the case', 'Example CA', 'EXAMPLE ca'],
    ['whatever the case beyond ASCII', 'M\u00dcLLER', 'm\u00fcller'],
    ['whatever the case of a sharp s (RFC 3454 B.2)', 'Stra\u00dfe', 'STRASSE'],
    [
      'whatever the case of a sigma, last or not (RFC 3454 B.2)',
      '\u039f\u0394\u039f\u03a3',
      '\u03bf\u03b4\u03bf\u03c2',
    ],
    ['whatever the sigma (RFC 3454 B.2)', '\u03bf\u03b4\u03bf\u03c3', '\u03bf\u03b4\u03bf\u03c2'],
    ['whatever the case of a ligature (RFC 3454 B.2)', '\u0587', '\u0535\u0552'],
    ['with spaces around them', ' Example CA ', 'Example CA'],
    ['with more spaces between words', 'Example   CA', 'Example CA'],
    ['with a tab for a space (RFC 4518 2.2)', 'Example\tCA', 'Example CA'],
    ['with characters of no width (RFC 4518 2.2)', 'Exa\u200bmple\u00ad CA', 'Example CA'],
    ['composed and decomposed (RFC 4518 2.3)', 'Caf\u00e9', 'Cafe\u0301'],
    ['in compatibility forms (RFC 4518 2.3)', '\uff25xample', 'Example'],
  ])('%s', (_, one, other) => {
    expect(isSame(cn(one), cn(other))).toBe(true)
  })

  test.each(['printable', 'teletex', 'bmp', 'universal'] as const)('in another string type: %s', (as) => {
    expect(isSame(cn('Example CA'), { CN: { text: 'Example CA', as } })).toBe(true)
  })

  test('with the attributes of one RDN in another order', () => {
    expect(isSame([{ CN: 'a', O: 'b' }], [{ O: 'b', CN: 'a' }])).toBe(true)
  })

  test('where both are empty', () => {
    expect(isSame([], [])).toBe(true)
  })
})

describe('names are not the same (RFC 5280 7.1)', () => {
  test.each<[string, NameInput, NameInput]>([
    ['with another text', cn('Example CA'), cn('Example CB')],
    ['without the space', cn('Example CA'), cn('ExampleCA')],
    ['without the dot of an i (RFC 3454 B.2)', cn('\u0131'), cn('i')],
    ['with letters that merely look alike', cn('a'), cn('\u0430')],
    ['under another attribute', { CN: 'x' }, { O: 'x' }],
    ['with RDNs in another order', [{ CN: 'a' }, { O: 'b' }], [{ O: 'b' }, { CN: 'a' }]],
    ['with attributes in one RDN and in two', [{ CN: 'a', O: 'b' }], [{ CN: 'a' }, { O: 'b' }]],
    ['with one RDN more', [{ CN: 'a' }], [{ CN: 'a' }, { O: 'b' }]],
    ['with the same one twice', [{ CN: 'a' }], [{ CN: 'a' }, { CN: 'a' }]],
    ['where one is empty', [], { CN: 'a' }],
    ['as a string and as octets that read like it', cn('#020105'), { CN: der.integer(5) }],
    ['as values that are no strings, by their octets', { CN: der.integer(5) }, { CN: der.integer(6) }],
    ['where a value holds the separators of a key', cn('a\u0000\u0001b'), [{ CN: 'a' }, { CN: 'b' }]],
    ['where a value reads like an attribute', cn('a\u00012.5.4.10=b'), [{ CN: 'a', O: 'b' }]],
  ])('%s', (_, one, other) => {
    expect(isSame(one, other)).toBe(false)
  })

  // Each of them took the square of its length to prepare, or eighteen times its length in memory.
  test.each([
    [
      'more marks on one letter than text has, ordered as they are or not (UAX #15 section 13)',
      'e',
      '\u0316\u0301',
      16,
    ],
    ['half-width voice marks among them (UAX #15 section 13)', '\uff76', '\uff9e\u0301', 16],
  ])('with %s', (_, letter, marks, count) => {
    const [few, many] = [marks.repeat(15), marks.repeat(count)]
    const turned = (text: string) => Array.from(text).reverse().join('')
    expect(isSame(cn(letter + few), cn(letter + turned(few)))).toBe(true)
    expect(isSame(cn(letter + many), cn(letter + turned(many)))).toBe(false)
    expect(isSame(cn(letter + many), cn(letter + many))).toBe(true)
  })

  test('with compatibility forms that stand for many times their number (U+FDFA for 18 characters)', () => {
    const spelled = '\ufdfa'.normalize('NFKC')
    expect(isSame(cn('\ufdfa'), cn(spelled))).toBe(true)
    expect(isSame(cn('\ufdfa'.repeat(5)), cn(spelled.repeat(5)))).toBe(false)
    expect(isSame(cn('\ufdfa'.repeat(5)), cn('\ufdfa'.repeat(5)))).toBe(true)
  })

  test('as values that are no strings, unless their octets are the same', () => {
    expect(isSame({ CN: der.integer(5) }, { CN: der.integer(5) })).toBe(true)
  })
})

describe('the keys of a name', () => {
  test('are one for each RDN, in the order of the certificate: a prefix is a subtree (RFC 5280 4.2.1.10)', () => {
    const [whole, upper] = [
      nameOf([{ C: 'DE' }, { O: 'Example' }, { CN: 'alice' }]),
      nameOf([{ C: 'de' }, { O: 'EXAMPLE' }]),
    ]
    expect(rdnKeys(whole)).toHaveLength(3)
    expect(rdnKeys(whole).slice(0, 2)).toEqual(rdnKeys(upper))
  })

  test('are made once of each name, however long: a search compares it with many', () => {
    const name = nameOf(' Long  '.repeat(200))
    expect(rdnKeys(name)).toBe(rdnKeys(name))
  })

  test('stay right after more names than are kept, short and long', () => {
    const long = 'x'.repeat(600)
    const before = [nameKey(nameOf('first')), nameKey(nameOf(long))]
    const name = nameOf('0000')
    for (let index = 0; index < 1_100; index++) {
      const text = String(index).padStart(4, '0')
      const octets = Uint8Array.from(name.der)
      octets.set(Buffer.from(text), octets.length - 4)
      expect(nameKey({ ...name, der: octets })).toContain(text)
    }
    expect([nameKey(nameOf('FIRST')), nameKey(nameOf(long.toUpperCase()))]).toEqual(before)
  })
})
