import { describe, expect, test } from 'vitest'
import { dns, email, ip, spiffeId, uri } from '../../src/policy/rules/alternative-names.ts'
import { identityOfAuthority, identityWith } from '../identity/identity.ts'
import { judged, thrownBy } from './judged.ts'

const REFUSED = 'ERR_POLICY_REFUSED'

describe('dns() allows exactly one name (RFC 5280 4.2.1.6)', () => {
  const of = (...names: readonly string[]) => identityWith({ san: { dns: names } })

  test('that the certificate carries, among others', () => {
    expect(judged(of('a.example'), dns('a.example'))).toBe('allowed')
    expect(judged(of('b.example', 'a.example'), dns('a.example'))).toBe('allowed')
    expect(judged(of('b.example'), dns('a.example'))).toBe(REFUSED)
  })

  test('whatever its case (RFC 4343)', () => {
    expect(judged(of('API.Example'), dns('api.example'))).toBe('allowed')
    expect(judged(of('api.example'), dns('Api.EXAMPLE'))).toBe('allowed')
  })

  test.each([
    'xa.example',
    'a.example.evil',
    'a.examplex',
    'a-example',
    'aXexample',
    'example',
    'b.a.example',
    'a.example.',
  ])('and not %s, which resembles it', (name) => {
    expect(judged(of(name), dns('a.example'))).toBe(REFUSED)
  })

  test('and a wildcard only as itself, on either side', () => {
    expect(judged(of('*.example'), dns('a.example'))).toBe(REFUSED)
    expect(judged(of('a.example'), dns('*.example'))).toBe(REFUSED)
    expect(judged(of('*.example'), dns('*.example'))).toBe('allowed')
  })

  test('and takes nothing for a pattern', () => {
    expect(judged(of('a.example'), dns('.*'))).toBe(REFUSED)
    expect(judged(of('a.example'), dns('a.example|b.example'))).toBe(REFUSED)
    expect(judged(of('a.example'), dns('^a.example$'))).toBe(REFUSED)
  })

  test('and not from a name of another type (CVE-2021-44531)', () => {
    const elsewhere = identityWith({ subject: 'a.example', san: { uri: 'a.example', email: 'a.example' } })
    expect(judged(elsewhere, dns('a.example'))).toBe(REFUSED)
  })
})

describe('email() allows exactly one address', () => {
  const of = (address: string) => identityWith({ san: { email: address } })

  test('to the letter before the @, without case behind it (RFC 5280 7.5)', () => {
    expect(judged(of('Alice@Example.COM'), email('Alice@example.com'))).toBe('allowed')
    expect(judged(of('Alice@example.com'), email('alice@example.com'))).toBe(REFUSED)
    expect(judged(of('a@Example.COM'), email('a@example.com'))).toBe('allowed')
    expect(judged(of('"a@B"@example.com'), email('"a@b"@example.com'))).toBe(REFUSED)
    expect(judged(of('ROOT'), email('root'))).toBe(REFUSED)
  })

  test.each([
    'malice@example.com',
    'alice@example.com.evil',
    'alice@xexample.com',
    '"alice@example.com"@evil',
    'alice',
  ])('and not %s, which resembles it', (address) => {
    expect(judged(of(address), email('alice@example.com'))).toBe(REFUSED)
  })

  test('and not from emailAddress in the subject, which is not a subjectAltName', () => {
    const identity = identityWith({ subject: { emailAddress: 'alice@example.com', CN: 'alice@example.com' } })
    expect(judged(identity, email('alice@example.com'))).toBe(REFUSED)
  })
})

describe('uri() allows exactly one identifier', () => {
  const of = (identifier: string) => identityWith({ san: { uri: identifier } })

  test('to the letter: what RFC 3986 calls equivalent is another name here', () => {
    expect(judged(of('https://a.example/x'), uri('https://a.example/x'))).toBe('allowed')
    for (const other of [
      'https://A.example/x',
      'https://a.example:443/x',
      'https://a.example/%78',
      'https://a.example/x/',
    ]) {
      expect(judged(of(other), uri('https://a.example/x'))).toBe(REFUSED)
    }
  })
})

