import {
  broken,
  createAuthority,
  crlExtension,
  der,
  encodeCrlEntries,
  type MintedCrl,
  mintCrl,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { parseCrl } from '../../src/x509/crl.ts'
import { nameToString } from '../../src/x509/name.ts'
import { membersOf } from './minted.ts'
import { listed, refusalOf, root, withField } from './minted-crls.ts'

const leaf = root.issue()

describe('a CRL is read (RFC 5280 5.1)', () => {
  const at = new Date('2026-01-02T03:04:05Z')

  test('with its version, issuer, times, signature and the octets that are signed', () => {
    const crl = mintCrl(root, { entries: [leaf], thisUpdate: at, nextUpdate: new Date('2060-01-01T00:00:00Z') })
    const list = listed(crl)
    const [tbs, , signature] = membersOf(crl.der)
    expect(list).toMatchObject({
      version: 2,
      thisUpdate: at.getTime(),
      nextUpdate: Date.parse('2060-01-01T00:00:00Z'),
      leniencies: [],
    })
    expect(nameToString(list.issuer)).toBe('CN=Root CA')
    expect(list.signatureAlgorithm.oid).toBe('1.2.840.10045.4.3.2')
    expect(Buffer.from(list.tbs)).toEqual(Buffer.from(tbs ?? []))
    expect(Buffer.from(list.signature)).toEqual(Buffer.from(signature?.subarray(3) ?? []))
    expect(Object.isFrozen(list)).toBe(true)
  })

  test('all but its entries, which are a range of octets whatever their number', () => {
    const entries = encodeCrlEntries([1, 2, 3], { revokedAt: at })
    const { der: bytes, entries: range } = listed(mintCrl(root, { entries: [entries] }))
    expect(Buffer.from(bytes.subarray(range.start, range.end))).toEqual(Buffer.from(entries))
  })

  test('without entries where nothing is revoked (5.1.2.6)', () => {
    const { entries } = listed(mintCrl(root))
    expect(entries.end - entries.start).toBe(0)
  })

  test('with an empty list of entries, which some authorities write', () => {
    const { entries, extensions } = listed(mintCrl(root, { entries: [new Uint8Array()] }))
    expect(entries.end - entries.start).toBe(0)
    expect(extensions.crlNumber).not.toBeNull()
  })

  test('of version 1, which has no extensions (5.1.2.1)', () => {
    const list = listed(mintCrl(root, { version: 1, entries: [leaf] }))
    expect(list.version).toBe(1)
    expect(list.extensions.crlNumber).toBeNull()
  })

  test('without nextUpdate, which 5.1.2.5 forbids to issuers and others judge', () => {
    expect(listed(mintCrl(root, { nextUpdate: null })).nextUpdate).toBeNull()
    expect(listed(mintCrl(root, { nextUpdate: null, entries: [leaf] })).nextUpdate).toBeNull()
  })

  test('with GeneralizedTime before 2050 and an unsorted RDN, each counted as a leniency', () => {
    expect(listed(mintCrl(root, { thisUpdate: der.generalizedTime(at) })).leniencies).toEqual([
      'generalized-time-before-2050',
    ])
    const pair = (arc: number, text: string) => der.sequence(der.oid(`2.5.4.${arc}`), der.string(text, 'utf8'))
    const unsorted = der.sequence(der.set(pair(10, 'a'), pair(3, 'a')))
    expect(listed(mintCrl(root, { issuerName: unsorted })).leniencies).toEqual(['unsorted-rdn'])
  })

  test('whose signature does not hold: reading makes no trust decision', () => {
    expect(listed(broken.forgedCrl(mintCrl(root))).version).toBe(2)
  })
})

describe('no CRL is', () => {
  const replaced = (...replacement: Parameters<typeof withField>) => refusalOf(withField(...replacement))
  const raw = (bytes: Uint8Array): MintedCrl => ({ der: bytes, pem: '' })
  const crl = mintCrl(root, { entries: [leaf] })
  const rsa = createAuthority({ key: 'rsa2048' })

  test.each([
    ['a certificate', () => refusalOf(raw(leaf.certificate.der)), /^signature: /],
    ['nothing', () => refusalOf(raw(new Uint8Array())), /^certificateList: ends where/],
    ['PEM', () => refusalOf(raw(Buffer.from(crl.pem))), /^certificateList: /],
    [
      'one with bytes behind it',
      () => refusalOf(raw(der.concat(crl.der, Uint8Array.of(0)))),
      /certificateList: 1 trailing/,
    ],
    ['one cut short', () => refusalOf(raw(crl.der.slice(0, -1))), /^certificateList: length reaches beyond/],
    ['version 1 written out (5.1.2.1)', () => replaced('version', der.integer(0)), /^version: version 1/],
    ['version 3', () => replaced('version', der.integer(2)), /^version: version 3/],
    ['one without an issuer (5.1.2.3)', () => replaced('issuer', der.sequence()), /^issuer: .*empty name/],
    ['one without thisUpdate (5.1.2.4)', () => replaced('thisUpdate', der.nullValue()), /^thisUpdate: neither UTCTime/],
    [
      'one with a day that is none',
      () => replaced('nextUpdate', der.hex('170d3236303233303030303030305a')),
      /^nextUpdate: no such date/,
    ],
    ['one with something between the dates', () => replaced('entries', der.nullValue()), /^tbsCertList: .*trailing/],
    [
      'one with an empty list of extensions (5.1.2.7)',
      () => replaced('extensions', der.explicit(0, der.sequence())),
      /^crlExtensions: .*empty/,
    ],
    [
      'one with something behind its extensions',
      () => replaced('extensions', der.explicit(0), der.nullValue()),
      /^crlExtensions: /,
    ],
    [
      'one of version 1 with extensions (5.1.2.1)',
      () => refusalOf(mintCrl(root, { version: 1, extensions: [crlExtension.crlNumber(1)] })),
      /^crlExtensions: extensions need version 2/,
    ],
    [
      'one with another algorithm inside than outside (5.1.1.2)',
      () => refusalOf(mintCrl(rsa, { tbsSignature: 'rsa-pkcs1-sha512' })),
      /^signatureAlgorithm: the signed part says 1\.2\.840\.113549\.1\.1\.13/,
    ],
  ])('%s', (_, refuse, reason) => {
    expect(refuse()).toMatch(reason)
  })

  test('one short of the whole, at any length', () => {
    for (let length = 0; length < crl.der.length; length++) expect(parseCrl(crl.der.subarray(0, length)).ok).toBe(false)
  })
})
