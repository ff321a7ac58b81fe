import { describe, expect, test } from 'vitest'
import { isSpiffeId } from '../../src/identity/spiffe-id.ts'
import { identityOfAuthority, identityWith } from './identity.ts'

const ID = 'spiffe://example.org/ns/prod/sa/api'

describe('the SPIFFE id of an X.509-SVID', () => {
  test('is its one URI (X509-SVID 2)', () => {
    expect(identityWith({ san: { uri: ID } }).spiffeId).toBe(ID)
    expect(identityWith({ san: { uri: ID, dns: 'api.example.org', email: 'api@example.org' } }).spiffeId).toBe(ID)
  })

  test('is null where there are two URIs: it would depend on the reader which one it is (X509-SVID 2)', () => {
    expect(identityWith({ san: { uri: [ID, 'https://example.org/'] } }).spiffeId).toBe(null)
    expect(identityWith({ san: { uri: ['https://example.org/', ID] } }).spiffeId).toBe(null)
    expect(identityWith({ san: { uri: [ID, ID] } }).spiffeId).toBe(null)
    expect(identityWith({ san: [{ uri: ID }, { dns: 'a' }, { uri: `${ID}2` }] }).spiffeId).toBe(null)
  })

  test('is null where there is no URI, and where it stands in another type of name', () => {
    expect(identityWith().spiffeId).toBe(null)
    expect(identityWith({ subject: ID, san: { dns: ID, email: ID } }).spiffeId).toBe(null)
  })

  test('is null for a certification authority (X509-SVID 4.1, 5.2)', () => {
    expect(identityOfAuthority({ san: { uri: ID } }).spiffeId).toBe(null)
    expect(identityOfAuthority({ san: { uri: ID }, keyUsage: ['digitalSignature'] }).spiffeId).toBe(null)
    expect(identityWith({ san: { uri: ID }, basicConstraints: { ca: false } }).spiffeId).toBe(ID)
  })

  test('is null where the key may sign certificates or CRLs (X509-SVID 4.3, 5.2)', () => {
    for (const usage of ['keyCertSign', 'cRLSign'] as const) {
      expect(identityWith({ san: { uri: ID }, keyUsage: ['digitalSignature', usage] }).spiffeId).toBe(null)
    }
    expect(identityWith({ san: { uri: ID }, keyUsage: ['digitalSignature', 'keyAgreement'] }).spiffeId).toBe(ID)
    expect(identityWith({ san: { uri: ID }, keyUsage: null }).spiffeId).toBe(ID)
  })

  test('is null for a trust domain without a path: that names an authority (X509-SVID 3.1)', () => {
    expect(identityWith({ san: { uri: 'spiffe://example.org' } }).spiffeId).toBe(null)
    expect(identityWith({ san: { uri: 'spiffe://example.org/x' } }).spiffeId).toBe('spiffe://example.org/x')
  })
})

describe('a SPIFFE id', () => {
  const domain = 'd'.repeat(255)
  const longest = `spiffe://example.org/${'a'.repeat(2048 - 'spiffe://example.org/'.length)}`

  test.each([
    ID,
    'spiffe://example.org',
    'spiffe://example.org/a.b_c-D9',
    'spiffe://ex_a-m.ple/...',
    'spiffe://10.0.0.1/x',
    `spiffe://${domain}/x`,
    longest,
  ])('may be %s', (text) => {
    expect(isSpiffeId(text)).toBe(true)
  })

  test.each([
    ['another scheme', 'https://example.org/x'],
    ['an upper-case scheme', 'SPIFFE://example.org/x'],
    ['no trust domain', 'spiffe:///x'],
    ['an upper-case trust domain', 'spiffe://Example.org/x'],
    ['a port', 'spiffe://example.org:443/x'],
    ['user information', 'spiffe://user@example.org/x'],
    ['a trailing slash', 'spiffe://example.org/'],
    ['a trailing slash after the path', 'spiffe://example.org/x/'],
    ['an empty segment', 'spiffe://example.org/a//b'],
    ['a dot segment', 'spiffe://example.org/a/./b'],
    ['a dot-dot segment', 'spiffe://example.org/a/../b'],
    ['a dot-dot segment at the end', 'spiffe://example.org/a/..'],
    ['percent-encoding', 'spiffe://example.org/a%2Fb'],
    ['a query', 'spiffe://example.org/x?y'],
    ['a fragment', 'spiffe://example.org/x#y'],
    ['white space', 'spiffe://example.org/a b'],
    ['a newline at its end', `${ID}\n`],
    ['a letter beyond ASCII', 'spiffe://example.org/\u00e9'],
    ['a trust domain of 256 characters', `spiffe://d${domain}/x`],
    ['2049 characters', `${longest}a`],
    ['nothing', ''],
  ])('has not %s (SPIFFE-ID 2)', (_, text) => {
    expect(isSpiffeId(text)).toBe(false)
  })

  test('that has a wrong form is no identity, though the certificate is verified', () => {
    for (const uri of ['spiffe://example.org/a/../b', 'spiffe://example.org/a%2Fb', 'spiffe://Example.org/x']) {
      const identity = identityWith({ san: { uri } })
      expect(identity.spiffeId).toBe(null)
      expect(identity.subjectAltNames.uri).toEqual([uri])
    }
  })
})
