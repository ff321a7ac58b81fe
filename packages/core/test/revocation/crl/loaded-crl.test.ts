import { broken, createAuthority, der, mintCrl, pemOf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { crlSnapshot, MAX_CRLS } from '../../../src/revocation/crl/loaded-crl.ts'
import { nameKey } from '../../../src/x509/name-comparison.ts'
import { root } from '../../x509/minted-crls.ts'
import { loaded, loadedFrom, refusalOf } from './crls.ts'

const other = createAuthority('Other CA')
const [one, two] = [mintCrl(root, { entries: [root.issue()] }), mintCrl(other)]

describe('octets hold', () => {
  test('one CRL in DER, named as its file', () => {
    expect(loadedFrom(one.der, '/etc/a.crl')).toMatchObject([{ origin: '/etc/a.crl', index: { entries: 1 } }])
  })

  test('one in PEM, named as its file', () => {
    expect(loadedFrom(Buffer.from(one.pem), '/etc/a.pem')).toMatchObject([{ origin: '/etc/a.pem' }])
  })

  test('several in PEM, numbered', () => {
    expect(loadedFrom(Buffer.from(one.pem + two.pem), 'a.pem')).toMatchObject([
      { origin: 'a.pem, CRL 1', index: { entries: 1 } },
      { origin: 'a.pem, CRL 2', index: { entries: 0 } },
    ])
  })

  test('whose signature nobody has verified yet', () => {
    expect(loaded(broken.forgedCrl(one)).index.entries).toBe(1)
  })

  test(`at most ${MAX_CRLS} CRLs`, () => {
    expect(loadedFrom(Buffer.from(two.pem.repeat(MAX_CRLS)))).toHaveLength(MAX_CRLS)
    expect(refusalOf(Buffer.from(two.pem.repeat(MAX_CRLS + 1)))).toMatch(/1001 blocks/)
  })
})

describe('CVE-2026-53434: a CRL that cannot be read is never ignored without a word', () => {
  test.each([
    ['nothing', new Uint8Array(), /^a\.crl: .*no X509 CRL block/],
    ['text', Buffer.from('no CRL today'), /^a\.crl: .*no X509 CRL block/],
    ['a certificate in DER', root.certificate.der, /^a\.crl: signature is malformed at octet \d+/],
    ['a certificate in PEM', Buffer.from(root.certificate.pem), /^a\.crl: .*not BEGIN X509 CRL/],
    ['a CRL cut short', one.der.slice(0, -1), /^a\.crl: certificateList is malformed at octet 1/],
    ['a CRL with bytes behind it', der.concat(one.der, Uint8Array.of(10)), /^a\.crl: certificateList is malformed/],
    ['a good CRL and a certificate', Buffer.from(one.pem + root.certificate.pem), /not BEGIN X509 CRL/],
    [
      'a good CRL, and one that is none',
      Buffer.from(two.pem + pemOf('X509 CRL', one.der.slice(0, -1))),
      /^a\.crl, CRL 2: /,
    ],
  ])('%s is refused, with file and place', (_, octets, says) => {
    expect(refusalOf(octets)).toMatch(says)
  })
})

describe('a snapshot', () => {
  const at = root.at.getTime()
  const hour = (hours: number) => new Date(at + hours * 3_600_000)
  const ofRoot = nameKey(loaded(one).list.issuer)

  test('has the CRLs of each issuer, the newest first, whatever the order of the files', () => {
    const crls = [2, 0, 3, 1].map((hours) => loaded(mintCrl(root, { thisUpdate: hour(hours) }), String(hours)))
    const { byIssuer, all } = crlSnapshot([...crls, loaded(two)])
    expect(byIssuer.get(ofRoot)?.map(({ origin }) => origin)).toEqual(['3', '2', '1', '0'])
    expect(byIssuer.size).toBe(2)
    expect(all).toHaveLength(5)
  })

  test('orders those of one instant by their numbers (RFC 5280 5.2.3)', () => {
    const crls = [9, 256, 10, 255].map((number) => loaded(mintCrl(root, { number }), String(number)))
    expect(
      crlSnapshot(crls)
        .byIssuer.get(ofRoot)
        ?.map(({ origin }) => origin),
    ).toEqual(['256', '255', '10', '9'])
  })

  test('knows an issuer by its name as 7.1 compares names', () => {
    const shouted = mintCrl(root, { issuerName: { CN: { text: 'ROOT  CA', as: 'printable' } } })
    expect(crlSnapshot([loaded(one), loaded(shouted)]).byIssuer.size).toBe(1)
  })
})
