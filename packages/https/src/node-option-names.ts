/** Names of options that Node's servers read. One that none of them reads is refused: Node would pass over it. */
import { SECURE_CONTEXT_OPTION_NAMES } from '@clientcert/core'

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

/** What `http2.createSecureServer` reads beside these. */
export const HTTP2_OPTION_NAMES = [
  'Http1IncomingMessage',
  'Http1ServerResponse',
  'Http2ServerRequest',
  'Http2ServerResponse',
  'allowHTTP1',
  'http1Options',
  'maxDeflateDynamicTableSize',
  'maxHeaderListPairs',
  'maxOutstandingPings',
  'maxSendHeaderBlockLength',
  'maxSessionInvalidFrames',
  'maxSessionMemory',
  'maxSessionRejectedStreams',
  'maxSettings',
  'origins',
  'paddingStrategy',
  'peerMaxConcurrentStreams',
  'remoteCustomSettings',
  'settings',
  'streamResetBurst',
  'streamResetRate',
  'strictFieldWhitespaceValidation',
  'strictSingleValueFields',
  'unknownProtocolTimeout',
] as const
