/** RFC 9525 section 6: for which hosts a certificate is. */
import { type GeneralName, parseCertificate } from '@clientcert/core/x509'
import { describe, expect, test } from 'vitest'

import { isForHost, readHostReference } from '../../src/server/host-name.ts'
import { certificateFor, root } from './minted.ts'

const isFor = (names: readonly GeneralName[], host: string): boolean => {
  const reference = readHostReference(host)
  return reference !== null && isForHost(names, reference)
}

const dns = (...names: readonly string[]) => certificateFor({ dns: names }).extensions.subjectAltName ?? []
const ip = (...names: readonly string[]) => certificateFor({ ip: names }).extensions.subjectAltName ?? []

describe('the host that is meant', () => {
  test.each([
    ['API.Example', 'api.example', 'in lower case (RFC 4343)'],
    ['api.example.', 'api.example', 'without one trailing dot (RFC 1034 3.1)'],
    ['bücher.example', 'xn--bcher-kva.example', 'in A-labels (RFC 9525 6.3, RFC 5891)'],
    ['BÜCHER.example', 'xn--bcher-kva.example', 'in A-labels whatever its case'],
    ['my_service.ns', 'my_service.ns', 'with the underscores that clusters have'],
    ['localhost', 'localhost', 'of one label'],
  ])('%s is the name %s, %s', (text, name) => {
    expect(readHostReference(text)).toEqual({ type: 'dns', name })
  })

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is the address %s in whatever spelling, a zone left out (RFC 4007 11)', (text, name) => {
    expect(readHostReference(text)).toEqual({ type: 'ip', name })
  })

  test.each([
    ['', 'nothing'],
    ['.', 'the root'],
    ['api.example..', 'two trailing dots'],
    ['api..example', 'an empty label'],
    ['*.example', 'a wildcard, which only certificates have'],
    ['good.example\0.evil.example', 'a NUL (CVE-2009-2408)'],
    ['good.example\r\nevil', 'a line break'],
    ['api example', 'a space'],
    ['https://api.example', 'a URL'],
    ['api.example:443', 'a port'],
    ['user@api.example', 'a user'],
    ['api.example%00', 'an escape'],
    ['ex%61mple.com', 'an escape that a URL parser would read'],
    ['ü%2eexample', 'an escape beside a letter'],
    ['127.1', 'a short address (RFC 9110 4.2.1)'],
    ['0x7f000001', 'a hexadecimal address'],
    ['１２７.0.0.1', 'digits that normalise to an address'],
    ['good.example。evil.example', 'a full stop that is no dot until it is normalised (CVE-2026-48618)'],
    ['good.exam\u00adple', 'a soft hyphen, which is left out (CVE-2026-48618)'],
    ['good\u200b.example', 'a zero-width space'],
    ['\u202egood.example', 'a bidi override (CVE-2021-42574)'],
    ['℀.example', 'a character that normalises to a/c'],
    ['-a.example', 'a leading hyphen'],
    [`${'a'.repeat(64)}.example`, 'a label of 64 characters (RFC 1035 2.3.4)'],
    [`${'a.'.repeat(127)}aa`, 'a name of 256 characters (RFC 1035 2.3.4)'],
    ['%eth0', 'a zone without an address'],
    ['api.example%eth0', 'a zone behind a name'],
  ])('%j is none, for %s', (text) => {
    expect(readHostReference(text)).toBeNull()
  })
})

describe('dNSName', () => {
  test('matches without case, in whole (RFC 9525 6.3)', () => {
    expect(isFor(dns('other.example', 'API.Example'), 'api.EXAMPLE')).toBe(true)
    expect(isFor(dns('api.example'), 'api.example.')).toBe(true)
    for (const host of ['example', 'v1.api.example', 'xapi.example', 'api.example.org', 'api_example']) {
      expect(isFor(dns('api.example'), host), host).toBe(false)
    }
  })

  test('matches no other letter that folds to one of its own (U+212A, U+017F)', () => {
    expect(isFor(dns('k.example'), 'k.example')).toBe(true)
    // UTS 46 makes `k` of the Kelvin sign in what the application itself writes; a certificate cannot hold it at all.
    expect(parseCertificate(mintedWith('\u212a.example'))).toMatchObject({ ok: false })
  })

  test('matches an IDN by its A-labels (RFC 9525 6.3)', () => {
    expect(isFor(dns('xn--bcher-kva.example'), 'bücher.example')).toBe(true)
    expect(isFor(dns('bucher.example'), 'bücher.example')).toBe(false)
  })

  test('with a trailing dot matches nothing: no certificate may have one (RFC 5280 4.2.1.6)', () => {
    expect(isFor(dns('api.example'), 'api.example.')).toBe(true)
    expect(isFor(dns('api.example.'), 'api.example')).toBe(false)
    expect(isFor(dns('api.example.'), 'api.example.')).toBe(false)
  })
})

