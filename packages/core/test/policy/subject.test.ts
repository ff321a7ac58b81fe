import {
  ATTRIBUTE_TYPES,
  type AttributeType,
  type AttributeValue,
  der,
  type NameInput,
  type RdnInput,
} from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkPolicy } from '../../src/policy/check-policy.ts'
import { subject } from '../../src/policy/rules/subject.ts'
import { identityWith } from '../identity/identity.ts'
import { judged, thrownBy } from './judged.ts'

const REFUSED = 'ERR_POLICY_REFUSED'
const of = (name: NameInput) => identityWith({ subject: name, san: { dns: 'a.example' } })

describe('subject() allows exactly one distinguished name (RFC 8705 2.1.2)', () => {
  const alice = of({ C: 'GB', O: 'Example', CN: 'alice' })

  test('written most specific first (RFC 4514 2.1)', () => {
    expect(judged(alice, subject('CN=alice,O=Example,C=GB'))).toBe('allowed')
    expect(judged(alice, subject('C=GB,O=Example,CN=alice'))).toBe(REFUSED)
  })

  test.each([
    'CN=alice',
    'CN=alice,O=Example',
    'O=Example,C=GB',
    'CN=alice,O=Example,C=GB,DC=com',
    'CN=alice,OU=Ops,O=Example,C=GB',
    'CN=malice,O=Example,C=GB',
    'CN=alicex,O=Example,C=GB',
    'CN=Alice,O=Example,C=GB',
    'CN=alic.,O=Example,C=GB',
    'CN=*,O=Example,C=GB',
    'CN=alice+O=Example,C=GB',
    'CN=alice,O=Example,C=GB+O=Example',
    'UID=alice,O=Example,C=GB',
  ])('and not %s, which resembles it', (name) => {
    expect(judged(alice, subject(name))).toBe(REFUSED)
  })

  test('and not a name that is the general part of it, or that it is the general part of', () => {
    expect(judged(of({ C: 'GB' }), subject('O=Example,C=GB'))).toBe(REFUSED)
    expect(judged(of({ C: 'GB', O: 'Example' }), subject('C=GB'))).toBe(REFUSED)
  })

  test('and not an empty one, of which the refusal has nothing to show', () => {
    expect(checkPolicy(of({}), subject('CN=alice'))).toMatchObject({ code: REFUSED, presented: [] })
  })

  test('CN=foo is not CN=foobar, on either side', () => {
    expect(judged(of('foobar'), subject('CN=foo'))).toBe(REFUSED)
    expect(judged(of('foo'), subject('CN=foobar'))).toBe(REFUSED)
  })

  test('spaces around separators do not matter, those within a value do', () => {
    expect(judged(alice, subject(' CN = alice , O = Example , C = GB '))).toBe('allowed')
    expect(judged(alice, subject('CN=  alice,O=Example  ,C=GB'))).toBe('allowed')
    expect(judged(of('alice smith'), subject('CN=alice smith'))).toBe('allowed')
    expect(judged(of('alice  smith'), subject('CN=alice smith'))).toBe(REFUSED)
    expect(judged(of(' alice '), subject('CN= alice '))).toBe(REFUSED)
    expect(judged(of(' alice '), subject('CN=\\ alice\\ '))).toBe('allowed')
    expect(judged(of('alice\\'), subject('CN=alice\\\\ '))).toBe('allowed')
  })

  test('types by short name in any case, or by OID', () => {
    expect(judged(alice, subject('cn=alice,o=Example,c=GB'))).toBe('allowed')
    expect(judged(alice, subject('2.5.4.3=alice,2.5.4.10=Example,2.5.4.6=GB'))).toBe('allowed')
    expect(judged(of({ '1.3.6.1.4.1.32473.1': 'x' }), subject('1.3.6.1.4.1.32473.1=x'))).toBe('allowed')
    expect(judged(of({ '2.999.0': 'x' }), subject('2.999.0=x'))).toBe('allowed')
  })

  test('whatever the string type, but not another type of value', () => {
    for (const as of ['utf8', 'printable', 'bmp', 'teletex'] as const) {
      expect(judged(of({ CN: { text: 'alice', as } }), subject('CN=alice'))).toBe('allowed')
    }
    expect(judged(of({ CN: der.integer(5) }), subject('CN=5'))).toBe(REFUSED)
  })

  test('a comma in a value does not make two RDNs, nor the other way round', () => {
    const tricky = of('alice,O=Example')
    const plain = of({ O: 'Example', CN: 'alice' })
    expect(judged(tricky, subject('CN=alice,O=Example'))).toBe(REFUSED)
    expect(judged(tricky, subject('CN=alice\\,O=Example'))).toBe('allowed')
    expect(judged(plain, subject('CN=alice\\,O=Example'))).toBe(REFUSED)
    expect(judged(plain, subject('CN=alice,O=Example'))).toBe('allowed')
  })
})

