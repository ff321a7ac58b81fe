import { isIPv4, isIPv6 } from 'node:net'
import { concat } from './der-pieces.ts'

/**
 * Encodes an address, or a range in CIDR form as address and mask, as the octets of an iPAddress name.
 *
 * RFC 5280 section 4.2.1.6 (an address: 4 or 16 octets) and section 4.2.1.10 (a range: 8 or 32).
 *
 * @param text - `192.0.2.1`, `2001:db8::1`, `192.0.2.0/24`, `2001:db8::/32`. Host bits are kept, not cleared.
 * @throws {TypeError} If it is none of these.
 */
export function encodeIpAddress(text: string): Uint8Array {
  const [address = '', prefix, ...rest] = text.split('/')
  const octets = isIPv4(address) ? octetsOfV4(address) : isIPv6(address) ? octetsOfV6(address) : undefined
  if (octets === undefined || rest.length > 0)
    throw new TypeError(`not an IP address or range: ${JSON.stringify(text)}`)
  return prefix === undefined ? octets : concat(octets, maskOf(prefix, octets.length, text))
}

function octetsOfV4(address: string): Uint8Array {
  return Uint8Array.from(address.split('.'), Number)
}

function octetsOfV6(address: string): Uint8Array {
  // The URL parser normalises the dotted-quad tail; what is left is groups and at most one `::`.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]))
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

function maskOf(prefix: string, length: number, text: string): Uint8Array {
  const bits = Number(prefix)
  if (!/^\d+$/.test(prefix) || bits > length * 8) throw new TypeError(`prefix out of range: ${JSON.stringify(text)}`)
  return Uint8Array.from({ length }, (_, index) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - index * 8))))
}
