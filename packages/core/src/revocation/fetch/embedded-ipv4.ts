/**
 * Which addresses one stands for: an IPv6 address may carry an IPv4 one, to which a translator, a relay or the kernel itself delivers. A check that
 * looks at the outer form alone lets `::ffff:169.254.169.254` through to the metadata service.
 */
import { isIP } from 'node:net'

/**
 * Lists everything that must be allowed for an address to be: itself, and every IPv4 address within.
 *
 * Mapped addresses (RFC 4291 2.5.5.2) and those of the well-known NAT64 prefix (RFC 6052 2.1) are the IPv4 address and nothing else: a network that has
 * IPv6 alone reaches every server so. The other forms count as themselves too, so they are refused unless they are listed: compatible (RFC 4291 2.5.5.1) and
 * 6to4 (RFC 7526) are deprecated, Teredo (RFC 4380) has no servers behind it, and in a network's own NAT64 prefix (RFC 8215) only the network knows.
 *
 * @param address - What `isIP` accepts, without a zone.
 */
export function readingsOf(address: string): readonly string[] {
  if (isIP(address) === 4) return [address]
  const groups = groupsOf(address)
  const startsWith = (...prefix: readonly number[]) => prefix.every((group, index) => groups[index] === group)
  const at = (index: number) => dotted(groups[index] ?? 0, groups[index + 1] ?? 0)
  if (startsWith(0, 0, 0, 0, 0, 0xffff)) return [at(6)]
  if (startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return [at(6)]
  const isUnspecifiedOrLoopback = startsWith(0, 0, 0, 0, 0, 0, 0) && (groups[7] ?? 0) <= 1 // are no such form
  if (startsWith(0, 0, 0, 0, 0, 0) && !isUnspecifiedOrLoopback) return [address, at(6)]
  // With a prefix of 96 bits, as nearly all have it; of a shorter one the end is zeros, and 0.0.0.0 is refused.
  if (startsWith(0x64, 0xff9b, 1)) return [address, at(6)]
  if (startsWith(0x2002)) return [address, at(1)]
  if (startsWith(0x2001, 0)) {
    const client = dotted(~(groups[6] ?? 0) & 0xffff, ~(groups[7] ?? 0) & 0xffff)
    return [address, at(2), client]
  }
  return [address]
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')

/** The eight groups. The URL parser writes all of them as hexadecimal, a dotted end too. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  if (tail === undefined) return numbers(head)
  const [left, right] = [numbers(head), numbers(tail)]
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
}
