import type { SecureContextOptions, Server } from 'node:tls'
import {
  ConfigurationError,
  type Logger,
  readInteger,
  readLogger,
  readObject,
  readWord,
  SECURE_CONTEXT_OPTION_NAMES,
} from '@clientcert/core'

/** Decided by the helper with every change. */
type Decided = 'ca' | 'crl' | 'ticketKeys' | 'sessionIdContext' | 'allowPartialTrustChain'

/** What the server was made with, of what `server.setSecureContext` reads: it forgets whatever is not given again. */
export type HandshakeTls = Omit<SecureContextOptions, Decided>

export interface HandshakeOptions {
  /**
   * `'required'`: every authority of the store has to have a CRL in force, or its clients are refused; without one it does not start. `'when-complete'`:
   * as long as one of them has none, the handshake looks at no CRL at all, and who is revoked is refused behind it only. `'left-out'`: it never does.
   * Default `'required'`.
   */
  readonly crls?: 'required' | 'when-complete' | 'left-out'
  /** Octets of DER that all CRLs together may have, 1024 to 16777216. Default {@link DEFAULT_HANDSHAKE_CRL_BYTES}. */
  readonly maxCrlBytes?: number
  /** How long before a CRL ends its successor has to be there, in seconds, 0 to 604800. Default {@link DEFAULT_HANDSHAKE_AHEAD_SECONDS}. */
  readonly aheadSeconds?: number
  /** Gets what goes wrong later, and each refusal. Default: warnings of the process, and nothing. */
  readonly logger?: Logger
}

export interface ResolvedHandshake {
  readonly crls: NonNullable<HandshakeOptions['crls']>
  readonly maxCrlBytes: number
  readonly aheadMs: number
  readonly logger: Logger | undefined
}

/**
 * OpenSSL hashes a CRL anew for each handshake that it is used in, and Node parses all of them at once on the main thread with every change. Measured on Node
 * 20: 350 kB cost 1 ms a handshake and 7 ms a change, 3.5 MB 11 and 68 ms. Half a megabyte are some 15,000 entries.
 */
export const DEFAULT_HANDSHAKE_CRL_BYTES = 524_288

/** Long enough for somebody to be woken; authorities publish a day or a week ahead. */
export const DEFAULT_HANDSHAKE_AHEAD_SECONDS = 3_600

/** Each with the reason why it cannot be given. */
const DECIDED: Readonly<Record<Decided, string>> = {
  ca: 'Leave it out: it is the `trust` of the authenticator.',
  crl: 'Leave it out, and give the CRLs to `revocation.crls` of the authenticator.',
  ticketKeys: 'Leave it out: with keys that stay, a session from before a change is resumed past it.',
  sessionIdContext: 'Leave it out: with one that stays, a session from before a change is resumed past it.',
  allowPartialTrustChain: 'Leave it out: path material would become anchors.',
}

/** @throws {ConfigurationError} For what is unknown, and for what is not the application's to decide here. */
export function readTls(value: unknown, option: string): HandshakeTls {
  const names = [...SECURE_CONTEXT_OPTION_NAMES, 'allowPartialTrustChain'] as const
  const { ca, crl, ticketKeys, sessionIdContext, allowPartialTrustChain, ...tls } = readObject(value, option, names)
  const decided = { ca, crl, ticketKeys, sessionIdContext, allowPartialTrustChain }
  for (const name of Object.keys(DECIDED) as Decided[]) {
    if (decided[name] === undefined) continue
    throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}.${name}`, 'is decided by this helper', DECIDED[name])
  }
  return { ...tls } as HandshakeTls
}

/**
 * Checks that nothing of the server would be forgotten: a `minVersion` that is not given again is the default from then on.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_MISSING`.
 */
export function checkComplete(
  tls: object,
  server: Server,
  option: string,
  decided: readonly string[] = Object.keys(DECIDED),
): void {
  for (const name of SECURE_CONTEXT_OPTION_NAMES) {
    if (decided.includes(name)) continue
    // Which has a default of its own on the server, the same one that it gets again.
    if (name === 'honorCipherOrder' || name in tls || Reflect.get(server, name) === undefined) continue
    const fix = `Give \`${name}\` as the server has it: Node keeps nothing of the old context.`
    throw new ConfigurationError('ERR_CONFIG_MISSING', `${option}.${name}`, 'was given when the server was made', fix)
  }
}

/** @throws {ConfigurationError} */
export function readHandshakeOptions(value: unknown): ResolvedHandshake {
  const given = readObject(value, 'options', ['crls', 'maxCrlBytes', 'aheadSeconds', 'logger'])
  const number = (name: 'maxCrlBytes' | 'aheadSeconds', otherwise: number, least: number, most: number) =>
    name in given ? readInteger(given[name], `options.${name}`, least, most) : otherwise
  return {
    crls:
      'crls' in given ? readWord(given.crls, 'options.crls', ['required', 'when-complete', 'left-out']) : 'required',
    maxCrlBytes: number('maxCrlBytes', DEFAULT_HANDSHAKE_CRL_BYTES, 1_024, 16_777_216),
    aheadMs: number('aheadSeconds', DEFAULT_HANDSHAKE_AHEAD_SECONDS, 0, 604_800) * 1_000,
    logger: 'logger' in given ? readLogger(given.logger) : undefined,
  }
}
