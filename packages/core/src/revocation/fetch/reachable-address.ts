/**
 * Which addresses a URL out of a certificate may lead to. The URL is chosen by whoever issued the certificate, and a request from here comes from inside
 * the network (Lemur issue 5485: a distribution point that names the metadata service).
 */
import { BlockList, isIP } from 'node:net'
import { type AddressRanges, isInRanges } from '../../address-ranges.ts'
import { readingsOf } from './embedded-ipv4.ts'

/** IANA IPv4 Special-Purpose Address Registry (RFC 6890 and later), without those that are globally reachable. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8', // "this network" (RFC 791); on Linux 0.0.0.0 is this machine
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // shared by carriers (RFC 6598); Alibaba's metadata service 100.100.100.200
  '127.0.0.0/8', // loopback (RFC 1122)
  '168.63.129.16/32', // Azure's virtual machine agent and DNS: public by number, inside of every virtual network
  '169.254.0.0/16', // link-local (RFC 3927); the metadata services of AWS, Azure, Google and others, 169.254.169.254
  '172.16.0.0/12', // private (RFC 1918)
  '192.0.0.0/24', // IETF protocol assignments (RFC 6890); Oracle's metadata service 192.0.0.192
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.88.99.0/24', // relays of 6to4, deprecated (RFC 7526)
  '192.168.0.0/16', // private (RFC 1918)
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '198.51.100.0/24', // documentation (RFC 5737)
  '203.0.113.0/24', // documentation (RFC 5737)
  '224.0.0.0/4', // multicast (RFC 5771)
  '240.0.0.0/4', // reserved (RFC 1112), broadcast (RFC 919)
]

/**
 * All that IANA has given out for unicast on the Internet. Whatever is outside is none of it: loopback, unspecified, link-local and site-local, unique local
 * (fc00::/7, with the metadata services of AWS, fd00:ec2::254, and Google, fd20:ce::254), multicast, and what has not been invented.
 */
const GLOBAL_IPV6 = '2000::/3'

/** Exceptions within (IANA IPv6 Special-Purpose Address Registry). */
const SPECIAL_IPV6 = [
  '2001::/23', // IETF protocol assignments (RFC 2928): Teredo, benchmarks, ORCHIDs
  '2001:db8::/32', // documentation (RFC 3849)
  '2002::/16', // 6to4 (RFC 3056), deprecated
  '3fff::/20', // documentation (RFC 9637)
]

const specialIpv4 = blockList(SPECIAL_IPV4, 'ipv4')
const globalIpv6 = blockList([GLOBAL_IPV6], 'ipv6')
const specialIpv6 = blockList(SPECIAL_IPV6, 'ipv6')

/**
 * Checks whether an address may be connected to: it is public, or listed, and so is every IPv4 address that it carries.
 *
 * @param address - Untrusted: what a resolver says. A zone makes it local, and refused.
 */
export function isReachable(address: string, listed: AddressRanges | null): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false
  return readingsOf(address).every((each) => isPublic(each) || (listed !== null && isInRanges(listed, each)))
}

const isPublic = (address: string): boolean =>
  isIP(address) === 4
    ? !specialIpv4.check(address, 'ipv4')
    : globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6')

function blockList(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const blocked = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    blocked.addSubnet(address, Number(prefix), family)
  }
  return blocked
}
