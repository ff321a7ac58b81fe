import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import {
  type AuthorityOptions,
  type CertificateOptions,
  createAuthority,
  DEFAULT_CLOCK,
  der,
  EXTENSIONS,
  extension,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { opensslText, opensslVerify } from './openssl.ts'

describe('an authority', () => {
  test('is a self-signed certificate', () => {
    const { x509 } = createAuthority().certificate
    expect(x509.ca).toBe(true)
    expect(x509.issuer).toBe(x509.subject)
    expect(x509.verify(x509.publicKey)).toBe(true)
  })

  test('issues what openssl verifies as a client, directly and below two intermediates', (context) => {
    const root = createAuthority()
    const deep = root.intermediate('One').intermediate('Two').issue('alice')
    expect(opensslVerify(context, root, root.issue())).toBe('OK')
    expect(opensslVerify(context, root, deep)).toBe('OK')
    expect(deep.chain.map(({ x509 }) => x509.subject)).toEqual(['CN=alice', 'CN=Two', 'CN=One'])
  })

  test('knows who issued it and who is at the top', () => {
    const root = createAuthority()
    const first = root.intermediate()
    const second = first.intermediate()
    expect([root.issuer, first.issuer, second.issuer]).toEqual([root, root, first])
    expect([root.root, first.root, second.root]).toEqual([root, root, root])
  })

  test('can be presented itself, with its chain', () => {
    const root = createAuthority()
    expect(root.chain).toEqual([root.certificate])
    expect(root.intermediate('One').chain.map(({ x509 }) => x509.subject)).toEqual(['CN=One'])
  })

  test('can be certified by another, and what it issued is then good under both', (context) => {
    const [old, next] = [createAuthority('Old'), createAuthority('New')]
    const crossed = old.crossSign(next)
    const leaf = crossed.issue()
    expect(leaf.chain.map(({ x509 }) => x509.issuer)).toEqual(['CN=New', 'CN=Old'])
    expect(opensslVerify(context, old, leaf)).toBe('OK')
    expect(opensslVerify(context, next, leaf)).toBe('OK')
    expect(opensslVerify(context, createAuthority('New'), leaf)).not.toBe('OK')
  })

  test.each([
    [{ notafter: new Date() }, /unknown option "notafter"/],
    [{ at: new Date() }, /unknown option "at"/],
    [{ validDays: 1, notAfter: new Date() }, /notAfter or validDays/],
  ])('refuses the options %o of a leaf', (options, message) => {
    expect(() => createAuthority().issue(options as CertificateOptions)).toThrow(message)
    expect(() => createAuthority().intermediate(options as CertificateOptions)).toThrow(message)
  })

  test('refuses an option that does not exist', () => {
    expect(() => createAuthority({ name: 'Root' } as AuthorityOptions)).toThrow(/unknown option "name".*keyPool/)
  })
})

describe('a leaf by default', () => {
  const leaf = createAuthority().issue()

  test('is a client certificate and nothing else', (context) => {
    const text = opensslText(context, leaf)
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/)
    expect(text).toMatch(/Extended Key Usage: \s+TLS Web Client Authentication\n/)
    expect(text).not.toContain('Basic Constraints')
    expect(text).not.toContain('Alternative Name')
  })

  test('is in date at the fixed clock, whatever the day of the test', () => {
    expect(DEFAULT_CLOCK.toISOString()).toBe('2026-01-01T00:00:00.000Z')
    expect(new Date(leaf.certificate.x509.validFrom)).toEqual(new Date('2025-12-31T00:00:00Z'))
    expect(new Date(leaf.certificate.x509.validTo)).toEqual(new Date('2026-04-01T00:00:00Z'))
  })

  test('has a positive serial number of 16 octets that no other has', () => {
    const serials = Array.from({ length: 20 }, () => createAuthority().issue().certificate.x509.serialNumber)
    expect(new Set(serials).size).toBe(20)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  test('comes as DER and as PEM, with a key that fits', () => {
    expect(new X509Certificate(leaf.certificate.pem).raw).toEqual(Buffer.from(leaf.certificate.der))
    expect(leaf.fullChainPem).toBe(leaf.certificate.pem)
    expect(leaf.certificate.x509.checkPrivateKey(createPrivateKey(leaf.privateKeyPem))).toBe(true)
    expect(createPublicKey(leaf.privateKey).equals(leaf.publicKey)).toBe(true)
  })
})

describe('a certificate option', () => {
  const root = createAuthority({ at: new Date('2030-06-01T00:00:00Z') })

  test('clock moves everything below it', () => {
    expect(root.intermediate().issue().certificate.x509.validFrom).toBe('May 31 00:00:00 2030 GMT')
  })

  test('validDays counts from the clock; notBefore and notAfter are instants', () => {
    expect(root.issue({ validDays: 2 }).certificate.x509.validTo).toBe('Jun  3 00:00:00 2030 GMT')
    const { x509 } = root.issue({
      notBefore: new Date('1999-01-01'),
      notAfter: new Date('9999-12-31T23:59:59Z'),
    }).certificate
    expect([x509.validFrom, x509.validTo]).toEqual(['Jan  1 00:00:00 1999 GMT', 'Dec 31 23:59:59 9999 GMT'])
  })

  test('notAfter may be a Time of the wrong type for its year', (context) => {
    const leaf = root.issue({ notAfter: der.generalizedTime(new Date('2031-01-01')) })
    expect(opensslText(context, leaf)).toContain('Not After : Jan  1 00:00:00 2031 GMT')
    expect(Buffer.from(leaf.certificate.der).includes('20310101000000Z')).toBe(true)
  })

  test('null leaves an extension out, and nothing else does', (context) => {
    const bare = { eku: null, keyUsage: null, subjectKeyIdentifier: null, authorityKeyIdentifier: null } as const
    expect(opensslText(context, root.issue(bare))).not.toContain('X509v3')
    expect(opensslText(context, root.issue({ ...bare, basicConstraints: { ca: false } }))).toContain('CA:FALSE')
  })

  test('an empty subject makes the alternative name critical (RFC 5280 4.1.2.6)', (context) => {
    expect(opensslText(context, root.issue({ subject: {}, san: { dns: 'a' } }))).toContain('Alternative Name: critical')
    expect(opensslText(context, root.issue({ san: { dns: 'a' } }))).toContain('Alternative Name: \n')
  })

  test('extensions replace the default of the same identifier, and duplicate one another', () => {
    const count = (options: CertificateOptions) => {
      const identifier = Buffer.from(der.oid(EXTENSIONS.extKeyUsage))
      return (
        Buffer.from(root.issue(options).certificate.der).toString('hex').split(identifier.toString('hex')).length - 1
      )
    }
    const one = extension.extKeyUsage(['serverAuth'])
    expect(count({})).toBe(1)
    expect(count({ extensions: [one] })).toBe(1)
    expect(count({ extensions: [one, one] })).toBe(2)
    expect(count({ without: [EXTENSIONS.extKeyUsage] })).toBe(0)
    expect(root.issue({ extensions: [one] }).certificate.x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  })

  test.for([
    [1, 'Version: 1 (0x0)'],
    [2, 'Version: 2 (0x1)'],
    [3, 'Version: 3 (0x2)'],
    [7, 'Version: Unknown (6)'],
  ] as const)('version %i is written as such, without default extensions below 3', ([version, text], context) => {
    const printed = opensslText(context, root.issue({ version }))
    expect(printed).toContain(text)
    expect(printed.includes('X509v3')).toBe(version >= 3)
  })

  test('serialNumber is a number, or the content of the INTEGER', () => {
    expect(root.issue({ serialNumber: 255n }).certificate.x509.serialNumber).toBe('FF')
    expect(
      Buffer.from(root.issue({ serialNumber: Uint8Array.of(0, 0, 5) }).certificate.der).includes(
        Buffer.from('0203000005', 'hex'),
      ),
    ).toBe(true)
  })

  test('issuerName, tbsSignature and alterTbs change what is signed, and the signature still holds', () => {
    for (const options of [
      { issuerName: 'Somebody else' },
      { alterTbs: (tbs: Uint8Array) => tbs.map((octet, index) => (index === tbs.length - 1 ? octet ^ 1 : octet)) },
    ]) {
      const { x509 } = root.issue(options).certificate
      expect(x509.verify(root.publicKey)).toBe(true)
    }
    expect(root.issue({ issuerName: 'Somebody else' }).certificate.x509.issuer).toBe('CN=Somebody else')
  })

  test('subjectKeyIdentifier of an authority is what its certificates point at', (context) => {
    const odd = createAuthority({ subjectKeyIdentifier: Uint8Array.of(1, 2, 3) })
    expect(opensslText(context, odd.issue())).toMatch(/Authority Key Identifier:\s+01:02:03\n/)
    const without = createAuthority({ subjectKeyIdentifier: null })
    expect(opensslText(context, without.issue())).not.toContain('Authority Key Identifier')
  })
})
