import {
  type Attributes,
  der,
  EXTENSIONS,
  encodeGeneralNames,
  encodeName,
  type GeneralNamesInput,
} from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_ITEMS } from '../../src/x509/extensions.ts'
import { formatAddress } from '../../src/x509/general-name.ts'
import { nameToString } from '../../src/x509/name.ts'
import { parsed, refusal, root } from './minted.ts'

const namesOf = (san: GeneralNamesInput | readonly GeneralNamesInput[]) =>
  parsed(root.issue({ san })).extensions.subjectAltName ?? []
const refused = (san: GeneralNamesInput) => refusal(root.issue({ san }))
const implicit = (number: number, text: string) => der.implicitPrimitive(number, Buffer.from(text, 'latin1'))

describe('a subject alternative name', () => {
  test('keeps its type: a URI that reads like a host is none (RFC 5280 4.2.1.6, CVE-2021-44531)', () => {
    expect(namesOf([{ uri: 'admin.example' }, { dns: 'a.example', email: 'a@example' }, { dns: 'b.example' }])).toEqual(
      [
        { type: 'uri', value: 'admin.example' },
        { type: 'dns', value: 'a.example' },
        { type: 'email', value: 'a@example' },
        { type: 'dns', value: 'b.example' },
      ],
    )
  })

  test.each(['dns', 'email', 'uri'] as const)('is text that nobody has to look at twice: %s', (type) => {
    const good = 'Spiffe://x/%41 ~*'
    expect(namesOf({ [type]: good })).toEqual([{ type, value: good }])
    const reasons = (text: string) => refused({ raw: implicit({ email: 1, dns: 2, uri: 6 }[type], text) })
    for (const [text, reason] of [
      ['good.example\0.evil.example', 'control character in a name'], // CVE-2009-2408
      ['good.example\n', 'control character in a name'],
      ['\x1b[2Jgood.example', 'control character in a name'],
      ['good.example\x7f', 'control character in a name'],
      ['z\u00fcrich.example', 'IA5String with octets above 7F'],
      ['\xff', 'IA5String with octets above 7F'],
      ['', 'empty name'],
    ] as const) {
      expect(reasons(text)).toMatchObject({ code: 'ERR_X509_EXTENSION_MALFORMED', extension: 'subjectAltName', reason })
    }
  })

  test('is an address of 4 or 16 octets, no range of addresses (RFC 5280 4.2.1.6)', () => {
    expect(namesOf({ ip: ['192.0.2.7', '2001:db8::7'] })).toEqual([
      { type: 'ip', value: '192.0.2.7', octets: expect.objectContaining({ length: 4 }) as Uint8Array },
      { type: 'ip', value: '2001:db8::7', octets: expect.objectContaining({ length: 16 }) as Uint8Array },
    ])
    for (const length of [0, 3, 5, 8, 15, 17, 32]) {
      expect(refused({ ip: new Uint8Array(length) })).toMatchObject({ reason: 'iPAddress of neither 4 nor 16 octets' })
    }
  })

  test('is a whole directory name', () => {
    const [name] = namesOf({ directoryName: { O: 'Example', CN: 'alice' } satisfies Attributes })
    if (name?.type !== 'directoryName') throw new Error('no directoryName')
    expect(nameToString(name.value)).toBe('CN=alice,O=Example')
    const tagged = (...content: readonly Uint8Array[]) => refused({ raw: der.explicit(4, ...content) })
    expect(tagged(encodeName('a'), encodeName('b'))).toMatchObject({ reason: 'directoryName with trailing bytes' })
    expect(tagged().code).toBe('ERR_X509_EXTENSION_MALFORMED')
    expect(tagged(der.set()).code).toBe('ERR_X509_EXTENSION_MALFORMED')
    // The tag of a CHOICE is explicit (X.680 31.2.7).
    expect(tagged(der.set(der.sequence(der.oid('2.5.4.3'), der.string('a', 'utf8')))).code).toBe(
      'ERR_X509_EXTENSION_MALFORMED',
    )
  })

  test('is a registered identifier', () => {
    expect(namesOf({ rid: '1.3.6.1.4.1.32473.2' })).toEqual([{ type: 'registeredId', value: '1.3.6.1.4.1.32473.2' }])
    expect(refused({ raw: der.implicitPrimitive(8, der.hex('2a 80 01')) })).toMatchObject({
      reason: 'OID arc is padded',
    })
    expect(refused({ raw: der.implicitPrimitive(8, new Uint8Array()) })).toMatchObject({
      reason: 'OID is empty or too long',
    })
  })

  test('is another name by its type, with one value in context 0', () => {
    const upn = { type: '1.3.6.1.4.1.311.20.2.3', value: der.string('alice@corp.example', 'utf8') }
    const raw = encodeGeneralNames({ otherName: upn })
    expect(namesOf({ otherName: upn })).toEqual([
      { type: 'otherName', oid: upn.type, der: expect.objectContaining({ length: raw[0]?.length }) as Uint8Array },
    ])
    const type = der.oid(upn.type)
    for (const content of [
      [],
      [upn.value],
      [type],
      [type, upn.value],
      [type, der.explicit(0)],
      [type, der.explicit(1, upn.value)],
      [type, der.explicit(0, upn.value, upn.value)],
      [type, der.explicit(0, upn.value), der.nullValue()],
      [type, der.explicit(0, der.hex('30 80 00 00'))],
      [der.hex('06 02 80 01'), der.explicit(0, upn.value)],
    ]) {
      expect(refused({ raw: der.explicit(0, ...content) }).code).toBe('ERR_X509_EXTENSION_MALFORMED')
    }
  })

  test('is kept as it is where nobody reads it: x400Address, ediPartyName', () => {
    const edi = der.explicit(5, der.explicit(1, der.string('party', 'utf8')))
    const x400 = der.explicit(3, der.sequence())
    expect(namesOf({ raw: [x400, edi] }).map(({ type }) => type)).toEqual(['x400Address', 'ediPartyName'])
    expect(refused({ raw: der.explicit(5, der.hex('0c 05 61')) }).code).toBe('ERR_X509_EXTENSION_MALFORMED')
  })

  test('is refused where an EDI party has no name, two assigners, or a name outside its tag', () => {
    const text = der.string('party', 'utf8')
    const [assigner, party] = [der.explicit(0, text), der.explicit(1, text)]
    expect(namesOf({ raw: der.explicit(5, assigner, party) })).toMatchObject([{ type: 'ediPartyName' }])
    for (const content of [
      [],
      [assigner],
      [assigner, assigner, party],
      [party, party],
      [der.explicit(1)],
      [der.explicit(1, text, text)],
      [text],
      [der.sequence(party)],
    ]) {
      expect(refused({ raw: der.explicit(5, ...content) }).code).toBe('ERR_X509_EXTENSION_MALFORMED')
    }
  })

  test.each([
    ['context 9, which is none', der.implicitPrimitive(9, Buffer.from('a'))],
    ['a host in constructed form', der.explicit(2, der.string('a.example', 'ia5'))],
    ['a host under a universal tag', der.string('a.example', 'ia5')],
    ['a directory name in primitive form', der.implicitPrimitive(4, encodeName('a'))],
    ['another name in primitive form', der.implicitPrimitive(0, new Uint8Array(4))],
  ])('is refused: %s (RFC 5280 4.2.1.6)', (_, raw) => {
    expect(refused({ raw })).toMatchObject({ code: 'ERR_X509_EXTENSION_MALFORMED', reason: 'not a GeneralName' })
  })

  test('is one of many, up to the limit and not past it', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `h${index}.example`)
    expect(namesOf({ dns: many(MAX_ITEMS) })).toHaveLength(MAX_ITEMS)
    expect(refused({ dns: many(MAX_ITEMS + 1) })).toMatchObject({ reason: `more than ${MAX_ITEMS} items` })
  })

  test('in the issuer alternative name decides nothing and is not read', () => {
    const value = der.sequence(implicit(2, ''))
    const minted = root.issue({ extensions: [{ oid: EXTENSIONS.issuerAltName, value }] })
    expect(parsed(minted).extensions.subjectAltName).toBeNull()
  })
})

describe('an address as text', () => {
  test.each([
    ['00000000', '0.0.0.0'],
    ['ffffffff', '255.255.255.255'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['00010000000000000000000000000000', '1::'],
    // One group of zeros is written out; of equal runs the first is cut.
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['00000000000000000000ffffc0000201', '::ffff:c000:201'],
    ['20010db8aaaabbbbccccddddeeee0001', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
  ])('is written as RFC 5952 section 4 has it: %s is %s', (octets, text) => {
    expect(formatAddress(der.hex(octets))).toBe(text)
  })

  test('is what the URL standard makes of the same address', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 0xab, 0xff), { minLength: 16, maxLength: 16 }), (octets) => {
        const groups = Array.from(
          { length: 8 },
          (_, index) => ((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0),
        )
        const { hostname } = new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`)
        expect(`[${formatAddress(Uint8Array.from(octets))}]`).toBe(hostname)
      }),
      { numRuns: 1_000 },
    )
  })
})
