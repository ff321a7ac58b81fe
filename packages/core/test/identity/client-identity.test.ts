import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { der } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { ClientIdentity, identityOf, isClientIdentity } from '../../src/identity/client-identity.ts'
import { pathOf, storeOf } from '../path/verdict.ts'
import { identityWith, identityRoot as root } from './identity.ts'

describe('the subject', () => {
  test('is written most specific first (RFC 4514 2.1)', () => {
    const { subject } = identityWith({ subject: { C: 'GB', O: 'Example', OU: 'Ops', CN: 'alice' } })
    expect(subject).toBe('CN=alice,OU=Ops,O=Example,C=GB')
  })

  test('has its special characters escaped (RFC 4514 2.4)', () => {
    expect(identityWith({ subject: { CN: ' #a,b+c"d\\e<f>g;h=i ' } }).subject).toBe(
      'CN=\\ #a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h\\=i\\ ',
    )
    expect(identityWith({ subject: { CN: '#1' } }).subject).toBe('CN=\\#1')
    expect(identityWith({ subject: { CN: 'a\0b' } }).subject).toBe('CN=a\\00b')
  })

  test('cannot be made to look like another: a comma in a value is escaped', () => {
    expect(identityWith({ subject: { CN: 'mallory,O=Example' } }).subject).not.toBe(
      identityWith({ subject: { O: 'Example', CN: 'mallory' } }).subject,
    )
  })

  test('joins the attributes of one RDN by + (RFC 4514 2.2), and writes unknown types as their OID (2.3)', () => {
    const { subject } = identityWith({ subject: [{ O: 'Example' }, { CN: 'alice', UID: '42' }] })
    expect(subject.split(',').at(-1)).toBe('O=Example')
    expect(subject.split(',')[0]?.split('+').sort()).toEqual(['CN=alice', 'UID=42'])
    expect(identityWith({ subject: { '1.3.6.1.4.1.32473.1': 'x' } }).subject).toBe('1.3.6.1.4.1.32473.1=x')
  })

  test('writes a value that is no string as # and its DER (RFC 4514 2.4)', () => {
    expect(identityWith({ subject: { CN: der.integer(5) } }).subject).toBe('CN=#020105')
    // Neither is one whose octets are not of its type: a guess would be somebody else.
    expect(identityWith({ subject: { CN: der.hex('1302c328') } }).subject).toBe('CN=#1302c328')
  })

  test.each(['utf8', 'printable', 'teletex', 'bmp', 'universal'] as const)('reads the string type %s', (as) => {
    expect(identityWith({ subject: { CN: { text: 'alice', as } } }).subject).toBe('CN=alice')
  })

  test('is empty where the certificate has none', () => {
    const identity = identityWith({ subject: {}, san: { dns: 'a.example' } })
    expect(identity.subject).toBe('')
    expect(identity.commonName).toBe(null)
  })
})

describe('the commonName', () => {
  test('is the most specific of several', () => {
    expect(identityWith({ subject: [{ CN: 'general' }, { O: 'Example' }, { CN: 'specific' }] }).commonName).toBe(
      'specific',
    )
  })

  test('is null where there is none, and where the most specific is no text', () => {
    expect(identityWith({ subject: { O: 'Example' } }).commonName).toBe(null)
    expect(identityWith({ subject: [{ CN: 'general' }, { CN: der.integer(5) }] }).commonName).toBe(null)
  })

  test('is not escaped: it is text, and whoever shows it escapes it', () => {
    expect(identityWith({ subject: 'a,b\u202e' }).commonName).toBe('a,b\u202e')
  })
})

describe('subjectAltNames', () => {
  test('are told apart by type, each in the order of the certificate (RFC 5280 4.2.1.6)', () => {
    const { subjectAltNames } = identityWith({
      san: [
        { dns: ['b.example', 'a.example'], email: 'alice@example.com' },
        { uri: 'https://example.com/', ip: ['192.0.2.1', '2001:db8::1'], directoryName: { O: 'Example', CN: 'alice' } },
        { dns: 'c.example' },
      ],
    })
    expect(subjectAltNames).toEqual({
      dns: ['b.example', 'a.example', 'c.example'],
      email: ['alice@example.com'],
      uri: ['https://example.com/'],
      ip: ['192.0.2.1', '2001:db8::1'],
      directoryName: ['CN=alice,O=Example'],
    })
  })

  test('do not mix types: a URI that reads like a DNS name is none (CVE-2021-44531)', () => {
    const { subjectAltNames } = identityWith({ san: { uri: 'a.example', email: 'b.example' } })
    expect(subjectAltNames.dns).toEqual([])
  })

  test('leave out names whose meaning depends on the reader', () => {
    const { subjectAltNames } = identityWith({
      san: { rid: '1.2.3', otherName: { type: '1.3.6.1.4.1.311.20.2.3', value: der.string('alice@ad', 'utf8') } },
    })
    expect(Object.values(subjectAltNames).flat()).toEqual([])
  })

  test('are empty where there are none, never undefined', () => {
    expect(identityWith().subjectAltNames).toEqual({ dns: [], email: [], uri: [], ip: [], directoryName: [] })
  })

  test.each([
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:AAAA::BBBB', '2001:db8:aaaa::bbbb'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['fe80::', 'fe80::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:0:3:0:5:0:7:0', '1:0:3:0:5:0:7:0'],
  ])('write the IPv6 address %s as %s (RFC 5952 4)', (written, canonical) => {
    expect(identityWith({ san: { ip: written } }).subjectAltNames.ip).toEqual([canonical])
  })
})

