import { describe, expect, test } from 'vitest'
import { readAddressRanges } from '../../../src/address-ranges.ts'
import { isReachable } from '../../../src/revocation/fetch/reachable-address.ts'

const listed = (...ranges: readonly string[]) => readAddressRanges(ranges, 'addresses').ranges

describe('an address is connected to if it is public', () => {
  test.each([
    '1.1.1.1',
    '93.184.215.14',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '223.255.255.255',
  ])('accepts %s', (address) => expect(isReachable(address, null)).toBe(true))
  test.each(['2606:4700::6810:84e5', '2a00:1450:4001:82f::200e', '2001:200::1'])('accepts %s', (address) =>
    expect(isReachable(address, null)).toBe(true),
  )
})

describe('an address that is not public is refused (RFC 6890), unless it is listed', () => {
  test.each([
    ['"this network", this machine on Linux', '0.0.0.0', '0.0.0.0/8'],
    ['private (RFC 1918)', '10.0.0.1', '10.0.0.0/8'],
    ['private (RFC 1918)', '172.16.0.1', '172.16.0.0/12'],
    ['private (RFC 1918)', '192.168.255.255', '192.168.0.0/16'],
    ['shared by carriers (RFC 6598), Alibaba metadata', '100.100.100.200', '100.64.0.0/10'],
    ['loopback', '127.255.255.254', '127.0.0.0/8'],
    ['link-local, metadata of AWS, Azure and Google', '169.254.169.254', '169.254.169.254'],
    ['Azure virtual machine agent', '168.63.129.16', '168.63.129.16/32'],
    ['protocol assignments, Oracle metadata', '192.0.0.192', '192.0.0.0/24'],
    ['documentation (RFC 5737)', '192.0.2.1', '192.0.2.0/24'],
    ['documentation (RFC 5737)', '198.51.100.1', '198.51.100.0/24'],
    ['documentation (RFC 5737)', '203.0.113.1', '203.0.113.0/24'],
    ['relay of 6to4 (RFC 7526)', '192.88.99.1', '192.88.99.0/24'],
    ['benchmarks (RFC 2544)', '198.19.255.255', '198.18.0.0/15'],
    ['multicast', '224.0.0.1', '224.0.0.0/4'],
    ['reserved', '240.0.0.1', '240.0.0.0/4'],
    ['broadcast', '255.255.255.255', '255.255.255.255'],
    ['loopback', '::1', '::1'],
    ['unique local (RFC 4193), AWS metadata', 'fd00:ec2::254', 'fd00:ec2::/32'],
    ['unique local, Google metadata', 'fd20:ce::254', 'fc00::/7'],
    ['link-local', 'fe80::1', 'fe80::/10'],
    ['site-local (RFC 3879)', 'fec0::1', 'fec0::/10'],
    ['multicast', 'ff02::1', 'ff00::/8'],
    ['documentation (RFC 3849)', '2001:db8::1', '2001:db8::/32'],
    ['documentation (RFC 9637)', '3fff::1', '3fff::/20'],
    ['benchmarks (RFC 5180)', '2001:2::1', '2001:2::/48'],
    ['ORCHID (RFC 7343)', '2001:20::1', '2001:20::/28'],
    ['segment routing (RFC 9602)', '5f00::1', '5f00::/16'],
    ['discard (RFC 6666)', '100::1', '100::/64'],
    ['nobody yet', '4000::1', '4000::/3'],
  ])('%s: %s', (_what, address, range) => {
    expect(isReachable(address, null)).toBe(false)
    expect(isReachable(address, listed('9.9.9.9', '9::/64'))).toBe(false)
    expect(isReachable(address, listed(range))).toBe(true)
  })

  test('a zone, what is no address, and nothing are refused, whatever is listed', () => {
    for (const address of ['fe80::1%eth0', '2606:4700::1%1', 'localhost', '127.1', '']) {
      expect(isReachable(address, listed('0.0.0.0/0', '::/0'))).toBe(false)
    }
  })
})

describe('an IPv4 address within an IPv6 address is checked too', () => {
  test.each([
    ['mapped (RFC 4291 2.5.5.2)', '::ffff:169.254.169.254'],
    ['mapped, hexadecimal', '::ffff:a9fe:a9fe'],
    ['mapped, written out', '0:0:0:0:0:ffff:127.0.0.1'],
    ['NAT64 (RFC 6052)', '64:ff9b::169.254.169.254'],
    ['NAT64, hexadecimal', '64:ff9b::7f00:1'],
    ['NAT64, of a network (RFC 8215)', '64:ff9b:1::10.0.0.1'],
    ['compatible (RFC 4291 2.5.5.1)', '::127.0.0.1'],
    ['6to4 (RFC 3056)', '2002:7f00:1::'],
    ['6to4 of the metadata service', '2002:a9fe:a9fe::1'],
    ['Teredo, by its server (RFC 4380)', '2001:0:7f00:1::f7f7:f7f7'],
    ['Teredo, by its client', '2001:0:808:808::80ff:fffe'],
  ])('refuses %s: %s', (_what, address) => expect(isReachable(address, null)).toBe(false))

  test('mapped and NAT64 addresses stand for the IPv4 address and nothing else', () => {
    for (const address of ['::ffff:1.1.1.1', '64:ff9b::1.1.1.1']) expect(isReachable(address, null)).toBe(true)
    for (const address of ['::ffff:10.1.2.3', '64:ff9b::10.1.2.3']) {
      expect(isReachable(address, listed('10.0.0.0/8'))).toBe(true)
      expect(isReachable(address, listed('10.1.2.4'))).toBe(false)
    }
  })

  test('the other forms are refused where their IPv4 address is public or listed, for they are neither', () => {
    const forms = ['::1.1.1.1', '64:ff9b:1::1.1.1.1', '2002:101:101::', '2001:0:808:808::f7f7:f7f7']
    for (const address of forms) expect(isReachable(address, listed('1.1.1.1'))).toBe(false)
  })

  test('where such a form is listed, what is within has to be allowed by itself', () => {
    const forms = listed('64:ff9b:1::/48', '2002::/16', '2001::/32', '::/96')
    for (const address of ['64:ff9b:1::1.1.1.1', '2002:101:101::', '2001:0:808:808::f7f7:f7f7', '::1.1.1.1']) {
      expect(isReachable(address, forms)).toBe(true)
    }
    for (const address of ['64:ff9b:1::127.0.0.1', '2002:7f00:1::', '2001:0:808:808::80ff:fffe', '::127.0.0.1']) {
      expect(isReachable(address, forms)).toBe(false)
    }
  })
})
