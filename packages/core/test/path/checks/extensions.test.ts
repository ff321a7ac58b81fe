import { type CertificateOptions, EXTENSIONS, type Extension, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { chainOf, refusalOf, storeOf, verdictOn } from '../verdict.ts'

const PLACES = [
  { place: 'leaf', position: 0 },
  { place: 'intermediate', position: 1 },
  { place: 'root', position: 2 },
] as const

const unknown = (critical: boolean): Extension => ({
  oid: '1.3.6.1.4.1.32473.1',
  critical,
  value: Uint8Array.of(5, 0),
})

describe.each(PLACES)(
  'a critical extension of the $place is processed or refused (RFC 5280 4.2, 6.1.4 o, 6.1.5 f)',
  ({ place, position }) => {
    const verdictWith = (...extensions: readonly Extension[]) => verdictOn({ [place]: { extensions } })

    test('refuses an unknown one, and accepts it where it is not critical', () => {
      expect(verdictWith(unknown(false))).toBe('accepted')
      expect(verdictWith(unknown(true))).toBe(`ERR_PATH_CRITICAL_EXTENSION at ${position}`)
    })

    test.each<[string, Extension]>([
      ['cRLDistributionPoints', extension.crlDistributionPoints(['http://crl.example/'], { critical: true })],
      ['policyMappings', extension.policyMappings([{ issuerDomain: '1.2.3', subjectDomain: '1.2.4' }])],
      ['authorityInfoAccess', { ...extension.authorityInfoAccess({ ocsp: ['http://ocsp.example/'] }), critical: true }],
      [
        'issuerAltName',
        { ...extension.subjectAltName({ dns: 'a.example' }, { critical: true }), oid: EXTENSIONS.issuerAltName },
      ],
      // Issuers are forbidden to mark these two (4.2.1.1, 4.2.1.2), and they decide nothing here.
      ['authorityKeyIdentifier', extension.authorityKeyIdentifier({ keyIdentifier: Uint8Array.of(1) })],
      ['subjectKeyIdentifier', extension.subjectKeyIdentifier(Uint8Array.of(1))],
    ])('refuses a critical %s, which is known and not processed', (_, { critical: _critical, ...rest }) => {
      expect(verdictWith(rest)).toBe('accepted')
      expect(verdictWith({ ...rest, critical: true })).toBe(`ERR_PATH_CRITICAL_EXTENSION at ${position}`)
    })

    test.each<[string, Extension]>([
      ['subjectAltName', extension.subjectAltName({ dns: 'a.example' }, { critical: true })],
      ['certificatePolicies', extension.certificatePolicies(['1.2.3'], { critical: true })],
      ['extendedKeyUsage', extension.extKeyUsage(['clientAuth'], { critical: true })],
    ])('accepts a critical %s, which is processed', (_, critical) => {
      expect(verdictWith(critical)).toBe('accepted')
    })
  },
)

describe.each(PLACES)(
  'a constraint that is not evaluated is never passed over, on the $place',
  ({ place, position }) => {
    const constraints: readonly [string, string, Extension][] = [
      ['nameConstraints', '4.2.1.10', extension.nameConstraints({ permitted: { dns: 'example' } })],
      ['policyConstraints', '4.2.1.11', extension.policyConstraints({ requireExplicitPolicy: 0 })],
      ['inhibitAnyPolicy', '4.2.1.14', extension.inhibitAnyPolicy(0)],
    ]

    test.each(constraints)('refuses %s, critical or not (RFC 5280 %s)', (name, _, constraint) => {
      for (const critical of [true, false]) {
        const options: CertificateOptions = { extensions: [{ ...constraint, critical }] }
        const { root, leaf } = chainOf({ [place]: options })
        expect(refusalOf(leaf, storeOf([root]))).toMatchObject({
          code: 'ERR_PATH_CONSTRAINT_UNSUPPORTED',
          certificate: { position },
          extension: name,
          oid: constraint.oid,
        })
      }
      expect(verdictOn({ [place]: {} })).toBe('accepted')
    })
  },
)

test('names an extension that it does not know by its OID alone, a known one by name and OID', () => {
  const messageFor = (added: Extension) => {
    const { root, leaf } = chainOf({ leaf: { extensions: [added] } })
    return refusalOf(leaf, storeOf([root])).message
  }
  expect(messageFor(unknown(true))).toBe('the critical extension 1.3.6.1.4.1.32473.1 is not processed')
  expect(messageFor(extension.policyMappings([{ issuerDomain: '1.2.3', subjectDomain: '1.2.4' }]))).toBe(
    'the critical extension policyMappings (2.5.29.33) is not processed',
  )
})
