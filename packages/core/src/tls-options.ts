import type { TlsOptions } from 'node:tls'
import { ConfigurationError, shown } from './configuration-error.ts'

/** What {@link tlsOptions} decides itself. */
type Decided = 'requestCert' | 'rejectUnauthorized' | 'ca' | 'crl'

/** Options of `tls.createServer` without those that decide about client certificates. */
export type ServerTlsOptions = Omit<TlsOptions, Decided> & {
  /**
   * Certificates, in PEM, whose names are sent in the handshake, so that a browser offers fitting certificates only. They are no trust: that is
   * `trust`. Default: none, and clients choose freely. The names are visible to everybody who connects.
   */
  readonly sendCaNames?: string | Buffer | readonly (string | Buffer)[]
}

/**
 * Completes the options of a TLS server so that it asks every client for a certificate and refuses nobody in the handshake: this library
 * verifies then, and says why.
 *
 * `rejectUnauthorized: true` would close the connection without a word (measured: a bare close for every bad certificate), and `ca` would let
 * OpenSSL's verdict stand in `socket.authorized`, which is wrong for resumed sessions.
 *
 * @param options - As of `tls.createServer`: `key`, `cert`, `minVersion`, ....
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` where the options say otherwise.
 */
export function tlsOptions<Options extends ServerTlsOptions>(
  options: Options,
): Omit<Options, 'sendCaNames'> & { requestCert: true; rejectUnauthorized: false; ca?: (string | Buffer)[] } {
  const { sendCaNames, ...rest } = options
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
  const ca = sendCaNames === undefined ? {} : { ca: namesOf(sendCaNames) }
  return { ...rest, ...ca, requestCert: true, rejectUnauthorized: false }
}

const namesOf = (names: NonNullable<ServerTlsOptions['sendCaNames']>): (string | Buffer)[] =>
  typeof names === 'string' || Buffer.isBuffer(names) ? [names] : [...names]

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
