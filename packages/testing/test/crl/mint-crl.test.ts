import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  broken,
  type CrlOptions,
  type CrlSigner,
  createAuthority,
  crlExtension,
  crlSigner,
  der,
  encodeCrlEntries,
  extension,
  type Leaf,
  type MintedCrl,
  mintCrl,
  schemeOf,
} from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openssl } from '../openssl.ts'

type Context = Parameters<typeof openssl>[0]

const root = createAuthority()
const leaf = root.issue('mallory')

/** A CRL as openssl prints it, one line after the other without indentation; where it forgets to break one, broken. */
function crlText(context: Context, crl: MintedCrl): string {
  const text = openssl(context, ['crl', '-inform', 'DER', '-noout', '-text'], crl.der)
  return text
    .split('\n')
    .map((line) => line.trim().replaceAll(/ {5,}/g, '\n'))
    .join('\n')
}

/** What openssl says of the signature of a CRL under a certificate. */
function signatureOf(context: Context, crl: MintedCrl, signer: Leaf): string {
  const directory = mkdtempSync(join(tmpdir(), 'clientcert-testing-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'signer.pem')
  writeFileSync(path, signer.certificate.pem)
  return openssl(context, ['crl', '-noout', '-CAfile', path, '-verify'], crl.pem).trim()
}

describe('a CRL by default', () => {
  test('is of version 2, numbered, points at the key of its issuer, and revokes nobody (RFC 5280 5.1.2)', (context) => {
    const text = crlText(context, mintCrl(root))
    expect(text).toContain('Version 2 (0x1)')
    expect(text).toContain('Issuer: CN = Root CA')
    expect(text).toContain('Last Update: Dec 31 23:00:00 2025 GMT\nNext Update: Jan  8 00:00:00 2026 GMT')
    expect(text).toMatch(/Authority Key Identifier:\s+([0-9A-F]{2}:){19}[0-9A-F]{2}\nX509v3 CRL Number:\s+1\n/)
    expect(text).toContain('No Revoked Certificates.')
  })

  test.for(['p256', 'p384', 'p521', 'rsa2048', 'ed25519', 'ed448', 'rsa-pss2048', 'dsa2048'] as const)(
    'is signed by a key of the kind %s, as openssl verifies; one bit more, and it is not',
    (key, context) => {
      const signer = createAuthority({ key })
      const crl = mintCrl(signer, { entries: [leaf] })
      expect(signatureOf(context, crl, signer)).toBe('verify OK')
      expect(signatureOf(context, broken.forgedCrl(crl), signer)).toContain('verify failure')
      expect(signatureOf(context, crl, createAuthority({ key }))).toContain('verify failure')
    },
  )

  test('comes as DER and as PEM', (context) => {
    const crl = mintCrl(root)
    expect(crl.pem).toMatch(/^-----BEGIN X509 CRL-----\n/)
    expect(openssl(context, ['crl', '-outform', 'PEM'], crl.pem)).toBe(crl.pem)
  })
})

describe('an option of a CRL, as openssl reads it', () => {
  const at = new Date('2026-02-03T04:05:06Z')
  test.for<readonly [string, CrlOptions, string]>([
    ['version 1, without extensions', { version: 1, entries: [leaf] }, 'Version 1 (0x0)'],
    ['a version that does not exist', { version: 3 }, 'Version unknown (2)'],
    ['another name', { issuerName: 'Somebody' }, 'Issuer: CN = Somebody'],
    ['when it was issued', { thisUpdate: at }, 'Last Update: Feb  3 04:05:06 2026 GMT'],
    ['when the next comes', { nextUpdate: at }, 'Next Update: Feb  3 04:05:06 2026 GMT'],
    ['no next one', { nextUpdate: null }, 'Next Update: NONE'],
    ['a Time as bytes', { thisUpdate: der.generalizedTime(at) }, 'Last Update: Feb  3 04:05:06 2026 GMT'],
    ['a number', { number: 258n }, 'X509v3 CRL Number:\n258'],
    ['the CRL that it changes', { baseCrlNumber: 7 }, 'X509v3 Delta CRL Indicator: critical\n7'],
    [
      'where the deltas are',
      { freshestCrl: ['http://d.example'] },
      'X509v3 Freshest CRL:\nFull Name:\nURI:http://d.example',
    ],
    [
      'whose key it is signed with',
      { authorityKeyIdentifier: { keyIdentifier: der.hex('abcd') } },
      'X509v3 Authority Key Identifier:\nAB:CD',
    ],
    [
      'for whom it speaks',
      {
        issuingDistributionPoint: {
          fullName: { uri: 'http://c.example' },
          onlyContains: ['user-certificates'],
          onlySomeReasons: ['superseded'],
          indirect: true,
        },
      },
      'X509v3 Issuing Distribution Point: critical\nFull Name:\nURI:http://c.example\n' +
        'Only User Certificates\nIndirect CRL\nOnly Some Reasons:\nSuperseded',
    ],
    [
      'authorities only, by a relative name',
      { issuingDistributionPoint: { relativeName: { CN: 'two' }, onlyContains: ['authority-certificates'] } },
      'Relative Name:\nCN = two\nOnly CA Certificates',
    ],
    [
      'an extension of any kind',
      { extensions: [{ oid: '1.2.3.4', critical: true, value: der.nullValue() }] },
      '1.2.3.4: critical',
    ],
    [
      'an extension in the place of a default',
      { extensions: [{ ...crlExtension.crlNumber(9), critical: true }] },
      'X509v3 CRL Number: critical\n9',
    ],
  ])('%s', ([, options, says], context) => {
    expect(crlText(context, mintCrl(root, options))).toContain(says)
  })

  test('what is left out is not there', (context) => {
    const text = crlText(context, mintCrl(root, { number: null, authorityKeyIdentifier: null }))
    expect(text).not.toContain('extensions')
    expect(crlText(context, mintCrl(root, { version: 1 }))).not.toContain('extensions')
  })

  test('an algorithm of its own, also inside alone (RFC 5280 5.1.1.2)', (context) => {
    const rsa = createAuthority({ key: 'rsa2048' })
    expect(crlText(context, mintCrl(rsa, { signature: 'rsa-pkcs1-sha512' }))).toContain('sha512WithRSAEncryption')
    const identifiers = (['rsa-pkcs1-sha512', 'rsa-pkcs1-sha256'] as const).map((name) => schemeOf(name).identifier)
    const mixed = Buffer.from(mintCrl(rsa, { tbsSignature: 'rsa-pkcs1-sha512' }).der)
    const [inside = -1, outside = -1] = identifiers.map((identifier) => mixed.indexOf(identifier))
    expect(inside).toBeGreaterThan(0)
    expect(outside).toBeGreaterThan(inside)
  })

  test('one that does not exist is refused, and a reason that means nothing', () => {
    expect(() => mintCrl(root, { nextupdate: null } as CrlOptions)).toThrow(/unknown option "nextupdate".*nextUpdate/)
    const lost = { certificate: leaf.certificate, reason: 'lost' as 'superseded' }
    expect(() => mintCrl(root, { entries: [lost] })).toThrow(/unknown reason "lost".*keyCompromise/)
  })

  test('alterTbs signs whatever it returns', () => {
    const crl = mintCrl(root, { alterTbs: () => der.nullValue() })
    expect(Buffer.from(crl.der).includes(Buffer.from([0x05, 0x00, 0x30]))).toBe(true)
  })
})

describe('an entry, as openssl reads it (RFC 5280 5.3)', () => {
  const serial = leaf.certificate.x509.serialNumber

  test('is of a certificate or of a number, a day old', (context) => {
    const text = crlText(context, mintCrl(root, { entries: [leaf, { serialNumber: 128n }] }))
    expect(text).toContain(`Serial Number: ${serial}\nRevocation Date: Dec 31 00:00:00 2025 GMT`)
    expect(text).toContain('Serial Number: 80\n')
    expect(text).not.toContain('CRL entry extensions')
  })

  test('has reason, invalidity date, certificate issuer and any extension', (context) => {
    const entry = {
      certificate: leaf.certificate,
      revokedAt: new Date('2025-06-07T08:09:10Z'),
      reason: 'keyCompromise',
      invalidityDate: new Date('2025-05-01T00:00:00Z'),
      certificateIssuer: { O: 'Other', CN: 'CA' },
      extensions: [{ oid: '1.2.3.4', value: der.nullValue() }],
    } as const
    const text = crlText(context, mintCrl(root, { entries: [entry] }))
    for (const says of [
      'Revocation Date: Jun  7 08:09:10 2025 GMT',
      'X509v3 CRL Reason Code:\nKey Compromise',
      'Invalidity Date:\nMay  1 00:00:00 2025 GMT',
      'X509v3 Certificate Issuer: critical\nDirName:/O=Other/CN=CA',
      '1.2.3.4:',
    ])
      expect(text).toContain(says)
  })

  test.for([
    ['removeFromCRL', 'Remove From CRL'],
    ['aACompromise', 'aACompromise'],
    [7, '..'],
  ] as const)('has the reason %s', ([reason, says], context) => {
    const text = crlText(context, mintCrl(root, { entries: [{ serialNumber: 1n, reason }] }))
    expect(text).toMatch(new RegExp(`Reason Code:\n(${says}|AA Compromise|7|\\.\\.\\.|0x7)`, 'i'))
  })

  test('keeps the octets of a number that is negative or padded', () => {
    for (const octets of [der.hex('ff'), der.hex('00ff'), der.hex('0001')]) {
      const revoked = root.issue({ serialNumber: octets })
      const crl = Buffer.from(mintCrl(root, { entries: [revoked] }).der)
      expect(crl.includes(Buffer.from(der.concat(der.integer(octets), der.hex('170d'))))).toBe(true)
    }
  })

  test('none leaves the list out, and empty bytes make an empty one (RFC 5280 5.1.2.6)', () => {
    const tbsOf = (options: CrlOptions): number => mintCrl(ed25519, options).der.length
    const ed25519 = createAuthority({ key: 'ed25519' })
    expect(tbsOf({ entries: [] })).toBe(tbsOf({}))
    expect(tbsOf({ entries: [new Uint8Array()] })).toBe(tbsOf({}) + 2)
  })
})

describe('many entries at once', () => {
  const revokedAt = root.at

  test('are what one by one would be', () => {
    const numbers = [0n, 1n, 127n, 128n, 255n, 256n, 2n ** 127n, 2n ** 159n - 1n]
    for (const details of [{ revokedAt }, { revokedAt, reason: 'superseded' } as const]) {
      const signer: CrlSigner = createAuthority({ key: 'ed25519' })
      const [one, other] = [
        mintCrl(signer, { entries: [encodeCrlEntries(numbers, details)] }),
        mintCrl(signer, { entries: numbers.map((serialNumber) => ({ serialNumber, ...details })) }),
      ]
      expect(Buffer.from(one.der)).toEqual(Buffer.from(other.der))
    }
  })

  test('with details of any length', () => {
    const extensions = [200, 40_000].map((length, index) => ({
      oid: `1.2.3.${index}`,
      value: der.octetString(new Uint8Array(length)),
    }))
    for (const some of [extensions.slice(0, 1), extensions]) {
      const details = { revokedAt, extensions: some }
      const signer: CrlSigner = createAuthority({ key: 'ed25519' })
      const one = mintCrl(signer, { entries: [encodeCrlEntries([5, 6], details)] })
      const entries = [5n, 6n].map((serialNumber) => ({ serialNumber, ...details }))
      expect(Buffer.from(one.der)).toEqual(Buffer.from(mintCrl(signer, { entries }).der))
    }
  })

  test('a hundred thousand of them, as openssl counts', (context) => {
    const numbers = Array.from({ length: 100_000 }, (_, index) => index + 1)
    const text = crlText(context, mintCrl(root, { entries: [leaf, encodeCrlEntries(numbers, { revokedAt })] }))
    expect(text.match(/Serial Number/g)).toHaveLength(100_001)
    expect(text).toContain('Serial Number: 0186A0\n')
  })

  test('a number of 128 octets is refused, being none that this writes', () => {
    expect(() => encodeCrlEntries([new Uint8Array(128)], { revokedAt })).toThrow(RangeError)
  })
})

describe('a separate signer of CRLs', () => {
  test('has the name of its authority, and cRLSign alone (RFC 5280 4.2.1.3)', (context) => {
    const signer = crlSigner(root)
    expect(signer.certificate.x509.subject).toBe(root.certificate.x509.subject)
    expect(signer.certificate.x509.keyUsage).toBeUndefined()
    const text = openssl(context, ['x509', '-noout', '-text'], signer.certificate.pem)
    expect(text).toMatch(/Key Usage: critical\s+CRL Sign\n/)
    expect(text).not.toContain('Basic Constraints')
    expect(signatureOf(context, mintCrl(signer), signer)).toBe('verify OK')
    expect(signatureOf(context, mintCrl(signer), root)).toContain('verify failure')
  })

  test('may have another name, for indirect CRLs', (context) => {
    const signer = crlSigner(root, { subject: 'CRL Issuer', extensions: [extension.ocspNoCheck()] })
    expect(crlText(context, mintCrl(signer))).toContain('Issuer: CN = CRL Issuer')
  })
})

describe('a broken CRL has one fault', () => {
  test('a critical extension that nobody processes, of itself or of an entry (RFC 5280 5.2, 5.3)', (context) => {
    const unknown = '1.3.6.1.4.1.32473.1: critical'
    const [whole, entry] = [
      broken.unknownCriticalCrlExtension(root, { entries: [leaf] }),
      broken.unknownCriticalEntryExtension(root, { entries: [leaf] }),
    ]
    for (const crl of [whole, entry]) {
      expect(crlText(context, crl)).toContain(unknown)
      expect(signatureOf(context, crl, root)).toBe('verify OK')
    }
    expect(crlText(context, whole).indexOf(unknown)).toBeLessThan(crlText(context, whole).indexOf('Revoked Cert'))
    expect(crlText(context, entry).indexOf(unknown)).toBeGreaterThan(crlText(context, entry).indexOf('Revoked Cert'))
  })
})
