import { checkServerIdentity } from 'node:tls'
import { ConfigurationError } from '@clientcert/core'

/** What Node takes beside a request and hands to `tls.connect`: whom we trust, who we are, and how it is negotiated. All of it is the context's. */
const TLS_OPTION_NAMES = [
  'ALPNCallback',
  'ALPNProtocols',
  'allowPartialTrustChain',
  'ca',
  'cert',
  'checkServerIdentity',
  'ciphers',
  'clientCertEngine',
  'crl',
  'dhparam',
  'ecdhCurve',
  'enableTrace',
  'honorCipherOrder',
  'isServer',
  'key',
  'maxCachedSessions',
  'maxVersion',
  'minDHSize',
  'minVersion',
  'passphrase',
  'pfx',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'pskCallback',
  'rejectUnauthorized',
  'requestOCSP',
  'secureContext',
  'secureOptions',
  'secureProtocol',
  'session',
  'sessionIdContext',
  'sessionTimeout',
  'sigalgs',
  'socket',
  'ticketKeys',
] as const

/** Ours, which are for all requests of a client. One that was given beside a request would be read by nobody. */
const CLIENT_OPTION_NAMES = ['expectedServer'] as const

/**
 * Refuses options of TLS beside a request or a client: `rejectUnauthorized: false` would switch off what the context is for, and one that was passed over
 * in silence would be believed to hold.
 *
 * What says nothing passes, since callers say it unasked: http-proxy sets `rejectUnauthorized: true` and each of `pfx`, `key`, `cert`, `ca`, `ciphers` and
 * `secureProtocol` as undefined; got sets `checkServerIdentity` to Node's own. (@fastify/reply-from with its option `http` sets `rejectUnauthorized: false`
 * unless it is told true.)
 *
 * @param options - Of the application, or of a library between it and us.
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE`, that names the first of them.
 */
export function refuseTlsOptions(options: object): void {
  const name = TLS_OPTION_NAMES.find((name) => !saysNothing(name, Reflect.get(options, name)))
  if (name === undefined) return
  const instead = name === 'rejectUnauthorized' ? ', or say true where a library says false by itself' : ''
  const fix = `Leave it out${instead}: it is decided by createTlsContext, for all of its connections.`
  throw new ConfigurationError('ERR_CONFIG_VALUE', name, 'is an option of TLS, given to a client or a request', fix)
}

/** Refuses the same beside a request, and what is given to the client as a whole. */
export function refuseRequestOptions(options: object): void {
  refuseTlsOptions(options)
  const name = CLIENT_OPTION_NAMES.find((name) => Reflect.get(options, name) !== undefined)
  if (name === undefined) return
  throw new ConfigurationError('ERR_CONFIG_VALUE', name, 'is given beside a request', 'Give it to the client.')
}

/** The options without those of TLS that say nothing, once the others were refused. */
export function withoutTlsOptions(options: object): object {
  refuseTlsOptions(options)
  const names: readonly string[] = TLS_OPTION_NAMES
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)))
}

/** What callers say that changes nothing. */
const HARMLESS: Readonly<Record<string, (value: unknown) => boolean>> = {
  rejectUnauthorized: (value) => value === true,
  checkServerIdentity: (value) => value === checkServerIdentity,
  ALPNProtocols: (value) => Array.isArray(value) && value.length === 1 && value[0] === 'http/1.1',
}

const saysNothing = (name: string, value: unknown): boolean =>
  value === undefined || value === null || HARMLESS[name]?.(value) === true
