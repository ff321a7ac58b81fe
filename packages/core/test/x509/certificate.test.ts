import {
  broken,
  createAuthority,
  DEFAULT_CLOCK,
  der,
  EXTENSIONS,
  issuedCertificate,
  leafOf,
  spkiOf,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_BYTES } from '../../src/encoding/certificate-der.ts'
import { MAX_ITEMS } from '../../src/x509/extensions.ts'
import { fingerprintOf } from '../../src/x509/fingerprint.ts'
import { membersOf, parsed, refusal, root, TBS, withField } from './minted.ts'

const hexOf = (octets: Uint8Array) => Buffer.from(octets).toString('hex')
const leaf = root.issue({ subject: 'alice' })

/** The three members of a Certificate, one of them replaced. */
const withMember = (index: 0 | 1 | 2, replacement: Uint8Array) =>
  broken.altered(leaf, (whole) => der.sequence(...membersOf(whole).with(index, replacement)))

describe('a certificate', () => {
  test('is read as it was minted (RFC 5280 4.1)', () => {
    const minted = root.issue({
      subject: { O: 'Example', CN: 'alice' },
      serialNumber: 4711n,
      san: { dns: 'alice.example' },
    })
    const certificate = parsed(minted)
    const [tbs, , signature] = membersOf(minted.certificate.der)
    expect(hexOf(certificate.der)).toBe(hexOf(minted.certificate.der))
    expect(hexOf(certificate.tbs)).toBe(hexOf(tbs ?? new Uint8Array()))
    expect(hexOf(certificate.signature)).toBe(hexOf((signature ?? new Uint8Array()).subarray(3)))
    expect(certificate.version).toBe(3)
    expect(hexOf(certificate.serialNumber)).toBe('1267')
    expect(certificate.signatureAlgorithm).toEqual({ oid: '1.2.840.10045.4.3.2', parameters: null })
    expect(hexOf(certificate.issuer.der)).toBe(hexOf(root.name))
    expect(certificate.notBefore).toBe(DEFAULT_CLOCK.getTime() - 86_400_000)
    expect(certificate.notAfter).toBe(DEFAULT_CLOCK.getTime() + 90 * 86_400_000)
    expect(hexOf(certificate.publicKey.der)).toBe(hexOf(spkiOf(minted)))
    expect(certificate.publicKey.key).toHaveLength(65)
    expect(certificate.extensions.subjectAltName).toEqual([{ type: 'dns', value: 'alice.example' }])
    expect(certificate.leniencies).toEqual([])
  })

  test('is a frozen view that copies nothing', () => {
    const certificate = parsed(leaf)
    expect(certificate.der).toBe(leaf.certificate.der)
    for (const part of [certificate.tbs, certificate.signature, certificate.serialNumber, certificate.publicKey.der]) {
      expect(part.buffer).toBe(leaf.certificate.der.buffer)
    }
    expect(Object.isFrozen(certificate)).toBe(true)
  })

  test('is read alike where its bytes are a part of something larger', () => {
    const larger = Buffer.concat([Buffer.alloc(5, 0x30), leaf.certificate.der, Buffer.alloc(3, 0xff)])
    const part = new Uint8Array(larger.buffer, larger.byteOffset + 5, leaf.certificate.der.length)
    expect(hexOf(parsed({ certificate: issuedCertificate(part) }).tbs)).toBe(hexOf(parsed(leaf).tbs))
  })
})

describe('the bytes around it', () => {
  test.each([
    ['an octet behind it, which new X509Certificate does not notice', broken.trailingBytes(leaf), '1 trailing bytes'],
    ['a second certificate behind it', broken.trailingBytes(leaf, leaf.certificate.der), 'trailing bytes'],
    ['its last octet missing', broken.truncated(leaf), 'length reaches beyond the enclosing element'],
    ['a longer length than DER allows (X.690 10.1)', broken.longLength(leaf), 'length is not minimal'],
    [
      'an indefinite length (X.690 10.1)',
      broken.altered(leaf, (whole) => der.concat(der.hex('30 80'), whole.subarray(4), der.hex('00 00'))),
      'indefinite length',
    ],
    ['nothing', broken.altered(leaf, () => new Uint8Array()), 'ends where an element was expected'],
    ['text for DER', broken.altered(leaf, () => Buffer.from(leaf.certificate.pem)), 'tag 0x2d where 0x30 was expected'],
    [
      'a SET for the SEQUENCE',
      broken.altered(leaf, (whole) => der.set(...membersOf(whole))),
      'tag 0x31 where 0x30 was expected',
    ],
  ])('are refused with %s', (_, minted, reason) => {
    expect(refusal(minted)).toMatchObject({
      code: 'ERR_X509_MALFORMED',
      field: 'certificate',
      reason: expect.stringContaining(reason) as string,
      certificate: {
        position: 0,
        subject: '(unreadable)',
        serial: '',
        fingerprint: fingerprintOf(minted.certificate.der),
      },
    })
  })

  test('are refused behind the signature, inside the certificate', () => {
    const minted = broken.altered(leaf, (whole) => der.sequence(...membersOf(whole), der.nullValue()))
    expect(refusal(minted)).toMatchObject({
      code: 'ERR_X509_MALFORMED',
      field: 'signatureValue',
      reason: '2 trailing bytes',
    })
  })

  test('are named by the place in the list that was presented', () => {
    expect(refusal(broken.truncated(leaf), { position: 3 }).certificate?.position).toBe(3)
  })
})

