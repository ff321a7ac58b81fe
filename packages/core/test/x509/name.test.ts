import { type AttributeValue, createAuthority, der, encodeName, type NameInput } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cursorOver } from '../../src/encoding/der.ts'
import { MAX_SHOWN } from '../../src/encoding/escape.ts'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { certificateRef } from '../../src/x509/certificate-ref.ts'
import {
  MAX_ATTRIBUTES,
  MAX_NAME_OCTETS,
  nameAttributes,
  nameToString,
  readName,
  showName,
} from '../../src/x509/name.ts'
import { derErrorOf, failureOf } from '../encoding/unwrap.ts'
import { parsed } from './minted.ts'

const root = createAuthority()
const nameOf = (name: NameInput) => readName(cursorOver(encodeName(name)))
const textOf = (name: NameInput) => nameToString(nameOf(name))
const attribute = (type: string, value: Uint8Array) => der.sequence(der.oid(type), value)
const CN = '2.5.4.3'
const named = (value: Uint8Array) => der.sequence(der.set(attribute(CN, value)))

describe('a name as text', () => {
  test.each([
    ['the most specific first', { C: 'GB', O: 'Example', CN: 'alice' }, 'CN=alice,O=Example,C=GB'],
    [
      'more than one attribute in one place',
      [{ O: 'Example' }, { CN: 'alice', UID: '42' }],
      'CN=alice+UID=42,O=Example',
    ],
    ['nothing', {}, ''],
    ['an empty value', { CN: '' }, 'CN='],
    [
      'the types that RFC 4514 section 3 and RFC 4519 name',
      {
        DC: 'test',
        C: 'GB',
        ST: 'Kent',
        L: 'Deal',
        street: '1 High St',
        O: 'o',
        OU: 'ou',
        UID: 'u',
        SN: 's',
        GN: 'g',
        title: 't',
        serialNumber: '7',
        emailAddress: 'a@b',
        CN: 'cn',
      },
      'CN=cn,emailAddress=a@b,serialNumber=7,title=t,GN=g,SN=s,UID=u,OU=ou,O=o,STREET=1 High St,L=Deal,ST=Kent,C=GB,DC=test',
    ],
    [
      'a type without a name as its identifier, its value readable all the same',
      { '1.3.6.1.4.1.32473.5': 'x' },
      '1.3.6.1.4.1.32473.5=x',
    ],
    ['every character that is special', { CN: ',+"\\<>;=' }, 'CN=\\,\\+\\"\\\\\\<\\>\\;\\='],
    ['a # in front, and not inside', { CN: '#a#b' }, 'CN=\\#a#b'],
    ['a space in front and one behind, and not inside', { CN: '  a b  ' }, 'CN=\\  a b \\ '],
    ['a space alone', { CN: ' ' }, 'CN=\\ '],
    ['a NUL', { CN: 'good\0evil' }, 'CN=good\\00evil'],
    ['what people are called', { CN: 'Zo\u00eb \u5f20\u4f1f' }, 'CN=Zo\u00eb \u5f20\u4f1f'],
    ['text that looks like another name', { CN: 'alice,O=Other' }, 'CN=alice\\,O\\=Other'],
    ['text that looks like octets', { CN: '#0c0161' }, 'CN=\\#0c0161'],
  ] as const)('has %s (RFC 4514 2)', (_, name, text) => {
    expect(textOf(name as NameInput)).toBe(text)
  })

  test.each([
    ['an octet above 7F in a PrintableString', der.hex('13 01 eb'), '#1301eb'],
    ['a BIT STRING', der.bitString(der.hex('a5')), '#030200a5'],
    ['a SEQUENCE', der.sequence(der.string('a', 'utf8')), '#30030c0161'],
  ])('is # and the DER where the value is no text: %s (RFC 4514 2.4)', (_, value, text) => {
    expect(textOf({ CN: value })).toBe(`CN=${text}`)
    expect(nameAttributes(nameOf({ CN: value }))).toMatchObject([[{ oid: CN, value: null }]])
  })

  test.each(['utf8', 'bmp', 'universal', 'teletex'] as const)('is the same whatever the type of string: %s', (as) => {
    expect(textOf({ CN: { text: 'Zo\u00eb', as } })).toBe('CN=Zo\u00eb')
  })

  test.each(['printable', 'ia5', 'visible', 'numeric'] as const)(
    'is the same whatever the type of string: %s',
    (as) => {
      expect(textOf({ CN: { text: '007', as } })).toBe('CN=007')
    },
  )

  test('differs whenever a type or a value differs', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab,+=\\# "0C\0'.split('')), maxLength: 5 })
    const value: fc.Arbitrary<AttributeValue> = fc.oneof(
      text,
      fc.uint8Array({ maxLength: 3 }).map((octets) => der.bitString(octets)),
    )
    const type = fc.constantFrom('CN', 'O', '1.2.3')
    const rdn = fc.uniqueArray(fc.tuple(type, value), { minLength: 1, maxLength: 2, selector: ([name]) => name })
    const exact = (input: NameInput) =>
      JSON.stringify(nameAttributes(nameOf(input)), (_, part: unknown) =>
        part instanceof Uint8Array ? [...part] : part,
      )
    const name = fc.array(rdn, { maxLength: 3 }) as fc.Arbitrary<NameInput>
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(textOf(one) === textOf(other)).toBe(exact(one) === exact(other))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the structure of a name', () => {
  test('is spelled out in the order of the certificate', () => {
    const attributes = nameAttributes(nameOf([{ O: 'Example' }, { CN: 'alice', UID: '42' }]))
    expect(attributes.map((rdn) => rdn.map(({ oid, value }) => [oid, value]))).toEqual([
      [['2.5.4.10', 'Example']],
      [
        [CN, 'alice'],
        ['0.9.2342.19200300.100.1.1', '42'],
      ],
    ])
  })

  test('counts each SET out of order, and only those (X.690 11.6)', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((text) => attribute(CN, der.string(text, 'utf8'))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const unsorted = (...sets: readonly Uint8Array[]) => nameOf(der.sequence(...sets)).unsorted
    expect(unsorted(der.set(a, b, c), der.set(a))).toBe(0)
    expect(unsorted(der.set(a, a))).toBe(0)
    expect(unsorted(der.set(b, a, c))).toBe(1)
    expect(unsorted(der.set(c, b, a))).toBe(2)
    expect(unsorted(der.set(b, a), der.set(c, a))).toBe(2)
    expect(textOf(der.sequence(der.set(b, a)))).toBe('CN=b+CN=a')
  })

  test.each([
    ['an RDN without attributes', der.sequence(der.set())],
    ['an RDN that is a SEQUENCE', der.sequence(der.sequence(attribute(CN, der.string('a', 'utf8'))))],
    ['an attribute that is a SET', der.sequence(der.set(der.set(der.oid(CN), der.string('a', 'utf8'))))],
    ['a type without a value', der.sequence(der.set(der.sequence(der.oid(CN))))],
    ['two values', der.sequence(der.set(der.sequence(der.oid(CN), der.nullValue(), der.nullValue())))],
    ['a value of indefinite length', der.sequence(der.set(der.sequence(der.oid(CN), der.hex('2c 80 00 00'))))],
    ['a value longer than its attribute', der.sequence(der.set(der.sequence(der.oid(CN), der.hex('0c 05 61'))))],
    ['a set', der.set()],
    ['a UTF8String that is no UTF-8', named(der.hex('0c 02 c3 28'))],
    ['a UTF8String with half a surrogate pair', named(der.hex('0c 03 ed a0 80'))],
    ['a BMPString of an odd length', named(der.hex('1e 03 00 61 00'))],
    ['a BMPString with half a character', named(der.hex('1e 02 d8 3d'))],
    ['a string in pieces', named(der.hex('2c 03 0c 01 61'))],
    ['a value whose inside is no DER', named(der.hex('30 02 0c 05'))],
    ['a value of a context', named(der.hex('8c 01 61'))],
    ['a value of an application', named(der.hex('4c 01 61'))],
    ['a UniversalString of three octets', named(der.hex('1c 03 00 00 61'))],
    ['a UniversalString beyond Unicode', named(der.hex('1c 04 00 11 00 00'))],
  ])('is refused with %s (RFC 5280 4.1.2.4)', (_, name) => {
    derErrorOf(() => nameOf(name))
  })

  test('has attributes up to the limit and not past it, in however many places', () => {
    const some = (count: number) => Array.from({ length: count }, (_, arc) => attribute(`1.3.${arc}`, der.nullValue()))
    const spread = (count: number) => nameOf(der.sequence(...some(count).map((each) => der.set(each))))
    const together = (count: number) => nameOf(der.sequence(der.set(...some(count))))
    for (const name of [spread, together]) {
      expect(nameAttributes(name(MAX_ATTRIBUTES)).flat()).toHaveLength(MAX_ATTRIBUTES)
      expect(derErrorOf(() => name(MAX_ATTRIBUTES + 1)).reason).toBe(`more than ${MAX_ATTRIBUTES} attributes`)
    }
  })

  test('has octets up to the limit and not past it', () => {
    const long = (count: number) => nameOf({ CN: 'x'.repeat(count) })
    const framing = long(1_000).der.length - 1_000
    expect(long(MAX_NAME_OCTETS - framing).der).toHaveLength(MAX_NAME_OCTETS)
    expect(derErrorOf(() => long(MAX_NAME_OCTETS - framing + 1)).reason).toBe(
      `name of more than ${MAX_NAME_OCTETS} octets`,
    )
  })

  // What was read once is spelled out later, in messages too: there a fault would leave the verifier as an exception.
  test.each([
    ['a padded arc', '8001'],
    ['an end inside an arc', '5584'],
    ['no octets', ''],
    ['65 octets', `2a${'01'.repeat(64)}`],
  ])('is refused in subject, issuer and alternative name with a type of %s (X.690 8.19)', (_, octets) => {
    const type = der.hex(octets)
    const value = der.string('x', 'utf8')
    const name = der.sequence(der.set(der.sequence(der.concat(Uint8Array.of(0x06, type.length), type), value)))
    const { der: bySubject } = root.issue({ subject: name }).certificate
    expect(failureOf(parseCertificate(bySubject))).toMatchObject({ code: 'ERR_X509_MALFORMED', field: 'subject' })
    const { der: byIssuer } = root.issue({ issuerName: name }).certificate
    expect(failureOf(parseCertificate(byIssuer))).toMatchObject({ code: 'ERR_X509_MALFORMED', field: 'issuer' })
    const { der: byAlternative } = root.issue({ san: { directoryName: name } }).certificate
    expect(failureOf(parseCertificate(byAlternative))).toMatchObject({
      code: 'ERR_X509_EXTENSION_MALFORMED',
      extension: 'subjectAltName',
    })
  })

  test('never lets through what cannot be spelled out later', () => {
    const octets = fc.uint8Array({ maxLength: 6 })
    const name = fc
      .tuple(octets, fc.nat(0x3f), octets)
      .map(([type, tag, value]) =>
        der.sequence(
          der.set(der.sequence(Uint8Array.of(0x06, type.length, ...type), Uint8Array.of(tag, value.length, ...value))),
        ),
      )
    fc.assert(
      fc.property(name, (bytes) => {
        let read: ReturnType<typeof readName>
        try {
          read = readName(cursorOver(bytes))
        } catch {
          derErrorOf(() => readName(cursorOver(bytes)))
          return
        }
        expect(nameToString(read)).toMatch(/^[^=]+=/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a name in a log', () => {
  test('is escaped and capped', () => {
    expect(showName(nameOf({ CN: 'alice' }))).toBe('CN=alice')
    expect(showName(nameOf({}))).toBe('(empty name)')
    expect(showName(nameOf({ CN: '\x1b[31m\nroot\u202e' }))).toBe('CN=\\u{1b}[31m\\u{a}root\\u{202e}')
    expect(showName(nameOf({ CN: '\u{e0041}'.repeat(500) })).length).toBeLessThanOrEqual(MAX_SHOWN)
  })

  test('stands beside serial and fingerprint of its certificate, each capped', () => {
    const minted = root.issue({ subject: 'alice', serialNumber: 0x80n })
    const ref = certificateRef(parsed(minted), 2)
    expect(ref).toEqual({
      position: 2,
      subject: 'CN=alice',
      serial: '0080',
      fingerprint: minted.certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    })
    expect(Object.isFrozen(ref)).toBe(true)
    const long = parsed(
      root.issue({ serialNumber: new Uint8Array(1_000).fill(0x11), subject: { CN: 'a'.repeat(1_000) } }),
    )
    expect(certificateRef(long, 0).serial).toBe('11'.repeat(32))
    expect(certificateRef(long, 0).subject).toHaveLength(MAX_SHOWN)
  })

  test('has the place that was asked for, though the rest is remembered', () => {
    const certificate = parsed(root.issue())
    expect(certificateRef(certificate, 0)).toMatchObject({ ...certificateRef(certificate, 7), position: 0 })
    expect(certificateRef(certificate, 7).position).toBe(7)
  })
})
