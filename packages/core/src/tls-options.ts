import type { TlsOptions } from 'node:tls'
import { ConfigurationError, shown } from './configuration-error.ts'
import { caOf, createSniCallback } from './host-contexts.ts'
import type { CaNames } from './hosts/ca-names.ts'
import type { HostOptions } from './hosts-options.ts'
import { checkKeyPairs } from './key-pairs.ts'

/** What {@link tlsOptions} decides itself. */
type Decided = 'requestCert' | 'rejectUnauthorized' | 'ca' | 'crl'

/** Options of `tls.createServer` without those that decide about client certificates. */
export type ServerTlsOptions = Omit<TlsOptions, Decided> & {
  /**
   * Certificates, in PEM, whose names are sent in the handshake, so that a browser offers fitting certificates only. They are no trust: that is
   * `trust`. Default: none, and clients choose freely. The names are visible to everybody who connects.
   */
  readonly sendCaNames?: CaNames
  /**
   * The same table as of `createAuthenticator`: of each host, `key` and `cert` or `pfx`, and `sendCaNames`, are shown to who asks for it by name (SNI). Default:
   * every host shows the server's own.
   */
  readonly hosts?: Readonly<Record<string, HostOptions>>
}

/** What a server is made with. */
export type CompletedTlsOptions<Options> = Omit<Options, 'sendCaNames' | 'hosts'> & {
  requestCert: true
  rejectUnauthorized: false
  ca?: (string | Buffer)[]
} & (Options extends { readonly hosts: object } ? Required<Pick<TlsOptions, 'SNICallback'>> : unknown)

/**
 * Completes the options of a TLS server so that it asks every client for a certificate and refuses nobody in the handshake: this library
 * verifies then, and says why.
 *
 * `rejectUnauthorized: true` would close the connection without a word (measured: a bare close for every bad certificate), and `ca` would let
 * OpenSSL's verdict stand in `socket.authorized`, which is wrong for resumed sessions.
 *
 * Node has one `requestCert` for all hosts of a server, so that every client is asked, whatever its host wants.
 *
 * @param options - As of `tls.createServer`: `key`, `cert`, `minVersion`, ....
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` where the options say otherwise, and for a key of another certificate.
 */
export function tlsOptions<Options extends ServerTlsOptions>(options: Options): CompletedTlsOptions<Options> {
  const { sendCaNames, hosts, ...rest } = options
  refuse(rest, 'requestCert', true)
  refuse(rest, 'rejectUnauthorized', false)
  if ('ca' in rest) {
    const fix = 'Whom to trust is said in `trust`; to send names of authorities in the handshake, use `sendCaNames`.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'ca', 'has no meaning here', fix)
  }
  if ('crl' in rest) {
    // OpenSSL's verdict is not asked for, so a list given here would look like a check of revocation and be none.
    const fix = 'Leave it out, and give the CRLs to `revocation.crls`.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'crl', 'has no effect here', fix)
  }
  checkKeyPairs(rest)
  const ca = sendCaNames === undefined ? {} : { ca: caOf(sendCaNames) }
  const asking = { requestCert: true, rejectUnauthorized: false } as const
  // The callback is there exactly where `hosts` is, which a spread cannot say.
  return { ...rest, ...ca, ...sniOf({ ...rest, ...ca }, hosts), ...asking } as CompletedTlsOptions<Options>
}

function sniOf(server: ServerTlsOptions, hosts: ServerTlsOptions['hosts']): Pick<TlsOptions, 'SNICallback'> {
  if (hosts === undefined) return {}
  if ('SNICallback' in server) {
    const fix = 'Leave it out: it is made of `hosts`.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'SNICallback', 'stands beside `hosts`', fix)
  }
  return { SNICallback: createSniCallback(server, hosts) }
}

function refuse(options: object, name: 'requestCert' | 'rejectUnauthorized', expected: boolean): void {
  const value: unknown = Reflect.get(options, name)
  if (value === undefined || value === expected) return
  throw new ConfigurationError(
    'ERR_CONFIG_VALUE',
    name,
    `is ${shown(value)}`,
    `Leave it out; it has to be ${expected}.`,
  )
}
