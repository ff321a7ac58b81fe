import { der, EXTENSIONS, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { EXTENSION_DECODERS, KEY_USAGES, MAX_PURPOSES } from '../../src/x509/extensions.ts'
import { parsed, refusal, root } from './minted.ts'

/** Two kinds of names for the same extensions: ours, by field, and their OIDs. */
const OID_OF = {
  basicConstraints: EXTENSIONS.basicConstraints,
  keyUsage: EXTENSIONS.keyUsage,
  extendedKeyUsage: EXTENSIONS.extKeyUsage,
  subjectAltName: EXTENSIONS.subjectAltName,
  authorityKeyIdentifier: EXTENSIONS.authorityKeyIdentifier,
  subjectKeyIdentifier: EXTENSIONS.subjectKeyIdentifier,
} as const

const having = (field: keyof typeof OID_OF, value: Uint8Array) =>
  root.issue({ extensions: [{ oid: OID_OF[field], value }] })

describe('an extension that decides about trust or identity', () => {
  test('is null where it is absent', () => {
    const { all, ...decoded } = parsed(root.issue({ without: Object.values(EXTENSIONS) })).extensions
    expect(all).toEqual([])
    expect(decoded).toEqual(Object.fromEntries(Object.keys(EXTENSION_DECODERS).map((field) => [field, null])))
  })

  test.each([
    ['basicConstraints', 'a trailing element', der.concat(der.sequence(), der.nullValue())],
    ['basicConstraints', 'no SEQUENCE', der.boolean(true)],
    ['basicConstraints', 'nothing', new Uint8Array()],
    ['basicConstraints', 'a negative path length', der.sequence(der.boolean(true), der.integer(-1))],
    ['basicConstraints', 'a path length beyond 31 bits', der.sequence(der.boolean(true), der.integer(2n ** 31n))],
    ['basicConstraints', 'a padded path length', der.sequence(der.boolean(true), der.integer(der.hex('00 01')))],
    ['basicConstraints', 'the path length before cA', der.sequence(der.integer(0), der.boolean(true))],
    ['basicConstraints', 'two path lengths', der.sequence(der.boolean(true), der.integer(0), der.integer(0))],
    ['basicConstraints', 'cA twice', der.sequence(der.boolean(true), der.boolean(true))],
    ['basicConstraints', 'a cA of 01 (X.690 11.1)', der.sequence(der.hex('01 01 01'))],
    ['keyUsage', 'no bit set (RFC 5280 4.2.1.3)', der.bitString(new Uint8Array())],
    ['keyUsage', 'only zero bits (RFC 5280 4.2.1.3)', der.bitString(der.hex('00'), 1)],
    ['keyUsage', 'a tenth bit', der.bitString(der.hex('80 40'), 6)],
    ['keyUsage', 'a bit far behind', der.bitString(der.concat(der.hex('80'), new Uint8Array(200), der.hex('01')))],
    ['keyUsage', 'unused bits set (X.690 11.2.1)', der.bitString(der.hex('81'), 7)],
    ['keyUsage', 'a SEQUENCE', der.sequence(der.bitString(der.hex('80'), 7))],
    ['keyUsage', 'something behind', der.concat(der.bitString(der.hex('80'), 7), der.nullValue())],
    ['extendedKeyUsage', 'no purpose (RFC 5280 4.2.1.12)', der.sequence()],
    ['extendedKeyUsage', 'one purpose without its SEQUENCE', der.oid('1.3.6.1.5.5.7.3.2')],
    ['extendedKeyUsage', 'a purpose by name', der.sequence(der.string('clientAuth', 'ia5'))],
    ['extendedKeyUsage', 'a purpose with a padded arc', der.sequence(der.hex('06 03 2b 80 06'))],
    ['extendedKeyUsage', 'something behind', der.concat(der.sequence(der.oid('1.3.6.1.5.5.7.3.2')), der.nullValue())],
    ['subjectAltName', 'no name (RFC 5280 4.2.1.6)', der.sequence()],
    ['subjectAltName', 'a name without its SEQUENCE', der.implicitPrimitive(2, Buffer.from('a.example'))],
    [
      'subjectAltName',
      'something behind',
      der.concat(der.sequence(der.implicitPrimitive(2, Buffer.from('a.example'))), der.nullValue()),
    ],
    ['authorityKeyIdentifier', 'an OCTET STRING', der.octetString(new Uint8Array(20))],
    ['authorityKeyIdentifier', 'an unknown member', der.sequence(der.implicitPrimitive(3, new Uint8Array(20)))],
    [
      'authorityKeyIdentifier',
      'the identifier twice',
      der.sequence(der.implicitPrimitive(0, new Uint8Array(20)), der.implicitPrimitive(0, new Uint8Array(20))),
    ],
    [
      'authorityKeyIdentifier',
      'members in another order',
      der.sequence(der.implicitPrimitive(2, der.hex('01')), der.implicitPrimitive(0, new Uint8Array(20))),
    ],
    ['subjectKeyIdentifier', 'its octets without an OCTET STRING', new Uint8Array(20)],
    ['subjectKeyIdentifier', 'something behind', der.concat(der.octetString(new Uint8Array(20)), der.nullValue())],
  ] as const)('is refused by name: %s with %s', (field, _, value) => {
    expect(refusal(having(field, value))).toMatchObject({
      code: 'ERR_X509_EXTENSION_MALFORMED',
      oid: OID_OF[field],
      extension: field,
    })
  })

  test('is refused with the place of the fault, counted from the first octet of the certificate', () => {
    const fault = der.hex('01 01 01')
    const minted = having('basicConstraints', der.sequence(fault))
    const failure = refusal(minted)
    if (failure.code !== 'ERR_X509_EXTENSION_MALFORMED') throw new Error(failure.code)
    expect(Buffer.from(minted.certificate.der).indexOf(fault)).toBe(failure.offset - 2)
    const larger = Buffer.concat([Buffer.alloc(11), minted.certificate.der])
    expect(refusal({ certificate: { ...minted.certificate, der: larger.subarray(11) } })).toMatchObject({
      offset: failure.offset,
    })
  })

  test('is read whether critical or not', () => {
    for (const critical of [true, false]) {
      const minted = root.issue({ extensions: [extension.extKeyUsage(['clientAuth'], { critical })] })
      expect(parsed(minted).extensions.all.find(({ oid }) => oid === EXTENSIONS.extKeyUsage)?.critical).toBe(critical)
      expect(parsed(minted).extensions.extendedKeyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    }
  })
})

describe('basicConstraints', () => {
  test.each([
    [der.sequence(), { ca: false, pathLength: null }],
    [der.sequence(der.boolean(true)), { ca: true, pathLength: null }],
    [der.sequence(der.boolean(true), der.integer(0)), { ca: true, pathLength: 0 }],
    [der.sequence(der.boolean(true), der.integer(3)), { ca: true, pathLength: 3 }],
    [der.sequence(der.boolean(true), der.integer(2n ** 31n - 1n)), { ca: true, pathLength: 2 ** 31 - 1 }],
    // RFC 5280 4.2.1.9 has no path length without cA; it is read, and limits nobody.
    [der.sequence(der.integer(0)), { ca: false, pathLength: 0 }],
  ])('are cA and a path length (RFC 5280 4.2.1.9), %#', (value, decoded) => {
    expect(parsed(having('basicConstraints', value)).extensions.basicConstraints).toEqual(decoded)
  })
})

describe('keyUsage', () => {
  test.each(KEY_USAGES.map((usage) => [usage] as const))('is a bit for each use: %s (RFC 5280 4.2.1.3)', (usage) => {
    expect(parsed(root.issue({ keyUsage: [usage] })).extensions.keyUsage).toEqual([usage])
  })

  test('is all of them, in the order of the bits', () => {
    expect(parsed(root.issue({ keyUsage: KEY_USAGES.toReversed() })).extensions.keyUsage).toEqual(KEY_USAGES)
  })
})

describe('extendedKeyUsage', () => {
  test('is the list of purposes, unknown and repeated ones included', () => {
    const eku = ['clientAuth', 'serverAuth', 'any', '1.3.6.1.4.1.311.20.2.2', 'clientAuth'] as const
    expect(parsed(root.issue({ eku })).extensions.extendedKeyUsage).toEqual([
      '1.3.6.1.5.5.7.3.2',
      '1.3.6.1.5.5.7.3.1',
      '2.5.29.37.0',
      '1.3.6.1.4.1.311.20.2.2',
      '1.3.6.1.5.5.7.3.2',
    ])
  })

  test('is read up to its limit of items and refused past it', () => {
    const purposes = (count: number) =>
      having('extendedKeyUsage', der.sequence(...Array.from({ length: count }, (_, arc) => der.oid(`1.3.${arc}`))))
    expect(parsed(purposes(MAX_PURPOSES)).extensions.extendedKeyUsage).toHaveLength(MAX_PURPOSES)
    expect(refusal(purposes(MAX_PURPOSES + 1))).toMatchObject({
      code: 'ERR_X509_EXTENSION_MALFORMED',
      reason: `more than ${MAX_PURPOSES} items`,
    })
  })
})

describe('key identifiers', () => {
  test('are octets (RFC 5280 4.2.1.1, 4.2.1.2)', () => {
    const [own, issuer] = [der.hex('aa bb'), der.hex('cc')]
    const { subjectKeyIdentifier, authorityKeyIdentifier } = parsed(
      root.issue({ subjectKeyIdentifier: own, authorityKeyIdentifier: { keyIdentifier: issuer } }),
    ).extensions
    expect([...(subjectKeyIdentifier ?? [])]).toEqual([...own])
    expect([...(authorityKeyIdentifier ?? [])]).toEqual([...issuer])
  })

  test('may be a name and a number, which guide nobody here', () => {
    const authorityKeyIdentifier = { issuer: { directoryName: 'other' }, serialNumber: 7n }
    expect(parsed(root.issue({ authorityKeyIdentifier })).extensions.authorityKeyIdentifier).toBeNull()
    const both = { ...authorityKeyIdentifier, keyIdentifier: der.hex('aa') }
    expect(parsed(root.issue({ authorityKeyIdentifier: both })).extensions.authorityKeyIdentifier).toHaveLength(1)
  })
})
