import { X509Certificate } from 'node:crypto'
import { createAuthority, createKeyPool, der, type NameInput } from '@clientcert/testing'
import fc from 'fast-check'
import { Certificate as Pkijs } from 'pkijs'
import { describe, expect, test } from 'vitest'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { fingerprintOf } from '../../src/x509/fingerprint.ts'
import { ATTRIBUTE_NAMES, type Name, nameAttributes } from '../../src/x509/name.ts'
import { parsed } from './minted.ts'

const hexOf = (octets: Uint8Array | ArrayBuffer) => Buffer.from(new Uint8Array(octets)).toString('hex')

/** Few keys, so that the certificates can be many. */
const keyPool = createKeyPool({ size: 2 })
const root = createAuthority({ keyPool })
const rsa = createAuthority({ key: 'rsa2048', keyPool })

const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...' #,+"\\<>;=\'/ab\0\n\x7f'.split('')), fc.constantFrom('\u00eb', '\u5f20')),
  minLength: 1,
  maxLength: 8,
})
const ascii = fc.string({ unit: fc.constantFrom(...'abcXYZ019 -.'.split('')), minLength: 1, maxLength: 8 })
// Only well-formed ones: of 8-bit octets in an IA5String OpenSSL makes Latin-1, and we show the octets.
const value = fc.oneof(
  fc.record({ text, as: fc.constantFrom('utf8' as const, 'bmp' as const, 'universal' as const) }),
  fc.record({
    text: ascii,
    as: fc.constantFrom('printable' as const, 'ia5' as const, 'teletex' as const),
  }),
)
const type = fc.constantFrom(...ATTRIBUTE_NAMES.keys(), '1.3.6.1.4.1.32473.7')
const rdn = fc.uniqueArray(fc.tuple(type, value), { minLength: 1, maxLength: 3, selector: ([oid]) => oid })
const subject = fc.array(rdn, { maxLength: 4 }) as fc.Arbitrary<NameInput>

const host = fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z]{2,5}){1,2}$/)
const san = fc.array(
  fc.oneof(
    fc.record({ dns: host }),
    fc.record({ email: host.map((name) => `a@${name}`) }),
    fc.record({ uri: host.map((name) => `spiffe://${name}/x`) }),
    fc.record({ ip: fc.oneof(fc.ipV4(), fc.ipV6()) }),
    fc.record({ directoryName: host }),
    fc.record({ rid: fc.constant('1.3.6.1.4.1.32473.8') }),
    fc.record({ otherName: fc.constant({ type: '1.3.6.1.4.1.311.20.2.3', value: der.string('a', 'utf8') }) }),
  ),
  { minLength: 1, maxLength: 5 },
)

const instant = fc
  .integer({ min: Date.UTC(1950, 0) / 1000, max: Date.UTC(9999, 11, 31) / 1000 })
  .map((seconds) => new Date(seconds * 1000))
const options = fc.record(
  {
    subject,
    san,
    serialNumber: fc.bigInt({ min: -(2n ** 170n), max: 2n ** 170n }),
    notBefore: instant,
    notAfter: instant,
    eku: fc.uniqueArray(
      fc.constantFrom('clientAuth' as const, 'serverAuth' as const, 'any' as const, '1.3.6.1.4.1.32473.9' as const),
      { minLength: 1 },
    ),
    basicConstraints: fc.record({ ca: fc.boolean() }),
  },
  { requiredKeys: [] },
)
// By name, since what fails is printed, and an authority holds a private key.
const issuers = { root, rsa }
const issuer = fc.constantFrom('root' as const, 'root' as const, 'rsa' as const)

/** Both names of a type where OpenSSL's differs from RFC 4519's. */
const OPENSSL_NAMES: Readonly<Record<string, string>> = { STREET: 'street' }

/** A name as `X509Certificate` prints it: RFC 2253's escapes, control characters as octets, a line for each RDN. */
function nodeText(name: Name): string | undefined {
  const lines = nameAttributes(name).map((attributes) =>
    attributes
      .map(({ oid, value: shown }) => {
        const short = ATTRIBUTE_NAMES.get(oid) ?? oid
        return `${OPENSSL_NAMES[short] ?? short}=${escaped(shown ?? '?')}`
      })
      .join(' + '),
  )
  return lines.length === 0 ? undefined : lines.join('\n')
}

