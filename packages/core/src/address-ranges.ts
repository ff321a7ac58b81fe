/** Ranges of IP addresses as options name them, and whether an address is in one. */
import { BlockList, isIP, SocketAddress } from 'node:net'
import { readArray, readString } from './configuration.ts'
import { ConfigurationError, shown } from './configuration-error.ts'

/**
 * Ranges by family. Kept apart, since `BlockList` compares across families: an IPv4 peer is inside `::/0` for it, and nobody who writes that
 * has IPv4 in mind.
 */
export interface AddressRanges {
  readonly ipv4: BlockList
  readonly ipv6: BlockList
}

/** Narrower than this, a range holds one network's machines. */
const NARROW_PREFIX = { 4: 24, 6: 64 } as const

/** Reads addresses and CIDR ranges. @returns Also those that are wider than a network. @throws {ConfigurationError} */
export function readAddressRanges(value: unknown, option: string): { ranges: AddressRanges; wide: readonly string[] } {
  const ranges = { ipv4: new BlockList(), ipv6: new BlockList() }
  const wide: string[] = []
  for (const [index, entry] of readArray(value, option).entries()) {
    const at = `${option}[${index}]`
    const text = readString(entry, at)
    const refuse = (fix: string) => new ConfigurationError('ERR_CONFIG_VALUE', at, `is ${shown(text)}`, fix)
    const [address = '', prefix, ...rest] = text.split('/')
    const family = isIP(address)
    const bits = family === 4 ? 32 : 128
    const isPrefix = prefix === undefined || (/^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits)
    if ((family !== 4 && family !== 6) || !isPrefix || rest.length > 0) {
      throw refuse('Give addresses or ranges: 10.0.0.7, 10.0.0.0/24, fd00:1234::/64. Host names are not resolved.')
    }
    if (address.includes('%')) throw refuse('Leave the zone out: it is not compared, only the address is.')
    const word = family === 4 ? 'ipv4' : 'ipv6'
    if (isMapped(address, word)) throw refuse('Write the IPv4 address; mapped peers are compared as IPv4.')
    const length = prefix === undefined ? bits : Number(prefix)
    if (length < NARROW_PREFIX[family]) wide.push(text)
    ranges[word].addSubnet(address, length, word)
  }
  return { ranges, wide }
}

/** Where IPv4 addresses stand in IPv6: compatible (RFC 4291 2.5.5.1), and behind them mapped, whose six groups are easily written as five. */
const COMPATIBLE = new BlockList()
COMPATIBLE.addSubnet('::', 96, 'ipv6')

/** Of these, the ones that mean themselves (RFC 4291 2.5.2, 2.5.3). */
const THEMSELVES: ReadonlySet<string> = new Set(['::', '::1'])

/** From here on, a range that begins with `::` holds no network, only forms of IPv4 addresses. */
const ONLY_FORMS = 80

/**
 * Reads ranges of those who connect. One that holds nothing but IPv4-compatible addresses (`::/96`, `::10.0.0.7`, `::ffff:0/112`) is refused: no peer has such
 * an address, and whoever writes it means IPv4, or mapped addresses, which are compared as IPv4.
 *
 * @throws {ConfigurationError}
 */
export function readPeerRanges(value: unknown, option: string): { ranges: AddressRanges; wide: readonly string[] } {
  const read = readAddressRanges(value, option)
  for (const [index, entry] of readArray(value, option).entries()) {
    const text = readString(entry, option)
    const [address = '', prefix = '128'] = text.split('/')
    if (isIP(address) !== 6 || !COMPATIBLE.check(address, 'ipv6')) continue
    const isItself = THEMSELVES.has(new SocketAddress({ address, family: 'ipv6' }).address)
    if (isItself && (prefix === '128' || Number(prefix) < ONLY_FORMS)) continue
    const fix = 'Write IPv4 addresses as IPv4, 10.0.0.0/8: peers are compared so, in whatever form they come.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}[${index}]`, `is ${shown(text)}, which no peer has`, fix)
  }
  return read
}

/** Whether it is `::ffff:192.0.2.1`, however it is spelt. */
const isMapped = (address: string, family: 'ipv4' | 'ipv6'): boolean =>
  family === 'ipv6' && /^::ffff:[\d.]+$/.test(new SocketAddress({ address, family }).address)

export function isInRanges(ranges: AddressRanges, address: string): boolean {
  const family = isIP(address)
  if (family === 0) return false
  const word = family === 4 ? 'ipv4' : 'ipv6'
  return ranges[word].check(address, word)
}