describe('the size', () => {
  // A signature of ECDSA has 70 to 72 octets, so a filler that fits today may not fit the next.
  const authority = createAuthority({ key: 'ed25519' })
  const sized = (bytes: number) => {
    const minted = (octets: number) =>
      authority.issue({ extensions: [{ oid: '1.3.6.1.4.1.32473.1', value: der.octetString(new Uint8Array(octets)) }] })
    const first = bytes - 1_000
    return minted(first + bytes - minted(first).certificate.der.length)
  }

  test('is at most 65,536 octets unless told otherwise', () => {
    const largest = sized(MAX_CERTIFICATE_BYTES)
    expect(largest.certificate.der).toHaveLength(MAX_CERTIFICATE_BYTES)
    expect(parsed(largest).extensions.all).toHaveLength(5)
    expect(refusal(sized(MAX_CERTIFICATE_BYTES + 1))).toMatchObject({
      code: 'ERR_X509_TOO_LARGE',
      limit: MAX_CERTIFICATE_BYTES,
      present: MAX_CERTIFICATE_BYTES + 1,
    })
  })

  test('is limited by the option, at the limit and past it', () => {
    const minted = sized(2_000)
    const { length } = minted.certificate.der
    expect(parsed(minted, { maxBytes: length }).version).toBe(3)
    expect(refusal(minted, { maxBytes: length - 1 })).toMatchObject({ code: 'ERR_X509_TOO_LARGE', limit: length - 1 })
  })
})

