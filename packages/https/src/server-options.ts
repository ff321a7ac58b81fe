import type { ServerOptions as NodeServerOptions } from 'node:https'
import { ConfigurationError, readObject, type ServerTlsOptions } from '@clientcert/core'
import { GUARD_OPTION_NAMES, type GuardOptions } from './guard.ts'

/** Decided by `tlsOptions`, or in Node's types and read by none of its servers. */
type NotTaken = 'requestCert' | 'rejectUnauthorized' | 'ca' | 'crl' | 'allowPartialTrustChain' | 'secureContext'

/** Options of `https.createServer`, without those that decide about client certificates, beside those of a guard. */
export type ServerOptions = GuardOptions & Omit<NodeServerOptions, NotTaken> & Pick<ServerTlsOptions, 'sendCaNames'>

/** What `tls.createSecureContext` reads, on Node 20 to 26. */
export const SECURE_CONTEXT_OPTION_NAMES = [
  'ca',
  'cert',
  'certificateCompression',
  'ciphers',
  'clientCertEngine',
  'crl',
  'dhparam',
  'ecdhCurve',
  'honorCipherOrder',
  'key',
  'maxVersion',
  'minVersion',
  'passphrase',
  'pfx',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'secureOptions',
  'secureProtocol',
  'sessionIdContext',
  'sessionTimeout',
  'sigalgs',
  'ticketKeys',
] as const

/**
 * What `https.createServer` reads, on Node 20 to 26, by the constructor that reads it. A name that none of them reads is refused: Node would pass over it,
 * and a misspelt `minVersion` is a server that speaks the old one.
 */
export const NODE_OPTION_NAMES = [
  // net.Server
  'allowHalfOpen',
  'blockList',
  'highWaterMark',
  'keepAlive',
  'keepAliveInitialDelay',
  'noDelay',
  'pauseOnConnect',
  // tls.Server; what stands among them and is decided by `tlsOptions` is known, so that it is refused by its own words
  'ALPNCallback',
  'ALPNProtocols',
  'SNICallback',
  'enableTrace',
  'handshakeTimeout',
  'pskCallback',
  'pskIdentityHint',
  'rejectUnauthorized',
  'requestCert',
  ...SECURE_CONTEXT_OPTION_NAMES,
  // http.Server
  'IncomingMessage',
  'ServerResponse',
  'connectionsCheckingInterval',
  'headersTimeout',
  'httpValidation',
  'insecureHTTPParser',
  'joinDuplicateHeaders',
  'keepAliveTimeout',
  'keepAliveTimeoutBuffer',
  'maxHeaderSize',
  'optimizeEmptyRequests',
  'rejectNonStandardBodyWrites',
  'requestTimeout',
  'requireHostHeader',
  'shouldUpgradeCallback',
  'uniqueHeaders',
] as const

const TLS_OPTION_NAMES = [...NODE_OPTION_NAMES, 'sendCaNames'] as const

/**
 * Tells the server's options from the authenticator's.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_UNKNOWN_OPTION` for what is neither, `ERR_CONFIG_MISSING` without `key` or `cert`.
 */
export function splitOptions(options: ServerOptions): { tls: ServerTlsOptions; core: GuardOptions } {
  const given = readObject(options, '', [...GUARD_OPTION_NAMES, ...TLS_OPTION_NAMES])
  checkKeyGiven(given)
  return {
    tls: pick(given, TLS_OPTION_NAMES),
    core: pick(given, GUARD_OPTION_NAMES) as GuardOptions,
  }
}

/** Node starts a server without them, and every handshake fails without a word. */
function checkKeyGiven(given: object): void {
  if ('pfx' in given || 'SNICallback' in given || 'pskCallback' in given) return
  for (const name of ['key', 'cert']) {
    if (name in given || (name === 'key' && 'privateKeyIdentifier' in given)) continue
    const fix = "Give the server's own `key` and `cert` in PEM, or both as `pfx`."
    throw new ConfigurationError('ERR_CONFIG_MISSING', name, 'is missing', fix)
  }
}

/** Symbols too: what begins with `dangerously` is one. */
const pick = (given: object, names: readonly PropertyKey[]): object =>
  Object.fromEntries(names.filter((name) => name in given).map((name) => [name, Reflect.get(given, name)]))