describe('a wildcard', () => {
  test('stands for exactly one label, the left-most (RFC 9525 6.3)', () => {
    expect(isFor(dns('*.api.example'), 'v1.api.example')).toBe(true)
    expect(isFor(dns('*.API.example'), 'xn--bcher-kva.api.example')).toBe(true)
    for (const host of ['api.example', 'a.v1.api.example', 'v1.other.example', '.api.example']) {
      expect(isFor(dns('*.api.example'), host), host).toBe(false)
    }
  })

  test.each(['f*.api.example', '*f.api.example', 'f*o.api.example', '**.api.example', 'xn--*.api.example'])(
    'that is a part of a label, as in %s, matches nothing (RFC 9525 6.3)',
    (pattern) => {
      for (const host of ['foo.api.example', 'f.api.example', 'xn--bcher-kva.api.example']) {
        expect(isFor(dns(pattern), host), host).toBe(false)
      }
    },
  )

  test.each(['v1.*.example', 'v1.api.*', '*.*.example', '*'])('elsewhere, as in %s, matches nothing', (pattern) => {
    for (const host of ['v1.api.example', 'example', 'a.example']) expect(isFor(dns(pattern), host), host).toBe(false)
  })

  test('before a single label matches nothing, as in Node and OpenSSL', () => {
    expect(isFor(dns('*.com'), 'example.com')).toBe(false)
    expect(isFor(dns('*.'), 'example.')).toBe(false)
    expect(isFor(dns('*..com'), 'a.com')).toBe(false)
    expect(isFor(dns('*.co.uk'), 'example.co.uk')).toBe(true) // No list of public suffixes is asked.
  })
})

describe('iPAddress', () => {
  test('matches the same octets, however they are written (RFC 9525 6.4)', () => {
    expect(isFor(ip('192.0.2.1'), '192.0.2.1')).toBe(true)
    expect(isFor(ip('192.0.2.1'), '192.0.2.2')).toBe(false)
    for (const spelling of [
      '2001:db8::1',
      '2001:DB8:0:0::1',
      '2001:0db8:0000:0000:0000:0000:0000:0001',
      '[2001:db8::1]',
    ]) {
      expect(isFor(ip('2001:db8::1'), spelling), spelling).toBe(true)
    }
    expect(isFor(ip('2001:db8::1'), '2001:db8::2')).toBe(false)
  })

  test('of 16 octets is not the 4 that it maps (RFC 9525 6.4)', () => {
    expect(isFor(ip('::ffff:192.0.2.1'), '::ffff:c000:201')).toBe(true)
    expect(isFor(ip('::ffff:192.0.2.1'), '192.0.2.1')).toBe(false)
    expect(isFor(ip('192.0.2.1'), '::ffff:192.0.2.1')).toBe(false)
  })

  test('is never compared with a name, nor a dNSName with an address (RFC 9525 6.2, CVE-2021-44531)', () => {
    expect(isFor(dns('192.0.2.1'), '192.0.2.1')).toBe(false)
    expect(isFor(dns('*.0.2.1'), '192.0.2.1')).toBe(false)
    expect(isFor(dns('2001:db8::1'), '2001:db8::1')).toBe(false)
    // `1.2.3.com` as the four octets of `a.b.`: what is an address to the one type is none to the other.
    expect(isFor(certificateFor({ ip: Buffer.from('a.co') }).extensions.subjectAltName ?? [], 'a.co')).toBe(false)
  })
})

describe('names of other types', () => {
  test('CVE-2021-44531: a URI of the host, a mail address, a directory name and an otherName are no names of a host', () => {
    const names = certificateFor({
      uri: ['https://api.example', 'api.example'],
      email: 'api.example',
      directoryName: [[{ CN: 'api.example' }]],
      otherName: { type: '1.3.6.1.4.1.311.20.2.3', value: Uint8Array.of(0x0c, 0x01, 0x61) },
      rid: '1.2.3.4',
    }).extensions.subjectAltName
    expect(names).toHaveLength(6)
    expect(isFor(names ?? [], 'api.example')).toBe(false)
    expect(isFor(names ?? [], '1.2.3.4')).toBe(false)
  })

  test('CVE-2021-44532: a name that spells a list of names is one name', () => {
    expect(isFor(dns('evil.example, DNS:api.example'), 'api.example')).toBe(false)
    expect(isFor(dns('evil.example", DNS:"api.example'), 'api.example')).toBe(false)
    const uri = certificateFor({ uri: 'http://evil.example/, DNS:api.example' }).extensions.subjectAltName ?? []
    expect(isFor(uri, 'api.example')).toBe(false)
  })

  test.each(['api.example\0.evil.example', 'api.example\n', '\u0007api.example', 'api.example\x7f', ''])(
    'CVE-2009-2408: a certificate with the name %j is not read at all',
    (name) => {
      expect(parseCertificate(mintedWith(name))).toMatchObject({ ok: false })
      expect(parseCertificate(mintedWith('api.example'))).toMatchObject({ ok: true })
    },
  )
})

const mintedWith = (name: string): Uint8Array =>
  root.issue({ subject: 'server', eku: ['serverAuth'], san: { dns: name } }).certificate.der
