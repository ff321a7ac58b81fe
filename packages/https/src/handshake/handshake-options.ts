import type { SecureServerOptions } from 'node:http2'
import type { ServerOptions as HttpsServerOptions } from 'node:https'
import type { SecureContextOptions, Server } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import {
  ConfigurationError,
  checkKeyPairs,
  type Logger,
  readInteger,
  readLogger,
  readObject,
  readWord,
  SECURE_CONTEXT_OPTION_NAMES,
} from '@clientcert/core'
import { HTTP2_OPTION_NAMES, NODE_OPTION_NAMES } from '../node-option-names.ts'

/** Decided by the helper with every change. */
type Decided = 'ca' | 'crl' | 'ticketKeys' | 'sessionIdContext' | 'allowPartialTrustChain'

/** What the server was made with, of what `server.setSecureContext` reads: it forgets whatever is not given again. */
export type HandshakeTls = Omit<SecureContextOptions, Decided>

/** The same among everything else that the server was made with: what `tlsOptions` returned, say. */
export type HandshakeServerTls = HandshakeTls &
  Omit<HttpsServerOptions & SecureServerOptions, keyof SecureContextOptions>

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
  ca: 'Leave it out, and `sendCaNames` of tlsOptions, too: it is the `trust` of the authenticator, whose names are sent.',
  crl: 'Leave it out, and give the CRLs to `revocation.crls` of the authenticator.',
  ticketKeys: 'Leave it out: with keys that stay, a session from before a change is resumed past it.',
  sessionIdContext: 'Leave it out: with one that stays, a session from before a change is resumed past it.',
  allowPartialTrustChain: 'Leave it out: path material would become anchors.',
}

const DECIDED_NAMES = Object.keys(DECIDED) as Decided[]

const pathOf = (option: string, name: string): string => (option === '' ? name : `${option}.${name}`)

const isDecided = (name: string): boolean => DECIDED_NAMES.some((each) => each === name)

/** @throws {ConfigurationError} For what is unknown, and for what is not the application's to decide here. */
export function readTls(value: unknown, option: string): HandshakeTls {
  const given = readObject(value, option, [...SECURE_CONTEXT_OPTION_NAMES, 'allowPartialTrustChain'])
  const own = checkNotDecided(given, option)
  checkKeyPairs(own, pathOf(option, ''))
  return own
}

/**
 * Reads what a server was made with, and passes over what makes no context.
 *
 * @throws {ConfigurationError} As {@link readTls}, and where it says that the server would not ask for certificates.
 */
export function readServerTls(value: unknown, option: string): HandshakeTls {
  const given = readObject(value, option, [...NODE_OPTION_NAMES, ...HTTP2_OPTION_NAMES, 'allowPartialTrustChain'])
  const refuse = (name: string, problem: string, fix: string): never => {
    throw new ConfigurationError('ERR_CONFIG_VALUE', pathOf(option, name), problem, fix)
  }
  const { requestCert = true, rejectUnauthorized = false } = given
  if (requestCert !== true) {
    refuse('requestCert', 'is not true', 'Leave it out; it has to be true.')
  }
  // Either is true of it: `tlsOptions` says the one, and from now on it is the other.
  if (typeof rejectUnauthorized !== 'boolean') {
    refuse('rejectUnauthorized', 'is no boolean', 'Leave it out; it is decided by this helper.')
  }
  checkNotDecided(given, option)
  const own = contextTlsOf(given)
  checkKeyPairs(own, pathOf(option, ''))
  return own
}

function checkNotDecided(given: object, option: string): HandshakeTls {
  for (const name of DECIDED_NAMES) {
    if (!(name in given)) continue
    throw new ConfigurationError('ERR_CONFIG_VALUE', pathOf(option, name), 'is decided by this helper', DECIDED[name])
  }
  return { ...given }
}

/** What makes a context, of all options of a server, without what is decided here. */
export const contextTlsOf = (given: object): HandshakeTls =>
  Object.fromEntries(
    SECURE_CONTEXT_OPTION_NAMES.filter((name) => name in given && !isDecided(name)).map((name) => [
      name,
      Reflect.get(given, name),
    ]),
  )

/**
 * Checks that nothing of the server would be forgotten or replaced: a `minVersion` that is not given again is the default from then on. Another key and
 * certificate may be given.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_MISSING`, and `ERR_CONFIG_VALUE` for another value than the server has.
 */
export function checkComplete(
  tls: object,
  server: Server,
  option: string,
  decided: readonly string[] = DECIDED_NAMES,
): void {
  for (const name of SECURE_CONTEXT_OPTION_NAMES) {
    if (decided.includes(name)) continue
    const [given, had] = [optionOf(tls, name), optionOf(server, name)]
    const isMissing = given === undefined && had !== undefined
    const isAnother = given !== undefined && isKept(server, name) && !isDeepStrictEqual(given, had)
    if (!isMissing && !isAnother) continue
    const fix = `Give \`${name}\` as the server has it: Node keeps nothing of the old context.`
    const [code, problem] = isMissing
      ? (['ERR_CONFIG_MISSING', 'was given when the server was made'] as const)
      : (['ERR_CONFIG_VALUE', 'is not what the server has'] as const)
    throw new ConfigurationError(code, `${option}.${name}`, problem, fix)
  }
}

/** As Node takes it: what is falsy is not given, but for the one option whose default is true. */
const optionOf = (from: object, name: string): unknown => {
  const value: unknown = Reflect.get(from, name)
  return name === 'honorCipherOrder' ? value !== false : value || undefined
}

/** Given anew where they are given at all. */
const IDENTITY: readonly string[] = ['key', 'cert', 'pfx', 'passphrase', 'privateKeyIdentifier', 'privateKeyEngine']

/** Whether a server tells the option that it has. These two it has only where they were given; what else it does not have, this version of Node does not read. */
const isKept = (server: Server, name: string): boolean =>
  !IDENTITY.includes(name) && (name in server || name === 'ticketKeys' || name === 'sessionTimeout')

/** @param option - Its path, for messages. @throws {ConfigurationError} */
export function readHandshakeOptions(value: unknown, option = 'options'): ResolvedHandshake {
  const given = readObject(value, option, ['crls', 'maxCrlBytes', 'aheadSeconds', 'logger'])
  const number = (name: 'maxCrlBytes' | 'aheadSeconds', otherwise: number, least: number, most: number) =>
    name in given ? readInteger(given[name], `${option}.${name}`, least, most) : otherwise
  return {
    crls:
      'crls' in given ? readWord(given.crls, `${option}.crls`, ['required', 'when-complete', 'left-out']) : 'required',
    maxCrlBytes: number('maxCrlBytes', DEFAULT_HANDSHAKE_CRL_BYTES, 1_024, 16_777_216),
    aheadMs: number('aheadSeconds', DEFAULT_HANDSHAKE_AHEAD_SECONDS, 0, 604_800) * 1_000,
    logger: 'logger' in given ? readLogger(given.logger, `${option}.logger`) : undefined,
  }
}
