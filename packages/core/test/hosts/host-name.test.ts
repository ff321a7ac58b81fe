import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hostOfAuthority, normalHost, readHostPattern } from '../../src/hosts/host-name.ts'
import { ConfigurationError } from '../../src/index.ts'

describe('the host of an authority, in one form', () => {
  test.each([
    ['A.Example', 'a.example', 'case (CVE-2026-48928)'],
    ['a.example.', 'a.example', 'a trailing dot (CVE-2025-66614)'],
    ['a.example:8443', 'a.example', 'a port (CVE-2026-48491)'],
    ['a.example:', 'a.example', 'an empty port (RFC 3986 3.2.3)'],
    ['A.EXAMPLE.:443', 'a.example', 'all three'],
    ['localhost', 'localhost', 'one label'],
    ['my_service.default', 'my_service.default', 'an underscore, as names inside of clusters have'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', 'an A-label'],
    ['192.0.2.1:80', '192.0.2.1', 'an address'],
    ['[2001:DB8::1]:443', '2001:db8::1', 'an address of IPv6'],
    ['[2001:db8:0:0:0:0:0:1]', '2001:db8::1', 'its long form (RFC 5952)'],
    ['[::ffff:192.0.2.1]', '::ffff:c000:201', 'a mapped one, which is not the one of IPv4'],
  ])('%s is %s: %s', (text, host) => {
    expect(hostOfAuthority(text)).toBe(host)
  })

  test.each([
    ['', 'nothing'],
    ['.', 'the root'],
    ['a..example', 'an empty label'],
    ['.a.example', 'a leading dot'],
    ['a.example..', 'two trailing dots'],
    ['user@a.example', 'user information (RFC 9110 7.2)'],
    ['a.example:80:80', 'two ports'],
    ['a.example:http', 'a port that is no number'],
    ['a.example/x', 'a path'],
    ['a.example, b.example', 'a list'],
    ['a.example b.example', 'white space'],
    ['a%2eexample', 'percent encoding'],
    ['b\u00fccher.example', 'octets beyond ASCII'],
    ['*.example', 'a wildcard'],
    ['-a.example', 'a label that begins with a hyphen'],
    ['a-.example', 'a label that ends with one'],
    [`${'a'.repeat(64)}.example`, 'a label of 64 (RFC 1035 2.3.4)'],
    [`${'a.'.repeat(123)}example1`, 'a name of 254'],
    ['2001:db8::1', 'an address of IPv6 without brackets'],
    ['[2001:db8::1', 'half a bracket'],
    ['[a.example]', 'a name in brackets'],
    ['[192.0.2.1]', 'IPv4 in brackets'],
    ['[fe80::1%25eth0]', 'a zone'],
    ['127.1', 'an address of two numbers'],
    ['0x7f000001', 'one in hexadecimal'],
    ['2130706433', 'one as a number'],
    ['192.0.2.1.', 'one with a trailing dot'],
    ['192.0.2.01', 'one with a leading zero'],
  ])('%j is none: %s', (text) => {
    expect(hostOfAuthority(text)).toBeUndefined()
  })

  test('a label of 63 and a name of 253 are one', () => {
    expect(normalHost(`${'a'.repeat(63)}.example`)).toBeDefined()
    expect(normalHost(`${'a.'.repeat(123)}example`)).toHaveLength(253)
  })

  test('never throws, and what it makes stays as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webAuthority({ withIPv6: true, withPort: true }), fc.ipV6()), (text) => {
        const host = hostOfAuthority(text)
        if (host !== undefined) expect(normalHost(host)).toBe(host)
      }),
    )
  })
})

describe('a name of the option', () => {
  test.each([
    ['*', '*'],
    ['*.B.example.', '*.b.example'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['A.example', 'a.example'],
  ])('%s is %s', (name, normal) => {
    expect(readHostPattern(name, 'hosts')).toBe(normal)
  })

  test.each([
    ['b\u00fccher.example', /xn--bcher-kva\.example/, 'an IDN in U-labels (RFC 5890)'],
    ['*.b\u00fccher.example', /'\*\.xn--bcher-kva\.example'/, 'one under a wildcard'],
    ['f*.example', /one whole label/, 'a wildcard within a label (RFC 9525 6.3)'],
    ['a.*.example', /one whole label/, 'one that is not first'],
    ['*.*.example', /one whole label/, 'two'],
    ['*.', /one whole label/, 'one of nothing'],
    ['*.192.0.2.1', /wildcard/, 'one of an address'],
    ['a.example:8443', /port out/, 'a port'],
    ['https://a.example', /Give a name/, 'a URL'],
    ['', /Give a name/, 'nothing'],
  ])('%j is refused, with the fix %s: %s', (name, fix) => {
    const read = () => readHostPattern(name, 'hosts[0]')
    expect(read).toThrow(ConfigurationError)
    expect(read).toThrow(
      expect.objectContaining({
        code: 'ERR_CONFIG_VALUE',
        option: 'hosts[0]',
        message: expect.stringMatching(fix) as string,
      }),
    )
  })
})
