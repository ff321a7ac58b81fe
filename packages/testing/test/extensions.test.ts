import { createAuthority, der, extension } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { opensslText } from './openssl.ts'

const root = createAuthority()

describe('an extension, as openssl reads it', () => {
  test.for([
    [
      'basicConstraints with a path length',
      extension.basicConstraints({ ca: true, pathLen: 0 }),
      'Basic Constraints: critical\n CA:TRUE, pathlen:0',
    ],
    [
      'basicConstraints of an end entity',
      extension.basicConstraints({ ca: false, critical: false }),
      'Basic Constraints: \n CA:FALSE',
    ],
    [
      'the first and the ninth key usage',
      extension.keyUsage(['digitalSignature', 'decipherOnly']),
      'Key Usage: critical\n Digital Signature, Decipher Only',
    ],
    [
      'purposes by name and by identifier',
      extension.extKeyUsage(['clientAuth', 'any', '1.2.3.4']),
      'Extended Key Usage: \n TLS Web Client Authentication, Any Extended Key Usage, 1.2.3.4',
    ],
    [
      'name constraints of both kinds',
      extension.nameConstraints({
        permitted: { dns: '.example', ip: '10.0.0.0/8' },
        excluded: { email: 'bad.example' },
      }),
      'Name Constraints: critical\n Permitted:\n DNS:.example\n IP:10.0.0.0/255.0.0.0\n Excluded:\n email:bad.example',
    ],
    [
      'policies',
      extension.certificatePolicies(['1.2.3.4', '2.5.29.32.0']),
      'Certificate Policies: \n Policy: 1.2.3.4\n Policy: X509v3 Any Policy',
    ],
    [
      'policy mappings',
      extension.policyMappings([{ issuerDomain: '1.2.3', subjectDomain: '1.2.4' }]),
      'Policy Mappings: critical\n 1.2.3:1.2.4',
    ],
    [
      'policy constraints',
      extension.policyConstraints({ requireExplicitPolicy: 0, inhibitPolicyMapping: 3 }),
      'Policy Constraints: critical\n Require Explicit Policy:0, Inhibit Policy Mapping:3',
    ],
    ['inhibitAnyPolicy', extension.inhibitAnyPolicy(2), 'Inhibit Any Policy: critical\n 2'],
    [
      'CRL distribution points',
      extension.crlDistributionPoints(['http://crl.example/a']),
      'CRL Distribution Points: \n Full Name:\n URI:http://crl.example/a',
    ],
    [
      'authority information access',
      extension.authorityInfoAccess({ ocsp: ['http://o.example'], caIssuers: ['http://i.example'] }),
      'Authority Information Access: \n OCSP - URI:http://o.example\n CA Issuers - URI:http://i.example',
    ],
    [
      'a distribution point with everything',
      extension.crlDistributionPoints([
        {
          relativeName: { CN: 'two' },
          reasons: ['keyCompromise', 'aACompromise'],
          crlIssuer: { directoryName: 'Other CA' },
        },
      ]),
      'Relative Name:\n CN = two\n Reasons:\n Key Compromise, AA Compromise\n CRL Issuer:\n DirName:CN = Other CA',
    ],
    ['freshestCRL', extension.freshestCrl(['http://d.example']), 'Freshest CRL: \n Full Name:\n URI:http://d.example'],
    ['OCSP nocheck', extension.ocspNoCheck(), 'OCSP No Check'],
  ] as const)('%s', ([, made, text], context) => {
    const leaf = root.issue({ extensions: [made] })
    const lines = opensslText(context, leaf)
      .split('\n')
      .map((line) => line.trim())
    expect(lines.join('\n')).toContain(
      text
        .split('\n')
        .map((line) => line.trim())
        .join('\n'),
    )
  })
})

test('the criticality FALSE is left out, being the default (X.690 11.5)', () => {
  const encoded = Buffer.from(extension.encodeExtension({ oid: '1.2.3', critical: false, value: der.nullValue() }))
  expect(encoded.toString('hex')).toBe('300806022a0304020500')
})

test('no key usage is an empty bit string (X.690 11.2.2)', () => {
  expect(Buffer.from(extension.keyUsage([]).value).toString('hex')).toBe('030100')
})

test('where revocation is published is an option of each certificate, absent unless asked for', (context) => {
  const published = {
    crlDistributionPoints: ['http://crl.example/a', { fullName: { uri: 'http://crl.example/b' } }],
    freshestCrl: ['http://crl.example/delta'],
    authorityInfoAccess: { ocsp: ['http://ocsp.example'] },
    noRevAvail: 'present',
  } as const
  for (const holder of [root.issue(published), root.intermediate(published), createAuthority(published)]) {
    const text = opensslText(context, holder)
    for (const says of ['URI:http://crl.example/a', 'URI:http://crl.example/b', 'Freshest CRL', 'OCSP - URI:'])
      expect(text).toContain(says)
    expect(
      Buffer.from(holder.certificate.der).includes(Buffer.from(extension.encodeExtension(extension.noRevAvail()))),
    ).toBe(true)
  }
  const none = opensslText(context, root.issue({ crlDistributionPoints: null, noRevAvail: null }))
  expect(none).not.toMatch(/CRL Distribution|Freshest|Authority Information|2\.5\.29\.56/)
})

test('a reason, purpose or usage that means nothing is refused', () => {
  const point = { fullName: { uri: 'http://c.example' }, reasons: ['lost' as 'superseded'] }
  expect(() => extension.crlDistributionPoints([point])).toThrow(/unknown reason "lost".*keyCompromise/)
  expect(() => extension.extKeyUsage(['client' as 'clientAuth'])).toThrow(/unknown purpose "client".*clientAuth/)
  expect(() => extension.keyUsage(['sign' as 'keyCertSign'])).toThrow(/unknown key usage "sign".*keyCertSign/)
})

test('an authority key identifier may name issuer and serial number instead of a key (RFC 5280 4.2.1.1)', (context) => {
  const leaf = root.issue({
    authorityKeyIdentifier: { issuer: { directoryName: 'Root CA' }, serialNumber: 128n },
  })
  expect(opensslText(context, leaf)).toMatch(/Authority Key Identifier:\s+DirName:\/CN=Root CA\s+serial:80/)
})

test('noRevAvail is a NULL that is not critical (RFC 9608 2)', () => {
  const encoded = Buffer.from(extension.encodeExtension(extension.noRevAvail()))
  expect(encoded.toString('hex')).toBe('30090603551d3804020500')
})
