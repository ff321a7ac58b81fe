import { X509Certificate } from 'node:crypto'
import { broken, createAuthority, DEFAULT_CLOCK, type Leaf, spkiOf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { opensslText, opensslVerify } from '../openssl.ts'
import { membersOf, partsOf } from '../parts-of.ts'

const root = createAuthority()

describe('openssl verify accepts the good one and refuses', () => {
  test('nothing of what an authority issues by default', (context) => {
    expect(opensslVerify(context, root, root.issue())).toBe('OK')
  })

  test.for([
    ['an expired certificate (RFC 5280 4.1.2.5)', () => broken.expired(root), 'certificate has expired'],
    ['one that is not valid yet (RFC 5280 4.1.2.5)', () => broken.notYetValid(root), 'certificate is not yet valid'],
    ['one for servers only (RFC 5280 4.2.1.12)', () => broken.wrongEku(root), 'unsuitable certificate purpose'],
    [
      'one whose key may not sign (RFC 5280 4.2.1.3)',
      () => broken.wrongKeyUsage(root),
      'unsuitable certificate purpose',
    ],
    [
      'an unknown critical extension (RFC 5280 4.2)',
      () => broken.unknownCriticalExtension(root),
      'unhandled critical extension',
    ],
    [
      'another key behind the same names',
      () => broken.otherAuthority(root, { keyIdentifiers: 'copied' }).issue(),
      'certificate signature failure',
    ],
    [
      'an intermediate that is no CA (RFC 5280 6.1.4 k)',
      () => broken.notAnAuthority(root).issue(),
      'invalid CA certificate',
    ],
    [
      'an intermediate without keyCertSign (RFC 5280 6.1.4 n)',
      () => broken.withoutCertSign(root).issue(),
      'invalid CA certificate',
    ],
    ['an intermediate too many (RFC 5280 6.1.4 l)', () => broken.pathTooLong(root), 'path length constraint exceeded'],
    ['one nobody vouches for', () => broken.selfSigned(), 'self-signed certificate'],
    ['two authorities that signed each other', () => broken.cycle().leaf, 'unable to get local issuer certificate'],
    ['a changed signature', () => broken.forgedSignature(root.issue()), 'certificate signature failure'],
  ] as const)('%s', ([, make, reason], context) => {
    expect(opensslVerify(context, root, make())).toContain(reason)
  })
})

describe('another authority', () => {
  test('has the same name and another key of the same kind', () => {
    const original = createAuthority({ subject: { O: 'Example', CN: 'Root' }, key: 'p384' })
    const other = broken.otherAuthority(original)
    expect(other.certificate.x509.subject).toBe(original.certificate.x509.subject)
    expect(spkiOf(other)).not.toEqual(spkiOf(original))
    expect(other.publicKey.asymmetricKeyDetails).toEqual(original.publicKey.asymmetricKeyDetails)
    expect(other.keyIdentifier).not.toEqual(original.keyIdentifier)
  })

  test('is forged from the root down for an intermediate', () => {
    const original = root.intermediate('One').intermediate('Two')
    const { chain } = broken.otherAuthority(original).issue('alice')
    expect(chain.map(({ x509 }) => x509.subject)).toEqual(['CN=alice', 'CN=Two', 'CN=One'])
    expect(chain[2]?.x509.issuer).toBe('CN=Root CA')
    expect(chain[2]?.x509.verify(root.publicKey)).toBe(false)
  })
})

test('a cycle is one: each certificate is signed by the next, and the last by the one before it', () => {
  const { leaf } = broken.cycle()
  const [client, first, second] = leaf.chain.map(({ x509 }) => x509)
  const signedBy = (subject?: X509Certificate, issuer?: X509Certificate) =>
    subject !== undefined && issuer !== undefined && subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
  expect(leaf.chain).toHaveLength(3)
  expect([signedBy(client, first), signedBy(first, second), signedBy(second, first)]).toEqual([true, true, true])
})

test('a self-signed client has its own signature, and is no CA', () => {
  const { x509 } = broken.selfSigned({ subject: 'mallory' }).certificate
  expect([x509.subject, x509.issuer, x509.ca]).toEqual(['CN=mallory', 'CN=mallory', false])
  expect(x509.verify(x509.publicKey)).toBe(true)
  expect(new Date(x509.validTo).getTime()).toBeGreaterThan(DEFAULT_CLOCK.getTime())
})

describe('an encoding', () => {
  const leaf = root.issue()
  const read = (changed: Leaf) => () => new X509Certificate(changed.certificate.der)

  test('that is cut short cannot be read', () => {
    expect(read(broken.truncated(leaf))).toThrow()
    expect(broken.truncated(leaf, 10).certificate.der).toHaveLength(leaf.certificate.der.length - 10)
  })

  test('with octets after its end is read by Node as if they were not there', () => {
    const { der } = broken.trailingBytes(leaf).certificate
    expect(der).toHaveLength(leaf.certificate.der.length + 1)
    expect(new X509Certificate(der).fingerprint256).toBe(leaf.certificate.x509.fingerprint256)
  })

  test('with a length of too many octets keeps everything else (X.690 10.1)', () => {
    const { der } = broken.longLength(leaf).certificate
    expect([...der.subarray(0, 3)]).toEqual([0x30, 0x83, 0])
    expect(membersOf(der)).toEqual(membersOf(leaf.certificate.der))
  })

  test('keeps the intermediates that were sent with it', () => {
    const below = root.intermediate().issue()
    expect(broken.trailingBytes(below).chain.slice(1)).toEqual(below.chain.slice(1))
  })

  test('of a duplicate extension has both (RFC 5280 4.2)', (context) => {
    const text = opensslText(context, broken.duplicateExtension(root))
    expect(text).toContain('DNS:one.example')
    expect(text).toContain('DNS:other.example')
  })

  test('of a negative serial number is negative (RFC 5280 4.1.2.2)', (context) => {
    expect(opensslText(context, broken.negativeSerialNumber(root))).toMatch(
      /Serial Number:(?: -1 |\s+\(Negative\)01\n)/,
    )
  })

  test.for([
    ['uncompressed', /pub:\s+04:/],
    ['compressed', /pub:\s+0[23]:/],
    ['hybrid', /pub:\s+0[67]:/],
  ] as const)('of an EC point can be %s (RFC 5480 2.2)', ([form, expected], context) => {
    expect(opensslText(context, broken.pointForm(root, form))).toMatch(expected)
  })
})

describe('algorithm identifiers', () => {
  test('can differ inside and outside the signed part (RFC 5280 4.1.1.2)', () => {
    const { tbs, signatureAlgorithm } = partsOf(broken.algorithmMismatch(root).certificate.der)
    const inside = membersOf(tbs)[2]
    expect(inside).toBeDefined()
    expect(inside).not.toEqual(signatureAlgorithm)
  })
})