describe('what else a ClientIdentity says', () => {
  const leaf = root.issue({ subject: 'alice', serialNumber: 0xabcn })
  const identity = identityOf(pathOf(leaf, storeOf([{ id: 'ours', authority: root }])))
  const { x509 } = leaf.certificate

  test('issuer, serial number, validity', () => {
    expect(identity.issuer).toBe('CN=Root')
    expect(identity.serialNumber).toBe('0abc')
    expect(identity.notBefore).toEqual(new Date(x509.validFrom))
    expect(identity.notAfter).toEqual(new Date(x509.validTo))
  })

  test('the fingerprint as openssl and Node show it, but for colons and case', () => {
    expect(identity.fingerprint).toBe(x509.fingerprint256.replaceAll(':', '').toLowerCase())
  })

  test('the thumbprint in the form of x5t#S256: base64url of SHA-256, 43 characters, no padding (RFC 8705 3.1)', () => {
    const digest = createHash('sha256').update(leaf.certificate.der).digest()
    expect(identity.thumbprint).toBe(digest.toString('base64url'))
    expect(identity.thumbprint).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  test('the anchor: subject, fingerprint and the id of its source', () => {
    const fingerprint = root.certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase()
    expect(identity.anchor).toEqual({ subject: 'CN=Root', fingerprint, id: 'ours' })
  })

  test('the certificate itself, and as PEM', () => {
    expect(identity.certificate.der).toEqual(leaf.certificate.der)
    expect(identity.pem).toBe(leaf.certificate.pem)
  })

  test('JSON has every field but the certificate', () => {
    const json = JSON.parse(JSON.stringify(identity)) as Record<string, unknown>
    expect(Object.keys(json).sort()).toEqual([
      'anchor',
      'commonName',
      'fingerprint',
      'issuer',
      'notAfter',
      'notBefore',
      'serialNumber',
      'spiffeId',
      'subject',
      'subjectAltNames',
      'thumbprint',
    ])
    expect(json['notAfter']).toBe(identity.notAfter.toISOString())
  })

  test('neither JSON nor a log holds the certificate', () => {
    const base64 = Buffer.from(leaf.certificate.der).toString('base64').slice(100, 140)
    const shown = JSON.stringify(identity) + inspect(identity, { depth: 9, showHidden: true, getters: false })
    expect(shown).not.toContain('BEGIN CERTIFICATE')
    expect(shown).not.toContain(base64)
    expect(shown).not.toContain('Uint8Array')
  })
})

describe('a ClientIdentity comes from a VerifiedPath alone', () => {
  const identity = identityWith()

  test('is what identityOf makes', () => {
    expect(isClientIdentity(identity)).toBe(true)
  })

  test('cannot be constructed, not with a verified path either', () => {
    const path = pathOf(root.issue(), storeOf([root]))
    const make = (...args: readonly unknown[]): unknown => Reflect.construct(ClientIdentity, args)
    expect(() => make()).toThrow(TypeError)
    expect(() => make(undefined, path)).toThrow(TypeError)
    expect(() => make(Symbol('ClientIdentity'), path)).toThrow(TypeError)
    expect(() => Reflect.construct(identity.constructor, [Symbol.for('ClientIdentity'), path]) as unknown).toThrow(
      TypeError,
    )
  })

  test.each<[string, unknown]>([
    ['an object with its prototype', Object.create(ClientIdentity.prototype)],
    ['a look-alike', Object.assign({}, identity)],
    ['what JSON makes of it', JSON.parse(JSON.stringify(identity))],
    ['a structured clone', structuredClone(identity)],
    ['an object that inherits from a real one', Object.create(identity)],
    ['null', null],
  ])('is not %s', (_, value) => {
    expect(isClientIdentity(value)).toBe(false)
  })

  test('cannot be changed afterwards, at any depth that is read for a decision', () => {
    const { subjectAltNames, anchor } = identity
    for (const part of [identity, subjectAltNames, anchor, ...Object.values({ ...subjectAltNames })]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(Reflect.set(identity, 'subject', 'CN=root')).toBe(false)
    expect(Reflect.set(identity, 'certificate', null)).toBe(false)
  })
})
