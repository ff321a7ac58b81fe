import { isIPv6 } from 'node:net'
import { ConfigurationError, readString, shown } from '@clientcert/core'

/** Ambassador's `service`, read: `[scheme://]host[:port]`. */
export interface Service {
  readonly scheme: 'http' | 'https' | null
  /** A DNS name or an IP address, without brackets. */
  readonly host: string
  readonly port: number | null
}

/** The parts of `[scheme://]host[:port]`; what is in `rest` does not belong there. */
const SERVICE =
  /^(?:(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?<host>\[[^\]]*\]|[^:/?#@[\]]*)(?::(?<port>[^/?#@]*))?(?<rest>.*)$/s

const FORM = 'Write it as `[scheme://]host[:port]`, such as `https://productpage:9080`.'

/** Reads where a mapping leads to. @param option - Its path, for messages. */
export function readService(value: unknown, option: string): Service {
  const text = readString(value, option)
  const { scheme, host = '', port, rest } = SERVICE.exec(text)?.groups ?? {}
  const refuse = (problem: string, fix: string): never => {
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}, ${problem}`, fix)
  }
  if (text.includes('@')) refuse('which has user information', 'Leave it out: who we are is said by a certificate.')
  if (rest !== undefined && rest !== '') {
    refuse('which has more than a host and a port', `${FORM} A path belongs into \`rewrite\`.`)
  }
  const known = scheme?.toLowerCase()
  if (known !== undefined && known !== 'http' && known !== 'https') {
    refuse('whose scheme is neither http nor https', FORM)
  }
  if (!isHost(host))
    refuse('whose host is neither a DNS name nor an IP address', `${FORM} An IPv6 address has brackets.`)
  return {
    scheme: known === 'http' || known === 'https' ? known : null,
    host: (host.startsWith('[') ? host.slice(1, -1) : host).toLowerCase(),
    port: port === undefined ? null : readPort(port, option),
  }
}

function readPort(text: string, option: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 1 && port <= 65_535) return port
  throw new ConfigurationError(
    'ERR_CONFIG_RANGE',
    option,
    `has the port ${shown(text)}`,
    'Give a port from 1 to 65535, or none.',
  )
}

/** Whether URLs mean the same by it: `127.1` and `0x7f000001` are addresses in them, and would be names elsewhere. */
function isHost(host: string): boolean {
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1))
  if (!/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})$/.test(host) || host.includes('..')) return false
  return URL.canParse(`http://${host}`) && new URL(`http://${host}`).hostname === host.toLowerCase()
}
