/** What an application says of where to connect to, read before anything is connected. What a client made of a request comes another way. */
import { isIP } from 'node:net'
import { ConfigurationError, readInteger, readObject, readString, shown } from '@clientcert/core'
import type { ConnectTarget } from './connector.ts'

const TARGET_NAMES = [
  'host',
  'port',
  'servername',
  'expectedServer',
  'alpnProtocols',
  'socket',
  'localAddress',
  'family',
  'signal',
] as const

/**
 * Reads the target of `connect()`. `servername`, `expectedServer` and what is of the transport are read where they are used.
 *
 * @throws {ConfigurationError} For an unknown name, a host that is none, and a port that is none.
 */
export function readConnectTarget(target: ConnectTarget): ConnectTarget {
  const { host, port } = readObject(target, 'target', TARGET_NAMES)
  readHost(host, 'target.host')
  readInteger(port, 'target.port', 1, 65_535)
  return target
}

/**
 * Reads the name or address of a host.
 *
 * Lenient: whatever the system's resolver may know passes, underscores included (names of services in containers have them).
 *
 * @throws {ConfigurationError} For what is missing or empty, and for a URL or a host with its port, which a resolver would look for as they stand.
 */
export function readHost(value: unknown, option: string): string {
  const host = readString(value, option)
  if (isIP(host) !== 0 || !/[\s/:@[\]]/.test(host) || isIP(host.replace(/%.*/, '')) === 6) return host
  const fix = 'Give a DNS name or an IP address alone: no scheme, no brackets, and the port on its own.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(host)}`, fix)
}
