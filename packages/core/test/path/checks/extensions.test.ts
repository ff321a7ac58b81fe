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
      ['policyMappings', extension.policyMappings([{ issuerDomain: '1.2.3', subjectDomain: '1.2.4' }])],
      ['inhibitAnyPolicy', extension.inhibitAnyPolicy(0)],
    ])('accepts a critical %s, which is processed', (_, critical) => {
      expect(verdictWith(critical)).toBe('accepted')
    })
  },
)

describe('a constraint is obeyed, critical or not, and on the anchor too (RFC 5280 4.2.1.10, 4.2.1.11; RFC 5937)', () => {
  const places = [
    ['intermediate', 1],
    ['root', 2],
  ] as const

  test.each(places)('nameConstraints on the %s', (place, authority) => {
    for (const critical of [true, false]) {
      const constraint = { ...extension.nameConstraints({ permitted: { dns: 'example' } }), critical }
      const refusalFor = (dns: string) => {
        const { root, leaf } = chainOf({ [place]: { extensions: [constraint] }, leaf: { san: { dns } } })
        return refusalOf(leaf, storeOf([root]))
      }
      expect(refusalFor('a.test')).toMatchObject({ code: 'ERR_PATH_NAME_CONSTRAINT', rule: 'not-permitted', authority })
      expect(verdictOn({ [place]: { extensions: [constraint] }, leaf: { san: { dns: 'a.example' } } })).toBe('accepted')
    }
  })

  test.each(places)('policyConstraints on the %s', (place) => {
    for (const critical of [true, false]) {
      const constraint = { ...extension.policyConstraints({ requireExplicitPolicy: 0 }), critical }
      const policies: CertificateOptions = { extensions: [extension.certificatePolicies(['1.2.3'])] }
      expect(verdictOn({ [place]: { extensions: [constraint] } })).toMatch('ERR_PATH_POLICY')
      const intermediate =
        place === 'intermediate' ? { extensions: [constraint, ...(policies.extensions ?? [])] } : policies
      const root = place === 'root' ? { root: { extensions: [constraint] } } : {}
      expect(verdictOn({ ...root, intermediate, leaf: policies })).toBe('accepted')
    }
  })
})

test('refuses nameConstraints in a certificate that is no authority, and accepts them in one that is (RFC 5280 4.2.1.10)', () => {
  const extensions = [extension.nameConstraints({ permitted: { dns: 'example' } })]
  const { root, leaf } = chainOf({ leaf: { extensions } })
  expect(refusalOf(leaf, storeOf([root]))).toMatchObject({
    code: 'ERR_PATH_MISPLACED_CONSTRAINT',
    certificate: { position: 0 },
    extension: 'nameConstraints',
  })
  expect(verdictOn({ leaf: { extensions, basicConstraints: { ca: true } } })).toBe('accepted')
})

test('names an extension that it does not know by its OID alone, a known one by name and OID', () => {
  const messageFor = (added: Extension) => {
    const { root, leaf } = chainOf({ leaf: { extensions: [added] } })
    return refusalOf(leaf, storeOf([root])).message
  }
  expect(messageFor(unknown(true))).toBe('the critical extension 1.3.6.1.4.1.32473.1 is not processed')
  expect(messageFor(extension.crlDistributionPoints(['http://crl.example/'], { critical: true }))).toBe(
    'the critical extension cRLDistributionPoints (2.5.29.31) is not processed',
  )
})
