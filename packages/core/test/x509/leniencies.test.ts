import { der, EXTENSIONS } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import type { Leniency } from '../../src/x509/extensions.ts'
import { parsed, refusal, root, withField } from './minted.ts'

const date = new Date('2026-01-01T00:00:00Z')
const FALSE = der.boolean(false)
const attribute = (text: string) => der.sequence(der.oid('2.5.4.3'), der.string(text, 'utf8'))
const unsortedName = der.sequence(der.set(attribute('b'), attribute('a')))
const keyUsage = (bits: Uint8Array) => root.issue({ extensions: [{ oid: EXTENSIONS.keyUsage, value: bits }] })

/** An extension whose criticality is written out as FALSE, which no option does. */
const encodedFalse = der.sequence(der.oid('1.3.6.1.4.1.32473.1'), FALSE, der.octetString(der.nullValue()))

/** One certificate for each leniency, how often it is in there, and the neighbour that is not let through. */
const LENIENCIES: Readonly<Record<Leniency, { minted: Parameters<typeof parsed>[0]; times: number }[]>> = {
  'encoded-default-false': [
    {
      minted: root.issue({ alterTbs: withField('extensions', der.explicit(3, der.sequence(encodedFalse))) }),
      times: 1,
    },
    {
      minted: root.issue({ extensions: [{ oid: EXTENSIONS.basicConstraints, value: der.sequence(FALSE) }] }),
      times: 1,
    },
  ],
  'key-usage-trailing-zero-bits': [
    { minted: keyUsage(der.bitString(der.hex('80'))), times: 1 },
    { minted: keyUsage(der.bitString(der.hex('80 00'))), times: 1 },
    { minted: keyUsage(der.bitString(der.hex('80'), 6)), times: 1 },
  ],
  'unsorted-rdn': [
    { minted: root.issue({ subject: unsortedName }), times: 1 },
    {
      minted: root.issue({ subject: der.sequence(der.set(attribute('c'), attribute('b'), attribute('a'))) }),
      times: 2,
    },
    { minted: root.issue({ subject: unsortedName, issuerName: unsortedName }), times: 2 },
    { minted: root.issue({ san: { directoryName: unsortedName } }), times: 1 },
  ],
  'serial-not-positive': [
    { minted: root.issue({ serialNumber: 0n }), times: 1 },
    { minted: root.issue({ serialNumber: -1n }), times: 1 },
    { minted: root.issue({ serialNumber: der.hex(`80${'00'.repeat(15)}`) }), times: 1 },
  ],
  'serial-longer-than-20-octets': [
    { minted: root.issue({ serialNumber: 2n ** 160n }), times: 1 },
    { minted: root.issue({ serialNumber: der.hex(`01${'00'.repeat(39)}`) }), times: 1 },
  ],
  'generalized-time-before-2050': [
    { minted: root.issue({ notBefore: der.generalizedTime(date) }), times: 1 },
    { minted: root.issue({ notBefore: der.generalizedTime(date), notAfter: der.generalizedTime(date) }), times: 2 },
    { minted: root.issue({ notAfter: der.generalizedTime(new Date('2049-12-31T23:59:59Z')) }), times: 1 },
  ],
}

describe('a deviation that real private CAs force', () => {
  test.each(
    Object.entries(LENIENCIES).flatMap(([leniency, cases]) => cases.map((row, index) => ({ leniency, index, ...row }))),
  )('is let through, named and counted: $leniency, $index', ({ leniency, minted, times }) => {
    expect(parsed(minted).leniencies).toEqual(Array.from({ length: times }, () => leniency))
  })

  test('is counted beside others', () => {
    const minted = root.issue({ serialNumber: 0n, subject: unsortedName, notBefore: der.generalizedTime(date) })
    expect([...parsed(minted).leniencies].sort()).toEqual([
      'generalized-time-before-2050',
      'serial-not-positive',
      'unsorted-rdn',
    ])
    expect(parsed(root.issue({ serialNumber: -(2n ** 170n) })).leniencies).toEqual([
      'serial-not-positive',
      'serial-longer-than-20-octets',
    ])
  })

  test.each([
    ['TRUE written out, which is no DEFAULT', root.issue({ basicConstraints: { ca: true } })],
    ['an empty basicConstraints', root.issue({ basicConstraints: { ca: false } })],
    ['key usage of seven bits', root.issue({ keyUsage: ['cRLSign'] })],
    ['key usage of nine bits', root.issue({ keyUsage: ['digitalSignature', 'decipherOnly'] })],
    ['a sorted RDN', root.issue({ subject: der.sequence(der.set(attribute('a'), attribute('b'))) })],
    ['an RDN sorted by length', root.issue({ subject: der.sequence(der.set(attribute('b'), attribute('aa'))) })],
    ['serial 1', root.issue({ serialNumber: 1n })],
    ['a serial of 20 octets', root.issue({ serialNumber: 2n ** 159n - 1n })],
    ['a serial of 20 octets whose first is above 7F, 21 with the sign', root.issue({ serialNumber: 2n ** 160n - 1n })],
    ['GeneralizedTime from 2050', root.issue({ notAfter: new Date('2050-01-01T00:00:00Z') })],
    ['no well-defined end (RFC 5280 4.1.2.5)', root.issue({ notAfter: new Date('9999-12-31T23:59:59Z') })],
  ])('is not found in a certificate that has none: %s', (_, minted) => {
    expect(parsed(minted).leniencies).toEqual([])
  })

  test('is a matter of form only: no leniency reaches a BOOLEAN of 01, an unknown usage or a padded serial', () => {
    const basic = (value: Uint8Array) => root.issue({ extensions: [{ oid: EXTENSIONS.basicConstraints, value }] })
    expect(refusal(basic(der.sequence(der.hex('01 01 01')))).code).toBe('ERR_X509_EXTENSION_MALFORMED')
    expect(refusal(keyUsage(der.bitString(der.hex('80 40')))).code).toBe('ERR_X509_EXTENSION_MALFORMED')
    expect(refusal(root.issue({ serialNumber: der.hex('00 00') })).code).toBe('ERR_X509_MALFORMED')
  })
})