describe('a value may be escaped (RFC 4514 2.4, 3)', () => {
  test.each([
    ['Zo\u00eb', 'CN=Zo\\C3\\AB'],
    ['Zo\u00eb', 'CN=Zo\u00eb'],
    ['a,b', 'CN=a\\2Cb'],
    ['a+b', 'CN=a\\+b'],
    ['a"b', 'CN=a\\"b'],
    ['a\\b', 'CN=a\\\\b'],
    ['a<b>c;d=e', 'CN=a\\<b\\>c\\;d\\=e'],
    ['a=b', 'CN=a=b'],
    ['#1', 'CN=\\#1'],
    ['a#', 'CN=a#'],
    ['a\0b', 'CN=a\\00b'],
    ['\\41', 'CN=\\\\41'],
    ['\u{1f600}', 'CN=\\f0\\9f\\98\\80'],
    ['', 'CN='],
  ])('%j is %s', (value, written) => {
    expect(judged(of(value), subject(written))).toBe('allowed')
  })

  test('or be # and the DER of the value, as openssl writes types it does not know', () => {
    const hex = Buffer.from(der.string('alice', 'utf8')).toString('hex')
    expect(judged(of('alice'), subject(`CN=#${hex}`))).toBe('allowed')
    expect(judged(of('alice'), subject(`CN= #${hex.toUpperCase()} `))).toBe('allowed')
    expect(judged(of({ CN: { text: 'alice', as: 'printable' } }), subject(`CN=#${hex}`))).toBe(REFUSED)
    expect(judged(of({ CN: der.integer(5) }), subject('CN=#020105'))).toBe('allowed')
    expect(judged(of('#020105'), subject('CN=#020105'))).toBe(REFUSED)
  })
})

test('a byte order mark is a character like any other, escaped or not', () => {
  for (const written of ['CN=\\EF\\BB\\BFalice', 'CN=\ufeffalice']) {
    expect(judged(of('\ufeffalice'), subject(written))).toBe('allowed')
    expect(judged(of('alice'), subject(written))).toBe(REFUSED)
  }
})

describe('an RDN of several attributes is a set', () => {
  const both = of([{ O: 'Example' }, { CN: 'alice', UID: '42' }])

  test('in any order, each of them and no other', () => {
    expect(judged(both, subject('CN=alice+UID=42,O=Example'))).toBe('allowed')
    expect(judged(both, subject('UID=42+CN=alice,O=Example'))).toBe('allowed')
    for (const name of [
      'CN=alice,O=Example',
      'UID=42,CN=alice,O=Example',
      'CN=alice+UID=42+OU=x,O=Example',
      'CN=alice+UID=43,O=Example',
    ]) {
      expect(judged(both, subject(name))).toBe(REFUSED)
    }
  })

  test('a repeated attribute does not stand for another', () => {
    const twoNames = of([
      [
        ['CN', 'alice'],
        ['CN', 'bob'],
      ],
    ])
    expect(judged(twoNames, subject('CN=alice+CN=bob'))).toBe('allowed')
    expect(judged(twoNames, subject('CN=alice+CN=alice'))).toBe(REFUSED)
    expect(judged(twoNames, subject('CN=alice'))).toBe(REFUSED)
    const twice = of([
      [
        ['CN', 'alice'],
        ['CN', 'alice'],
      ],
    ])
    expect(judged(twice, subject('CN=alice+CN=bob'))).toBe(REFUSED)
    expect(judged(twice, subject('CN=alice'))).toBe(REFUSED)
  })
})

