import { describe, expect, test } from 'vitest'
import { readAddressRanges } from '../../../src/address-ranges.ts'
import { readHostList } from '../../../src/revocation/fetch/host-list.ts'
import { type Allowed, parseTarget } from '../../../src/revocation/fetch/target.ts'

const anyPublic: Allowed = { hosts: 'any-public', addresses: null, ports: new Set([80, 443]) }
const listing = (...hosts: readonly string[]): Allowed => ({ ...anyPublic, hosts: readHostList(hosts, 'hosts') })

const blocked = (detail: string) => ({
  ok: false,
  failure: { because: 'blocked', detail: expect.stringContaining(detail) as string },
})

describe('a URL is taken apart once (RFC 3986)', () => {
  test('its host in lower case and without the trailing dot, its port by its scheme, its fragment gone', () => {
    expect(parseTarget('HTTP://CRL.Example.COM./a/b.crl?c=d#e', anyPublic)).toEqual({
      ok: true,
      value: {
        scheme: 'http',
        host: 'crl.example.com',
        port: 80,
        authority: 'crl.example.com',
        path: '/a/b.crl?c=d',
        href: 'http://crl.example.com/a/b.crl?c=d',
      },
    })
  })

  test('a port that is not the scheme\u2019s is named to the server, and an IPv6 address in brackets', () => {
    const ports = new Set([80, 443, 8443])
    expect(parseTarget('https://[2606:4700::1]:8443', { ...anyPublic, ports })).toMatchObject({
      value: { host: '2606:4700::1', port: 8443, authority: '[2606:4700::1]:8443', path: '/' },
    })
    expect(parseTarget('http://a.example:443/', anyPublic)).toMatchObject({ value: { authority: 'a.example:443' } })
  })
})

describe('what is no plain http or https URL is refused', () => {
  test.each([
    'ldap://ldap.example.com/cn=CA?certificateRevocationList',
    'file:///etc/passwd',
    'ftp://crl.example.com/a.crl',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'data:text/plain,a',
    'http:crl.example.com/a.crl',
    'http:///crl.example.com/a.crl',
    'http://user@crl.example.com/',
    'http://user:password@crl.example.com/',
    'http://@crl.example.com/',
    'http://crl.example.com\\@127.0.0.1/',
    'http://crl.example.com/a\\b',
    'http://crl.example.com/a b',
    'ht\ntp://crl.example.com/',
    'http://crl.example.com/\r\nHost: a',
    'http://b\u00fccher.example/',
    'http://[fe80::1%25eth0]/',
    'http://1.2.3.256/',
    'http://a.example:65536/',
    '//crl.example.com/a.crl',
    'a.crl',
    '',
  ])('%j', (url) => expect(parseTarget(url, anyPublic)).toMatchObject(blocked('')))

  test('a URL of 2048 characters is read, and one more is not', () => {
    const url = 'http://a.example/'.padEnd(2_048, 'a')
    expect(parseTarget(url, anyPublic)).toMatchObject({ ok: true })
    expect(parseTarget(`${url}a`, anyPublic)).toMatchObject(blocked('2049 characters'))
  })

  test('what it says of a hostile URL is escaped and short', () => {
    const result = parseTarget(`http://a.example/\u001b[31m\u202e${'a'.repeat(1_000)}`, anyPublic)
    if (result.ok) throw new Error('a control character was let through')
    expect(result.failure.detail).toContain('\\u{1b}[31m\\u{202e}')
    expect(result.failure.detail.length).toBeLessThan(250)
  })
})

describe('hosts and ports are those that are allowed', () => {
  test('a host that is not listed is refused (Lemur issue 5485)', () => {
    expect(parseTarget('http://crl.example.com/', listing('crl.example.com'))).toMatchObject({ ok: true })
    expect(parseTarget('http://evil.example.com/', listing('crl.example.com'))).toMatchObject(blocked('`hosts`'))
    expect(parseTarget('http://crl.example.com.evil.example/', listing('crl.example.com'))).toMatchObject(blocked(''))
  })

  test('80 and 443 are allowed with either scheme, others where they are listed', () => {
    for (const url of ['http://a.example:443/', 'https://a.example:80/']) {
      expect(parseTarget(url, anyPublic)).toMatchObject({ ok: true })
    }
    for (const port of [0, 22, 81, 6379, 8080]) {
      expect(parseTarget(`http://a.example:${port}/`, anyPublic)).toMatchObject(blocked('`ports`'))
      expect(parseTarget(`http://a.example:${port}/`, { ...anyPublic, ports: new Set([port]) }).ok).toBe(true)
    }
  })
})

describe('an address in a URL is checked in whatever form it is written', () => {
  test.each([
    ['dotted', 'http://169.254.169.254/latest/meta-data/'],
    ['decimal', 'http://2852039166/latest/meta-data/'],
    ['hexadecimal', 'http://0xA9FEA9FE/'],
    ['hexadecimal parts', 'http://0xa9.0xfe.0xa9.0xfe/'],
    ['octal', 'http://0251.0376.0251.0376/'],
    ['three parts', 'http://169.254.43518/'],
    ['two parts', 'http://127.1/'],
    ['nothing but zero', 'http://0/'],
    ['percent-encoded', 'http://%31%32%37.0.0.1/'],
    ['with a trailing dot', 'http://127.0.0.1./'],
    ['IPv6', 'http://[::1]/'],
    ['IPv6, written out', 'http://[0:0:0:0:0:0:0:1]/'],
    ['mapped', 'http://[::ffff:127.0.0.1]/'],
    ['mapped, hexadecimal', 'http://[::ffff:7f00:1]/'],
    ['NAT64', 'http://[64:ff9b::a9fe:a9fe]/'],
  ])('%s: %s', (_form, url) => {
    expect(parseTarget(url, anyPublic)).toMatchObject(blocked('not public'))
  })

  test('a listed host that is an address has to be a listed address as well', () => {
    const { ranges } = readAddressRanges(['127.0.0.0/8'], 'addresses')
    expect(parseTarget('http://127.0.0.1/', listing('127.0.0.1'))).toMatchObject(blocked('`addresses`'))
    expect(parseTarget('http://127.0.0.1/', { ...listing('127.0.0.1'), addresses: ranges })).toMatchObject({ ok: true })
    expect(parseTarget('http://0x7f.1/', { ...listing('127.0.0.1'), addresses: ranges })).toMatchObject({ ok: true })
  })
})