describe('ip() allows exactly one address', () => {
  const of = (address: string) => identityWith({ san: { ip: address } })

  test('however it is written', () => {
    expect(judged(of('192.0.2.1'), ip('192.0.2.1'))).toBe('allowed')
    expect(judged(of('2001:db8::1'), ip('2001:DB8:0:0::0001'))).toBe('allowed')
    expect(judged(of('192.0.2.1'), ip('192.0.2.10'))).toBe(REFUSED)
    expect(judged(of('2001:db8::1'), ip('2001:db8::10'))).toBe(REFUSED)
  })

  test('that the certificate carries, among others of either family', () => {
    const several = identityWith({ san: { ip: ['2001:db8::1', '192.0.2.1', '2001:db8::2'] } })
    for (const address of ['192.0.2.1', '2001:db8::2']) expect(judged(several, ip(address))).toBe('allowed')
    for (const address of ['192.0.2.2', '2001:db8::3']) expect(judged(several, ip(address))).toBe(REFUSED)
  })

  test('of its own family: an IPv4 address and its IPv6 form are two', () => {
    expect(judged(of('192.0.2.1'), ip('::ffff:192.0.2.1'))).toBe(REFUSED)
    expect(judged(of('::ffff:192.0.2.1'), ip('192.0.2.1'))).toBe(REFUSED)
    expect(judged(of('::ffff:192.0.2.1'), ip('::ffff:192.0.2.1'))).toBe('allowed')
  })

  test('and not from a DNS name that reads like one', () => {
    expect(judged(identityWith({ san: { dns: '192.0.2.1' } }), ip('192.0.2.1'))).toBe(REFUSED)
  })
})

describe('spiffeId() allows exactly one X.509-SVID', () => {
  const ID = 'spiffe://example.org/ns/prod/sa/api'

  test('by its one URI, to the letter (X509-SVID 5.2)', () => {
    expect(judged(identityWith({ san: { uri: ID } }), spiffeId(ID))).toBe('allowed')
    for (const other of [
      `${ID}2`,
      'spiffe://example.org/ns/prod/sa',
      'spiffe://example.com/ns/prod/sa/api',
      `${ID}/x`,
    ]) {
      expect(judged(identityWith({ san: { uri: other } }), spiffeId(ID))).toBe(REFUSED)
    }
  })

  test('which uri() does not demand: two URIs, an authority', () => {
    const two = identityWith({ san: { uri: [ID, 'https://a.example/'] } })
    expect(judged(two, spiffeId(ID))).toBe(REFUSED)
    expect(judged(two, uri(ID))).toBe('allowed')
    expect(judged(identityOfAuthority({ san: { uri: ID } }), spiffeId(ID))).toBe(REFUSED)
  })

  test.each([
    'spiffe://example.org',
    'spiffe://example.org/',
    'example.org/x',
    'spiffe://example.org/../x',
    'spiffe://example.org/*',
  ])('throws for %s, which no SVID can have', (id) => {
    expect(thrownBy(() => spiffeId(id))).toMatch(/^ERR_CONFIG_VALUE spiffeId\(\): is "/)
  })
})

describe('a rule with nothing to compare throws, naming the builder and the fix', () => {
  test.each([
    ['dns()', dns],
    ['email()', email],
    ['uri()', uri],
    ['ip()', ip],
    ['spiffeId()', spiffeId],
  ] as const)('%s', (name, build) => {
    expect(thrownBy(() => build(''))).toMatch(
      new RegExp(`^ERR_CONFIG_EMPTY_RULE ${name.replace('()', '\\(\\)')}: is empty\\. Give`),
    )
    for (const value of [undefined, null, 5, {}, ['a.example'], /a/, Buffer.from('a')]) {
      expect(thrownBy(() => build(value as never))).toMatch(/^ERR_CONFIG_VALUE /)
    }
  })

  test.each([
    ['U+212A, which is k in lower case', '\u212aube.example'],
    ['U+017F, which is S in upper case', 'te\u017ft.example'],
    ['an umlaut', 'b\u00fccher.example'],
    ['a control character', 'a\0.example'],
    ['a newline behind it', 'a.example\n'],
  ])('and so does one with %s: names are printable IA5String (RFC 5280 4.2.1.6)', (_, name) => {
    for (const build of [dns, email, uri]) {
      expect(thrownBy(() => build(name))).toMatch(/^ERR_CONFIG_VALUE \w+\(\): is ".*"\. Give a name in ASCII/)
    }
    expect(thrownBy(() => dns('!a b~'))).toBe('nothing was thrown')
  })

  test('ip() for what is no address, or no text', () => {
    expect(thrownBy(() => ip(['192.0.2.1'] as never))).toMatch(/^ERR_CONFIG_VALUE ip\(\): is \["192/)
    for (const value of [
      'a.example',
      '192.0.2',
      '192.0.2.256',
      '192.0.2.0/24',
      '192.0.2.01',
      ' 192.0.2.1',
      '2001:db8::g',
    ]) {
      expect(thrownBy(() => ip(value))).toMatch(/^ERR_CONFIG_VALUE ip\(\)/)
    }
  })
})
