import { type CrlEntryInput, crlExtension, der, type Extension, mintCrl } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { REVOCATION_REASONS } from '../../../src/x509/revocation-reason.ts'
import { root } from '../../x509/minted-crls.ts'
import { certificateOf, loaded, refusalOf } from './crls.ts'

const leaf = root.issue()
const { serialNumber, issuer } = certificateOf(leaf)

const minted = (entry: Partial<CrlEntryInput> = {}) =>
  mintCrl(root, { entries: [{ certificate: leaf.certificate, ...entry }] })
const found = (entry: Partial<CrlEntryInput> = {}) => loaded(minted(entry)).index.find(serialNumber, issuer)
const refused = (...extensions: readonly Extension[]): string => refusalOf(minted({ extensions }).der)

const REASON = '2.5.29.21'

describe('an entry (RFC 5280 5.1.2.6)', () => {
  test('says since when and why', () => {
    const revokedAt = new Date('2025-03-04T05:06:07Z')
    expect(found({ revokedAt, reason: 'superseded' })).toEqual({ revokedAt: revokedAt.getTime(), reason: 'superseded' })
  })

  test('without a reason is unspecified, as is one that says so (5.3.1)', () => {
    expect(found()?.reason).toBe('unspecified')
    expect(found({ reason: 'unspecified' })?.reason).toBe('unspecified')
  })

  test.each(REVOCATION_REASONS.flatMap((reason, number) => (reason ? [{ reason, number }] : [])))(
    'may have the reason $reason, alone or among other extensions',
    ({ reason, number }) => {
      const invalidityDate = new Date('2025-01-01T00:00:00Z')
      for (const given of [reason, number]) {
        expect(found({ reason: given })?.reason).toBe(reason)
        expect(found({ reason: given, invalidityDate })?.reason).toBe(reason)
      }
    },
  )

  test.each([7, 11, 127, 128, 255, 256])('spoils its CRL by the reason %s, which there is not', (reason) => {
    expect(refusalOf(minted({ reason }).der)).toMatch(
      /entry 1 is malformed at octet \d+: no reason that RFC 5280 5.3.1/,
    )
  })

  test('may be dated in UTCTime or GeneralizedTime, on any day that there is', () => {
    for (const day of ['1950-01-01', '1999-12-31', '2024-02-29', '2025-02-28', '2025-01-31', '2049-12-31']) {
      const revokedAt = new Date(`${day}T23:59:59Z`)
      expect(found({ revokedAt })?.revokedAt).toBe(revokedAt.getTime())
      expect(found({ revokedAt: der.generalizedTime(revokedAt) })?.revokedAt).toBe(revokedAt.getTime())
    }
  })

  test.each([
    ['of month 13', '251301000000Z'],
    ['of month 0', '250001000000Z'],
    ['of day 0', '250100000000Z'],
    ['of day 32', '250132000000Z'],
    ['of February 29 in 2025', '250229000000Z'],
    ['of April 31', '250431000000Z'],
    ['of hour 24', '250101240000Z'],
    ['of minute 60', '250101006000Z'],
    ['of second 60', '250101000060Z'],
    ['with a letter', '25010100000xZ'],
    ['with a zone', '2501010000+00'],
    ['without Z', '2501010000001'],
  ])('spoils its CRL by a date %s (4.1.2.5)', (_, digits) => {
    const revokedAt = der.concat(Uint8Array.of(0x17, digits.length), Buffer.from(digits))
    expect(refusalOf(minted({ revokedAt }).der)).toMatch(/revokedCertificates, entry 1 is malformed/)
  })
})

describe('extensions of an entry (RFC 5280 5.3)', () => {
  test('one that is critical and not processed is named, one that is not critical is passed over', () => {
    const unknown = { oid: '1.2.3.4', value: der.nullValue() }
    expect(loaded(minted({ extensions: [unknown] })).index.unknownCritical).toBeNull()
    expect(loaded(minted({ extensions: [{ ...unknown, critical: true }] })).index.unknownCritical).toBe('1.2.3.4')
  })

  test('the reason may be critical', () => {
    const extensions = [{ ...crlExtension.reasonCode('aACompromise'), critical: true }]
    expect(found({ extensions })?.reason).toBe('aACompromise')
  })

  test.each<readonly [string, Extension, RegExp]>([
    ['a reason that is an INTEGER', { oid: REASON, value: der.integer(1) }, /tag 0x02 where 0x0a/],
    ['a reason without content', { oid: REASON, value: der.hex('0a00') }, /no reason/],
    ['a reason and something behind it', { oid: REASON, value: der.hex('0a0101 0500') }, /trailing/],
    ['an invalidity date that is none', { oid: '2.5.29.24', value: der.nullValue() }, /neither UTCTime/],
    ['a certificate issuer that is none', { oid: '2.5.29.29', value: der.nullValue() }, /tag 0x05 where 0x30/],
    ['a certificate issuer without a name', { oid: '2.5.29.29', value: der.sequence() }, /without a directoryName/],
    [
      'a certificate issuer of another type',
      { oid: '2.5.29.29', value: der.sequence(der.implicitPrimitive(2, Buffer.from('a'))) },
      /without a directoryName/,
    ],
    [
      'certificate issuers of whom nobody knows which',
      { oid: '2.5.29.29', value: der.sequence(...['a', 'b'].map((name) => der.explicit(4, encoded(name)))) },
      /more than one directoryName/,
    ],
  ])('%s spoils the CRL', (_, extension, reason) => {
    expect(refused(extension)).toMatch(reason)
  })

  test('the same one twice spoils the CRL', () => {
    expect(refused(crlExtension.reasonCode(1), crlExtension.reasonCode(1))).toMatch(/present more than once/)
  })

  test('an empty list of them spoils the CRL', () => {
    const entry = der.sequence(der.integer(1), der.time(root.at), der.sequence())
    expect(refusalOf(mintCrl(root, { entries: [entry] }).der)).toMatch(/present but empty/)
  })

  test('need version 2 (5.1.2.1)', () => {
    const entries = [{ serialNumber: 1n, reason: 'superseded' as const }]
    expect(loaded(mintCrl(root, { entries })).index.entries).toBe(1)
    expect(refusalOf(mintCrl(root, { entries, version: 1 }).der)).toMatch(/extensions need version 2/)
  })
})

function encoded(name: string): Uint8Array {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.string(name, 'utf8'))))
}