describe('each field', () => {
  const validity = membersOf(membersOf(leaf.certificate.der)[0] ?? new Uint8Array())[TBS.validity] ?? new Uint8Array()
  const [notBefore = new Uint8Array(), notAfter = new Uint8Array()] = membersOf(validity)
  const spki = spkiOf(leaf)
  const [keyAlgorithm = new Uint8Array(), keyBits = new Uint8Array()] = membersOf(spki)

  test.each([
    ['serialNumber', 'no octets', [der.integer(new Uint8Array())]],
    ['serialNumber', 'a superfluous octet (X.690 8.3.2)', [der.integer(der.hex('00 01'))]],
    ['serialNumber', 'an OCTET STRING', [der.octetString(der.hex('01'))]],
    ['signature', 'no identifier', [der.sequence()]],
    ['signature', 'a padded arc (X.690 8.19.2)', [der.sequence(der.hex('06 03 2a 80 01'))]],
    [
      'signature',
      'parameters and something behind',
      [der.sequence(der.oid('1.2.840.10045.4.3.2'), der.nullValue(), der.nullValue())],
    ],
    ['signature', 'parameters that are no DER', [der.sequence(der.oid('1.2.840.10045.4.3.2'), der.hex('30 80 00 00'))]],
    ['issuer', 'an empty RDN (RFC 5280 4.1.2.4)', [der.sequence(der.set())]],
    ['issuer', 'a SET for the SEQUENCE', [der.set()]],
    ['validity', 'one time', [der.sequence(notBefore)]],
    ['validity', 'three times', [der.sequence(notBefore, notAfter, notAfter)]],
    ['validity', 'a number for a time', [der.sequence(der.integer(1), notAfter)]],
    ['subject', 'an attribute without a value', [der.sequence(der.set(der.sequence(der.oid('2.5.4.3'))))]],
    [
      'subject',
      'an attribute with two values',
      [der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.string('a', 'utf8'), der.string('b', 'utf8'))))],
    ],
    [
      'subject',
      'an attribute without its SET',
      [der.sequence(der.sequence(der.oid('2.5.4.3'), der.string('a', 'utf8')))],
    ],
    [
      'subject',
      'a name for the type',
      [der.sequence(der.set(der.sequence(der.string('CN', 'utf8'), der.string('a', 'utf8'))))],
    ],
    ['subjectPublicKeyInfo', 'no key', [der.sequence(keyAlgorithm)]],
    ['subjectPublicKeyInfo', 'a second key', [der.sequence(keyAlgorithm, keyBits, keyBits)]],
    ['subjectPublicKeyInfo', 'unused bits', [der.sequence(keyAlgorithm, der.bitString(der.hex('04 aa a0'), 4))]],
    ['extensions', 'an empty list (RFC 5280 4.1.2.9)', [der.explicit(3, der.sequence())]],
    [
      'extensions',
      'two lists',
      [der.explicit(3, der.sequence(der.sequence(der.oid('1.2.3'), der.octetString(der.nullValue()))), der.sequence())],
    ],
    [
      'extensions',
      'a value that is no OCTET STRING',
      [der.explicit(3, der.sequence(der.sequence(der.oid('1.2.3'), der.nullValue())))],
    ],
    ['extensions', 'no value', [der.explicit(3, der.sequence(der.sequence(der.oid('1.2.3'), der.boolean(true))))]],
    [
      'extensions',
      'two values',
      [
        der.explicit(
          3,
          der.sequence(
            der.sequence(der.oid('1.2.3'), der.octetString(der.nullValue()), der.octetString(der.nullValue())),
          ),
        ),
      ],
    ],
    [
      'extensions',
      'a criticality of 01 (X.690 11.1)',
      [
        der.explicit(
          3,
          der.sequence(der.sequence(der.oid('1.2.3'), der.hex('01 01 01'), der.octetString(der.nullValue()))),
        ),
      ],
    ],
    [
      'extensions',
      'the criticality twice',
      [
        der.explicit(
          3,
          der.sequence(
            der.sequence(der.oid('1.2.3'), der.boolean(true), der.boolean(true), der.octetString(der.nullValue())),
          ),
        ),
      ],
    ],
  ] as const)('is refused by its name: %s with %s', (field, _, replacement) => {
    const minted = root.issue({ alterTbs: withField(field, ...replacement) })
    expect(refusal(minted)).toMatchObject({ code: 'ERR_X509_MALFORMED', field })
  })

  test('is refused when something stands behind the last', () => {
    const minted = root.issue({ alterTbs: (tbs) => der.sequence(...membersOf(tbs), der.nullValue()) })
    expect(refusal(minted)).toMatchObject({
      code: 'ERR_X509_MALFORMED',
      field: 'tbsCertificate',
      reason: '2 trailing bytes',
    })
  })

  test('is refused when the list of extensions is there twice', () => {
    const minted = root.issue({ alterTbs: (tbs) => der.sequence(...membersOf(tbs), ...membersOf(tbs).slice(-1)) })
    expect(refusal(minted)).toMatchObject({ code: 'ERR_X509_MALFORMED', field: 'tbsCertificate' })
  })

  test('is refused in the part that is not signed', () => {
    expect(refusal(withMember(1, der.sequence(der.oid('1.2.3'), der.nullValue(), der.nullValue())))).toMatchObject({
      code: 'ERR_X509_MALFORMED',
      field: 'signatureAlgorithm',
    })
    expect(refusal(withMember(2, der.octetString(new Uint8Array(70))))).toMatchObject({
      code: 'ERR_X509_MALFORMED',
      field: 'signatureValue',
    })
    expect(refusal(withMember(2, der.bitString(der.hex('aa a0'), 4)))).toMatchObject({
      field: 'signatureValue',
      reason: 'BIT STRING does not hold whole octets',
    })
  })
})

describe('the issuer', () => {
  test('is never an empty name (RFC 5280 4.1.2.4)', () => {
    expect(refusal(root.issue({ issuerName: {} }))).toMatchObject({ code: 'ERR_X509_EMPTY_ISSUER', field: 'issuer' })
  })

  test('may name a subject without a name (RFC 5280 4.1.2.6)', () => {
    const certificate = parsed(root.issue({ subject: {}, san: { dns: 'a.example' } }))
    expect(certificate.subject.isEmpty).toBe(true)
    expect(certificate.issuer.isEmpty).toBe(false)
  })
})

