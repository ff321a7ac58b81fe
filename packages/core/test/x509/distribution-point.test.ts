import { type DistributionPointInput, der, EXTENSIONS, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type DistributionPoint, relativeName } from '../../src/x509/distribution-point.ts'
import { nameToString } from '../../src/x509/name.ts'
import { parsed, refusal, root } from './minted.ts'

const uri = (value: string) => ({ type: 'uri', value })

const read = (...points: readonly DistributionPointInput[]): readonly DistributionPoint[] =>
  parsed(root.issue({ crlDistributionPoints: points })).extensions.cRLDistributionPoints ?? []

const reasonFor = (value: Uint8Array): string => {
  const failure = refusal(root.issue({ extensions: [{ oid: EXTENSIONS.crlDistributionPoints, value }] }))
  if (failure.code !== 'ERR_X509_EXTENSION_MALFORMED') throw new Error(failure.code)
  return failure.reason
}

describe('a distribution point of a certificate (RFC 5280 4.2.1.13)', () => {
  test('has a name, reasons and the issuer of its CRL, each null where it is absent', () => {
    expect(read('http://a.example')).toEqual([
      { name: { kind: 'full', names: [uri('http://a.example')] }, reasons: null, crlIssuer: null },
    ])
    const [point] = read({
      fullName: { uri: 'http://a.example', directoryName: 'CRL 1' },
      reasons: ['keyCompromise', 'cACompromise', 'aACompromise'],
      crlIssuer: { directoryName: 'CRL Issuer' },
    })
    expect(point).toMatchObject({
      name: { kind: 'full', names: [uri('http://a.example'), { type: 'directoryName' }] },
      reasons: 0b1_0000_0110,
      crlIssuer: [{ type: 'directoryName' }],
    })
  })

  test('may name the issuer of its CRL alone', () => {
    expect(read({ crlIssuer: { directoryName: 'CRL Issuer' } })).toMatchObject([{ name: null, reasons: null }])
  })

  test('of reasons alone is refused', () => {
    expect(reasonFor(extension.crlDistributionPoints([{ reasons: ['superseded'] }]).value)).toMatch(/without name/)
    expect(reasonFor(der.sequence(der.sequence()))).toMatch(/without name/)
  })

  test('may have reasons with trailing zero bits, and any that do not exist yet', () => {
    const point = (bits: Uint8Array) => {
      const name = der.explicit(0, der.explicit(0, ...[der.implicitPrimitive(6, Buffer.from('u:a'))]))
      const value = der.sequence(der.sequence(name, der.implicitPrimitive(1, bits)))
      const { extensions } = parsed(root.issue({ extensions: [{ oid: EXTENSIONS.crlDistributionPoints, value }] }))
      return extensions.cRLDistributionPoints?.[0]?.reasons
    }
    expect(point(der.hex('00 40 00'))).toBe(0b10)
    expect(point(der.hex('00 40 ff'))).toBe(0b1_0000_0010)
    expect(point(der.hex('00'))).toBe(0)
  })

  test('freshestCRL has the same form (4.2.1.15)', () => {
    const { extensions } = parsed(root.issue({ freshestCrl: ['http://d.example'] }))
    expect(extensions.freshestCRL).toMatchObject([{ name: { names: [uri('http://d.example')] } }])
  })

  test.each([
    ['no point at all', der.sequence()],
    ['no name in a full name', der.sequence(der.sequence(der.explicit(0, der.explicit(0))))],
    ['no CRL issuer in crlIssuer', der.sequence(der.sequence(der.explicit(2)))],
    ['a name of neither kind', der.sequence(der.sequence(der.explicit(0, der.nullValue())))],
    [
      'both kinds of a name',
      extension.crlDistributionPoints([{ fullName: { uri: 'u:a' }, relativeName: { CN: 'a' } }]).value,
    ],
    ['a relative name that is none', der.sequence(der.sequence(der.explicit(0, der.explicit(1, der.nullValue()))))],
    ['a relative name of no attribute', der.sequence(der.sequence(der.explicit(0, der.explicit(1))))],
    ['a field that does not exist', der.sequence(der.sequence(der.explicit(3)))],
    [
      'something behind the points',
      der.concat(
        der.sequence(der.sequence(der.explicit(2, der.implicitPrimitive(2, Buffer.from('a'))))),
        der.nullValue(),
      ),
    ],
    ['a primitive where a name is tagged', der.sequence(der.sequence(der.implicitPrimitive(0, Uint8Array.of(5, 0))))],
  ])('is malformed with %s', (_, value) => {
    expect(reasonFor(value).length).toBeGreaterThan(5)
  })

  test('32 points and 32 names are read, and not one more', () => {
    const points = Array.from({ length: 33 }, (_, index) => `u:${index}`)
    expect(read(...points.slice(1))).toHaveLength(32)
    expect(reasonFor(extension.crlDistributionPoints(points).value)).toBe('more than 32 distribution points')
    expect(read({ fullName: { uri: points.slice(1) } })).toHaveLength(1)
    const many = [{ fullName: { uri: points } }]
    expect(reasonFor(extension.crlDistributionPoints(many).value)).toBe('more than 32 names')
  })
})

describe('a name relative to the issuer of the CRL', () => {
  const issuer = parsed(root.issue({ subject: { C: 'GB', O: 'Example' } })).subject
  const rdnOf = (relative: Readonly<Record<string, string>>): Uint8Array => {
    const [point] = read({ relativeName: relative })
    if (point?.name?.kind !== 'relative') throw new Error('no relative name')
    return point.name.rdn
  }

  test('is the issuer with one RDN more, of several attributes or one', () => {
    const below = (relative: Readonly<Record<string, string>>) => relativeName(issuer, rdnOf(relative))
    expect(nameToString(below({ CN: 'CRL 1' }) ?? issuer)).toBe('CN=CRL 1,O=Example,C=GB')
    expect(nameToString(below({ CN: 'CRL 1', OU: 'a' }) ?? issuer)).toBe('OU=a+CN=CRL 1,O=Example,C=GB')
    // Lengths of one, two and three octets.
    for (const length of [10, 100, 300]) {
      expect(nameToString(below({ CN: 'x'.repeat(length) }) ?? issuer)).toBe(`CN=${'x'.repeat(length)},O=Example,C=GB`)
    }
  })

  test('that becomes longer than names are read is nobody, and nothing is thrown', () => {
    const long = parsed(root.issue({ subject: { O: 'x'.repeat(1_000), OU: 'y'.repeat(950) } })).subject
    expect(relativeName(long, rdnOf({ CN: 'a' }))).toBeDefined()
    expect(relativeName(long, rdnOf({ CN: 'z'.repeat(100) }))).toBeUndefined()
    const wide = parsed(root.issue({ subject: Array.from({ length: 100 }, () => ({ CN: 'a' })) })).subject
    expect(relativeName(wide, rdnOf({ CN: 'a' }))).toBeUndefined()
  })
})
