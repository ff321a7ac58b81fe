import type { ClientSessionOptions } from 'node:http2'
import { ConfigurationError, readObject, readString } from '@clientcert/core'
import type { ExpectedServer } from '../server/expected-server.ts'
import { readExpectedServer } from '../server/read-expected-server.ts'

const SESSION_OPTION_NAMES = [
  'maxDeflateDynamicTableSize',
  'maxHeaderListPairs',
  'maxOutstandingPings',
  'maxReservedRemoteStreams',
  'maxSendHeaderBlockLength',
  'maxSessionMemory',
  'maxSettings',
  'paddingStrategy',
  'peerMaxConcurrentStreams',
  'remoteCustomSettings',
  'settings',
  'strictFieldWhitespaceValidation',
  'unknownProtocolTimeout',
] as const

/** Node's for a session. */
export type Http2ClientOptions = Omit<ClientSessionOptions, 'createConnection' | 'protocol'> & {
  /** The name that is sent (SNI) and by default expected. Default: the host of the authority. */
  readonly servername?: string
  readonly expectedServer?: ExpectedServer
}

/** @throws {ConfigurationError} For an option of TLS, which is the context's, as for any that is unknown. */
export function readHttp2Options(options: Http2ClientOptions): void {
  readObject(options, '', [...SESSION_OPTION_NAMES, 'servername', 'expectedServer'])
  if (options.servername !== undefined) readString(options.servername, 'servername')
  if (options.expectedServer !== undefined) readExpectedServer(options.expectedServer, 'expectedServer')
}

/** @throws {ConfigurationError} For what is no URL of `https:`. */
export function readAuthority(authority: string | URL): URL {
  const url = URL.canParse(String(authority)) ? new URL(authority) : null
  if (url?.protocol === 'https:') return url
  const fix = "Give a URL such as 'https://service.example:8443'."
  throw new ConfigurationError('ERR_CONFIG_VALUE', 'authority', `is ${String(authority)}`, fix)
}