// A value that is # alone stays as it is: OpenSSL asks whether it is the last character before whether it is the first.
const escaped = (shown: string) =>
  shown
    .replaceAll(/[,+"\\<>;]|^ |^#(?!$)| $/g, '\\$&')
    .replaceAll(/\p{Cc}/gu, (control) => `\\${control.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

describe('the same certificate', () => {
  test('is read as node:crypto reads it', () => {
    fc.assert(
      fc.property(issuer, options, (name, asked) => {
        const minted = issuers[name].issue(asked)
        const { x509 } = minted.certificate
        const certificate = parsed(minted)
        expect(nodeText(certificate.subject)).toBe(x509.subject)
        expect(nodeText(certificate.issuer)).toBe(x509.issuer)
        expect(fingerprintOf(certificate.der)).toBe(x509.fingerprint256.replaceAll(':', '').toLowerCase())
        expect(numberOf(certificate.serialNumber)).toBe(nodeNumber(x509.serialNumber))
        expect(certificate.notBefore).toBe(Date.parse(x509.validFrom))
        expect(certificate.notAfter).toBe(Date.parse(x509.validTo))
        expect(hexOf(certificate.publicKey.der)).toBe(hexOf(x509.publicKey.export({ type: 'spki', format: 'der' })))
        expect(certificate.extensions.extendedKeyUsage).toEqual(x509.keyUsage)
        expect(certificate.extensions.subjectAltName?.length).toBe(x509.subjectAltName?.split(', ').length)
        expect(certificate.extensions.basicConstraints?.ca ?? false).toBe(asked.basicConstraints?.ca ?? false)
      }),
      { numRuns: 300 },
    )
  })

  test('is read as pkijs reads it', () => {
    fc.assert(
      fc.property(issuer, options, (name, asked) => {
        const minted = issuers[name].issue(asked)
        const oracle = Pkijs.fromBER(minted.certificate.der)
        const certificate = parsed(minted)
        expect(certificate.version).toBe(oracle.version + 1)
        expect(hexOf(certificate.tbs)).toBe(hexOf(oracle.tbsView))
        expect(hexOf(certificate.signature)).toBe(hexOf(oracle.signatureValue.valueBlock.valueHexView))
        expect(hexOf(certificate.serialNumber)).toBe(hexOf(oracle.serialNumber.valueBlock.valueHexView))
        expect(certificate.signatureAlgorithm.oid).toBe(oracle.signatureAlgorithm.algorithmId)
        expect(hexOf(certificate.issuer.der)).toBe(hexOf(oracle.issuer.toSchema().toBER()))
        expect(
          nameAttributes(certificate.subject)
            .flat()
            .map(({ oid }) => oid),
        ).toEqual(oracle.subject.typesAndValues.map(({ type: oid }) => oid))
        expect(certificate.notBefore).toBe(oracle.notBefore.value.getTime())
        expect(certificate.notAfter).toBe(oracle.notAfter.value.getTime())
        expect(
          certificate.extensions.all.map(({ oid, critical, value: octets }) => ({
            oid,
            critical,
            octets: hexOf(octets),
          })),
        ).toEqual(
          (oracle.extensions ?? []).map(({ extnID: oid, critical, extnValue }) => ({
            oid,
            critical,
            octets: hexOf(extnValue.valueBlock.valueHexView),
          })),
        )
      }),
      { numRuns: 100 },
    )
  })

  // Two readers of one certificate who do not read the same are how a verifier comes to vouch for another client.
  test('is read by both alike after octets of it were changed, wherever both still read it', () => {
    let both = 0
    const good = issuers.root.issue({
      subject: [{ O: 'Example' }, { CN: { text: 'Zo\u00eb', as: 'bmp' }, UID: '42' }],
      san: { dns: 'a.example', email: 'a@b.example', ip: '192.0.2.1' },
    }).certificate.der
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.noBias(fc.nat(good.length - 1)), fc.nat(255)), { minLength: 1, maxLength: 2 }),
        (changes) => {
          const changed = changes.reduce((bytes, [at, octet]) => bytes.with(at, octet), good)
          const result = parseCertificate(changed)
          const x509 = tryX509(changed)
          if (!result.ok || x509 === undefined) return
          both++
          const { serialNumber, subject, issuer: by, notBefore, notAfter, extensions } = result.value
          expect(numberOf(serialNumber)).toBe(nodeNumber(x509.serialNumber))
          expect([notBefore, notAfter]).toEqual([Date.parse(x509.validFrom), Date.parse(x509.validTo)])
          for (const [name, printed = ''] of [
            [subject, x509.subject],
            [by, x509.issuer],
          ] as const) {
            expect(nameAttributes(name)).toHaveLength(printed === '' ? 0 : printed.split('\n').length)
          }
          expect(extensions.extendedKeyUsage).toEqual(x509.keyUsage ?? null)
          expect(extensions.subjectAltName === null).toBe(x509.subjectAltName === undefined)
        },
      ),
      { numRuns: 2_000 },
    )
    expect(both).toBeGreaterThan(300)
  })
})

/** Undefined where OpenSSL reads no certificate. */
function tryX509(bytes: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes)
  } catch {
    return undefined
  }
}

const nodeNumber = (hexadecimal: string) =>
  hexadecimal.startsWith('-') ? -BigInt(`0x${hexadecimal.slice(1)}`) : BigInt(`0x${hexadecimal}`)

/** Two's complement, as the INTEGER has it. */
function numberOf(octets: Uint8Array): bigint {
  return BigInt.asIntN(octets.length * 8, BigInt(`0x${hexOf(octets)}`))
}
