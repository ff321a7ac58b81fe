import {
  type CertificateOptions,
  type CrlOptions,
  createAuthority,
  crlSigner,
  type DistributionPointInput,
  mintCrl,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { reasonsWithin } from '../../../src/revocation/crl/crl-scope.ts'
import { ALL_REASONS } from '../../../src/x509/distribution-point.ts'
import { certificateOf, loaded, verdictFor } from './crls.ts'

const root = createAuthority('Clients CA')
const revoked = (leaf: ReturnType<typeof root.issue>, options: CrlOptions) =>
  mintCrl(root, { entries: [leaf], ...options })

/** What a CRL with this issuing distribution point, which revokes the client, says of it. */
async function within(
  point: CrlOptions['issuingDistributionPoint'],
  certificate: CertificateOptions = {},
): Promise<string> {
  const leaf = root.issue(certificate)
  return verdictFor(root, leaf, [revoked(leaf, point ? { issuingDistributionPoint: point } : {})])
}

const SPEAKS = 'revoked: unspecified'
const SILENT = 'none: out-of-scope'

describe('a CRL without an issuing distribution point speaks of all certificates of its issuer (RFC 5280 6.3.3 b 2)', () => {
  test.each<readonly [string, CertificateOptions]>([
    ['without distribution points', {}],
    ['with one', { crlDistributionPoints: ['http://crl.example/a'] }],
    ['that is an authority', { basicConstraints: { ca: true } }],
  ])('%s', async (_, certificate) => {
    expect(await within(null, certificate)).toBe(SPEAKS)
  })

  test('and of nobody else’s: the client of another CA is not its business (b 1)', async () => {
    const other = createAuthority('Other CA')
    const leaf = other.issue()
    expect(await verdictFor(other, leaf, [revoked(leaf, {})])).toBe('silent')
  })
})

describe('the name of an issuing distribution point is one of the certificate’s, or the CRL is silent (RFC 5280 6.3.3 b 2 i)', () => {
  const a = 'http://crl.example/a'
  const b = 'http://crl.example/b'

  test.each<readonly [string, DistributionPointInput[] | undefined, CrlOptions['issuingDistributionPoint'], string]>([
    ['the same URI', [a], { fullName: { uri: a } }, SPEAKS],
    ['one of several', [b, a], { fullName: { uri: ['http://crl.example/c', a] } }, SPEAKS],
    ['another URI', [b], { fullName: { uri: a } }, SILENT],
    ['the same URI in another case', ['http://crl.example/A'], { fullName: { uri: a } }, SILENT],
    ['the URI as another type of name', [{ fullName: { dns: a } }], { fullName: { uri: a } }, SILENT],
    ['the same dNSName', [{ fullName: { dns: 'a' } }], { fullName: { dns: 'a' } }, SPEAKS],
    ['the same address', [{ fullName: { ip: '192.0.2.1' } }], { fullName: { ip: '192.0.2.1' } }, SPEAKS],
    ['no distribution point in the certificate', undefined, { fullName: { uri: a } }, SILENT],
    [
      'the same directory name, compared as names are (7.1)',
      [{ fullName: { directoryName: 'CRL  one' } }],
      { fullName: { directoryName: 'crl One' } },
      SPEAKS,
    ],
    ['the same relative name', [{ relativeName: { CN: 'CRL 1' } }], { relativeName: { CN: 'CRL 1' } }, SPEAKS],
    [
      'a relative name, and the same written out',
      [{ relativeName: { OU: 'CRL 1' } }],
      { fullName: { directoryName: [[{ CN: 'Clients CA' }, { OU: 'CRL 1' }]] } },
      SPEAKS,
    ],
    ['another relative name', [{ relativeName: { CN: 'CRL 2' } }], { relativeName: { CN: 'CRL 1' } }, SILENT],
    [
      'the name of the issuer itself, which every certificate has for a point (6.3.3, at the end)',
      undefined,
      { fullName: { directoryName: 'Clients CA' } },
      SPEAKS,
    ],
    ['a point without name', [{ crlIssuer: { directoryName: 'Clients CA' } }], { fullName: { uri: a } }, SILENT],
  ])('%s', async (_, crlDistributionPoints, point, expected) => {
    expect(await within(point, crlDistributionPoints ? { crlDistributionPoints } : {})).toBe(expected)
  })

  test('a relative name that becomes too long to be a name is silent, and nothing is thrown', async () => {
    const long = createAuthority({ subject: { O: 'x'.repeat(1_000), OU: 'y'.repeat(900) } })
    const relativeName = { CN: 'z'.repeat(200) }
    const leaf = long.issue({ crlDistributionPoints: [{ relativeName }] })
    const crl = mintCrl(long, { entries: [leaf], issuingDistributionPoint: { relativeName } })
    expect(await verdictFor(long, leaf, [crl])).toBe(SILENT)
  })
})

describe('a CRL for one kind of certificates is silent on the others (RFC 5280 6.3.3 b 2 ii to iv)', () => {
  const user = {}
  const authority = { basicConstraints: { ca: true } }

  test.each([
    ['user-certificates', user, SPEAKS],
    ['user-certificates', authority, SILENT],
    ['user-certificates', { basicConstraints: { ca: false } }, SPEAKS],
    ['authority-certificates', authority, SPEAKS],
    ['authority-certificates', user, SILENT],
    ['attribute-certificates', user, SILENT],
    ['attribute-certificates', authority, SILENT],
  ] as const)('one for %s and a certificate with %j', async (kind, certificate, expected) => {
    expect(await within({ onlyContains: [kind] }, certificate)).toBe(expected)
  })
})

describe('an indirect CRL is one that the certificate names, and that says so itself (RFC 5280 6.3.3 b 1)', () => {
  const signer = crlSigner(root, { subject: 'CRL Issuer' })
  const named = { crlDistributionPoints: [{ crlIssuer: { directoryName: 'CRL Issuer' } }] }

  async function indirect(certificate: CertificateOptions, options: CrlOptions): Promise<string> {
    const leaf = root.issue(certificate)
    const entry = { certificate: leaf.certificate, certificateIssuer: 'Clients CA' }
    return verdictFor(root, leaf, [mintCrl(signer, { entries: [entry], ...options })], { intermediates: [signer] })
  }

  test('then it speaks', async () => {
    expect(await indirect(named, { issuingDistributionPoint: { indirect: true } })).toBe(SPEAKS)
  })

  test('not where it does not say so', async () => {
    expect(await indirect(named, {})).toBe(SILENT)
    expect(await indirect(named, { issuingDistributionPoint: { onlyContains: ['user-certificates'] } })).toBe(SILENT)
  })

  test('not where the certificate does not name it', async () => {
    const other = { crlDistributionPoints: [{ crlIssuer: { directoryName: 'Another Issuer' } }] }
    expect(await indirect({}, { issuingDistributionPoint: { indirect: true } })).toBe('silent')
    expect(await indirect(other, { issuingDistributionPoint: { indirect: true } })).toBe('silent')
  })

  test('its point has a name, that of its issuer, or none', async () => {
    const point = { fullName: { uri: 'http://crl.example/i' }, crlIssuer: { directoryName: 'CRL Issuer' } }
    const withName = { crlDistributionPoints: [point] }
    const idp = (name: object) => ({ issuingDistributionPoint: { indirect: true, ...name } })
    expect(await indirect(withName, idp({ fullName: { uri: 'http://crl.example/i' } }))).toBe(SPEAKS)
    expect(await indirect(withName, idp({ fullName: { uri: 'http://crl.example/j' } }))).toBe(SILENT)
    expect(await indirect(named, idp({ fullName: { directoryName: 'CRL Issuer' } }))).toBe(SPEAKS)
    expect(await indirect(named, idp({ fullName: { directoryName: 'Clients CA' } }))).toBe(SILENT)
  })

  test('an entry without a certificateIssuer is of the issuer of the CRL (5.3.3)', async () => {
    const leaf = root.issue(named)
    const crl = mintCrl(signer, { entries: [leaf], issuingDistributionPoint: { indirect: true } })
    expect(await verdictFor(root, leaf, [crl], { intermediates: [signer] })).toBe('good')
  })
})

describe('the reasons of which a CRL speaks are those of both (RFC 5280 6.3.3 d)', () => {
  const KEY = 0b10
  const AUTHORITY = 0b100

  test.each<readonly [DistributionPointInput, CrlOptions['issuingDistributionPoint'], number]>([
    ['u:a', null, ALL_REASONS],
    [{ fullName: { uri: 'u:a' }, reasons: ['keyCompromise'] }, null, KEY],
    ['u:a', { onlySomeReasons: ['keyCompromise', 'cACompromise'] }, KEY | AUTHORITY],
    [
      { fullName: { uri: 'u:a' }, reasons: ['keyCompromise', 'superseded'] },
      { onlySomeReasons: ['keyCompromise', 'cACompromise'] },
      KEY,
    ],
    [{ fullName: { uri: 'u:a' }, reasons: ['superseded'] }, { onlySomeReasons: ['keyCompromise'] }, 0],
    ['u:a', { onlySomeReasons: [] }, 0],
  ])('%j and %j', (input, idp, reasons) => {
    const certificate = certificateOf(root.issue({ crlDistributionPoints: [input] }))
    const [point] = certificate.extensions.cRLDistributionPoints ?? []
    if (!point) throw new Error('no point')
    const { list } = loaded(mintCrl(root, { issuingDistributionPoint: idp ?? null }))
    expect(reasonsWithin(list, point, certificate)).toBe(reasons)
  })
})
