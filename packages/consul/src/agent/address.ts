import { ConfigurationError, readString, shown } from '@clientcert/core'

/** Where the agent listens. */
export type AgentAddress =
  | {
      readonly kind: 'tcp'
      readonly scheme: 'http' | 'https'
      readonly host: string
      readonly port: number
      readonly name: string
    }
  | { readonly kind: 'unix'; readonly scheme: 'http'; readonly socketPath: string; readonly name: string }

/** Where an agent listens by itself. */
export const DEFAULT_URL = 'http://127.0.0.1:8500'

const FORMS = "Give the agent's own address: 'http://127.0.0.1:8500', 'https://...', or 'unix:///var/run/consul.sock'."

/**
 * Reads the address of the agent, as CONSUL_HTTP_ADDR has it.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_TYPE`, `ERR_CONFIG_VALUE`.
 */
export function readAddress(value: unknown, option: string): AgentAddress {
  const text = readString(value, option)
  const unix = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1]
  if (unix !== undefined) {
    if (unix.includes('\0')) throw new ConfigurationError('ERR_CONFIG_VALUE', option, 'has a NUL in it', FORMS)
    return { kind: 'unix', scheme: 'http', socketPath: unix, name: `unix:${unix}` }
  }
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}`, FORMS)
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    const fix = 'Leave the credentials out: Consul takes a `token`, and an address stands in messages.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, 'has credentials in it', fix)
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(text)}, with more than an address`, FORMS)
  }
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  return { kind: 'tcp', scheme, host: url.hostname.replace(/^\[|\]$/g, ''), port, name: url.origin }
}