describe('the two signature algorithms', () => {
  test('are the same, parameters included (RFC 5280 4.1.1.2)', () => {
    const rsa = createAuthority({ key: 'rsa2048' })
    const { oid, parameters } = parsed(rsa.issue()).signatureAlgorithm
    expect({ oid, parameters: hexOf(parameters ?? new Uint8Array()) }).toEqual({
      oid: '1.2.840.113549.1.1.11',
      parameters: '0500',
    })
  })

  const outside = (identifier: Uint8Array) => withMember(1, identifier)
  test.each([
    ['another algorithm inside', broken.algorithmMismatch(root), '1.2.840.113549.1.1.13'],
    ['another algorithm outside', outside(der.sequence(der.oid('1.2.840.10045.4.3.4'))), '1.2.840.10045.4.3.2'],
    [
      'NULL outside and nothing inside',
      outside(der.sequence(der.oid('1.2.840.10045.4.3.2'), der.nullValue())),
      '1.2.840.10045.4.3.2',
    ],
  ])('are refused with %s (RFC 5280 4.1.1.2)', (_, minted, signed) => {
    expect(refusal(minted)).toMatchObject({ code: 'ERR_X509_ALGORITHM_MISMATCH', signed })
  })

  test('are refused with other parameters (RFC 5280 4.1.1.2)', () => {
    const parameters = (octet: number) =>
      der.sequence(der.oid('1.2.840.10045.4.3.2'), der.octetString(Uint8Array.of(octet)))
    const inside = root.issue({ alterTbs: withField('signature', parameters(1)) })
    const both = (octet: number) =>
      leafOf(issuedCertificate(der.sequence(...membersOf(inside.certificate.der).with(1, parameters(octet)))), inside)
    expect(parsed(both(1)).signatureAlgorithm.oid).toBe('1.2.840.10045.4.3.2')
    expect(refusal(both(2)).code).toBe('ERR_X509_ALGORITHM_MISMATCH')
  })
})

describe('the list of extensions', () => {
  const unknown = (arc: number) => ({ oid: `1.3.6.1.4.1.32473.${arc}` as const, value: der.nullValue() })

  test('has each extension once (RFC 5280 4.2)', () => {
    expect(refusal(broken.duplicateExtension(root))).toMatchObject({
      code: 'ERR_X509_EXTENSION_DUPLICATE',
      oid: '2.5.29.17',
      extension: 'subjectAltName',
    })
    expect(refusal(root.issue({ extensions: [unknown(1), unknown(2), unknown(1)] }))).toMatchObject({
      code: 'ERR_X509_EXTENSION_DUPLICATE',
      oid: unknown(1).oid,
      extension: unknown(1).oid,
    })
    expect(parsed(root.issue({ extensions: [unknown(1), unknown(2)] })).extensions.all).toHaveLength(6)
  })

  test('is found duplicate among many as among few, wherever the two stand', () => {
    const many = Array.from({ length: 40 }, (_, arc) => unknown(arc))
    expect(parsed(root.issue({ extensions: many })).extensions.all).toHaveLength(44)
    for (const count of [13, 40]) {
      const list = [...many.slice(0, count - 1), unknown(0)]
      expect(refusal(root.issue({ extensions: list }))).toMatchObject({
        code: 'ERR_X509_EXTENSION_DUPLICATE',
        oid: unknown(0).oid,
      })
    }
  })

  test('is found duplicate though the second one is malformed, or differs in criticality', () => {
    const twice = (...values: readonly Uint8Array[]) =>
      root.issue({
        extensions: values.map((value, index) => ({ oid: EXTENSIONS.subjectAltName, value, critical: index === 0 })),
      })
    expect(refusal(twice(der.sequence(der.implicitPrimitive(2, Buffer.from('a.example'))), der.nullValue())).code).toBe(
      'ERR_X509_EXTENSION_DUPLICATE',
    )
  })

  test('is kept whole, unknown extensions and their criticality included', () => {
    const minted = root.issue({ extensions: [{ ...unknown(1), critical: true }] })
    expect(parsed(minted).extensions.all.at(-1)).toEqual({
      oid: unknown(1).oid,
      critical: true,
      value: expect.objectContaining({ length: 2 }) as Uint8Array,
    })
  })

  test('is read up to its limit and refused past it', () => {
    const usual = parsed(leaf).extensions.all.length
    const many = (count: number) =>
      root.issue({ extensions: Array.from({ length: count - usual }, (_, index) => unknown(index)) })
    expect(parsed(many(MAX_ITEMS)).extensions.all).toHaveLength(MAX_ITEMS)
    expect(refusal(many(MAX_ITEMS + 1))).toMatchObject({
      code: 'ERR_X509_MALFORMED',
      field: 'extensions',
      reason: `more than ${MAX_ITEMS} extensions`,
    })
  })

  test('is in context 3 and nowhere else', () => {
    const retagged = (tag: number) => (tbs: Uint8Array) => {
      const list = membersOf(tbs)[TBS.extensions] ?? new Uint8Array()
      return withField('extensions', der.concat(Uint8Array.of(tag), list.subarray(1)))(tbs)
    }
    expect(parsed(root.issue({ alterTbs: retagged(0xa3) })).version).toBe(3)
    for (const tag of [0xa1, 0xa2, 0xa4, 0x83, 0x30]) {
      const minted = root.issue({ alterTbs: retagged(tag) })
      expect(refusal(minted).code).toBe('ERR_X509_MALFORMED')
    }
  })
})