describe('what is no distinguished name throws', () => {
  test.each([
    ['', 'ERR_CONFIG_EMPTY_RULE'],
    ['  ', 'ERR_CONFIG_EMPTY_RULE'],
    ['alice', 'ERR_CONFIG_VALUE'],
    ['CN=alice,', 'ERR_CONFIG_VALUE'],
    [',CN=alice', 'ERR_CONFIG_VALUE'],
    ['CN=alice,,O=x', 'ERR_CONFIG_VALUE'],
    ['CN=alice+', 'ERR_CONFIG_VALUE'],
    ['=alice', 'ERR_CONFIG_VALUE'],
    ['XX=alice', 'ERR_CONFIG_VALUE'],
    // No OID is written so (RFC 4512 1.4, X.660): the rule could allow nobody.
    ['x2.5.4.3=alice', 'ERR_CONFIG_VALUE'],
    ['2.5.4.3x=alice', 'ERR_CONFIG_VALUE'],
    ['2.5.4.=alice', 'ERR_CONFIG_VALUE'],
    ['2=alice', 'ERR_CONFIG_VALUE'],
    ['22.5.4.3=alice', 'ERR_CONFIG_VALUE'],
    ['3.5.4.3=alice', 'ERR_CONFIG_VALUE'],
    ['2.05.4.3=alice', 'ERR_CONFIG_VALUE'],
    ['CN=a"b', 'ERR_CONFIG_VALUE'],
    ['CN="alice"', 'ERR_CONFIG_VALUE'],
    ['CN=a;O=b', 'ERR_CONFIG_VALUE'],
    ['CN=a<b', 'ERR_CONFIG_VALUE'],
    ['CN=a\\', 'ERR_CONFIG_VALUE'],
    ['CN=a\\x', 'ERR_CONFIG_VALUE'],
    ['CN=a\\4', 'ERR_CONFIG_VALUE'],
    ['CN=\\C3\\28', 'ERR_CONFIG_VALUE'],
    ['CN=\\FF', 'ERR_CONFIG_VALUE'],
    ['CN=#', 'ERR_CONFIG_VALUE'],
    ['CN=#0', 'ERR_CONFIG_VALUE'],
    ['CN=#0g', 'ERR_CONFIG_VALUE'],
    ['CN=#000', 'ERR_CONFIG_VALUE'],
    ['CN=##00', 'ERR_CONFIG_VALUE'],
    ['/CN=alice/O=Example', 'ERR_CONFIG_VALUE'],
  ])('%j: %s', (name, code) => {
    expect(thrownBy(() => subject(name))).toMatch(new RegExp(`^${code} subject\\(\\): `))
  })

  test.each([
    ['', 'is empty. Give a name.'],
    ['CN=alice,', '"CN=alice,": no attribute at character 9. Write it as RFC 4514: CN=alice,O=Example.'],
    ['alice', '"alice": no attribute at character 0. Write it as RFC 4514: CN=alice,O=Example.'],
    [
      'XX=alice',
      '"XX=alice": "XX" is no attribute type that is known; write its OID. Write it as RFC 4514: CN=alice,O=Example.',
    ],
    ['CN="alice"', '"CN=\\"alice\\"": the value at character 3 is broken. Write it as RFC 4514: CN=alice,O=Example.'],
  ])('%j, and says what is wrong, where, and how to write it', (name, problem) => {
    expect(thrownBy(() => subject(name)).split(' subject(): ')[1]).toBe(problem)
  })

  test.each([[undefined], [null], [5], [{ CN: 'alice' }], [/CN=.*/]])('%s, which is no text', (value) => {
    expect(thrownBy(() => subject(value as never))).toMatch(
      /^ERR_CONFIG_TYPE subject\(\): is .+\. Give a name as a string\.$/,
    )
  })
})

describe('the text of any subject is a rule for it (round trip)', () => {
  const types = fc.constantFrom(...(Object.keys(ATTRIBUTE_TYPES) as AttributeType[]), '1.3.6.1.4.1.32473.1' as const)
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom(' ', '#', ',', '+', '"', '\\', '<', '>', ';', '=', '\0', '\n', '*', 'a'),
      maxLength: 8,
    }),
  )
  const value: fc.Arbitrary<AttributeValue> = fc.oneof(
    { weight: 8, arbitrary: text.map((each) => ({ text: each, as: 'utf8' as const })) },
    fc.constantFrom(der.integer(5), der.boolean(true), der.hex('1302c328'), der.hex('1601ff')),
  )
  const rdn: fc.Arbitrary<RdnInput> = fc.array(fc.tuple(types, value), { minLength: 1, maxLength: 3 })
  const names = fc.array(rdn, { minLength: 1, maxLength: 4 })

  test('and it allows the certificate it was taken from', () => {
    fc.assert(
      fc.property(names, (name) => {
        const identity = of(name)
        expect(judged(identity, subject(identity.subject))).toBe('allowed')
      }),
      { numRuns: 200 },
    )
  })

  test('and no other: two that are written alike are alike', () => {
    fc.assert(
      fc.property(names, names, (one, other) => {
        const [first, second] = [of(one), of(other)]
        const isAlike = judged(second, subject(first.subject)) === 'allowed'
        expect(isAlike).toBe(judged(first, subject(second.subject)) === 'allowed')
      }),
      { numRuns: 100 },
    )
  })
})
