/** The option `refuseAt`: refusal in the handshake from the start, for the server and for each of its hosts. */
import { ConfigurationError, readObject, readWord } from '@clientcert/core'
import type { GuardedServer } from '../guard.ts'
import { type HandshakeOptions, readHandshakeOptions, readServerTls } from './handshake-options.ts'
import { type HandshakeRefusal, refuseInHandshake } from './refuse-in-handshake.ts'

/** Where clients are refused. */
export type RefuseAt = 'request' | 'handshake' | { readonly handshake: HandshakeOptions }

/** Null for the request alone. */
export type ResolvedRefuseAt = HandshakeOptions | null

/** What is given with it. */
interface Given {
  readonly refuseAt?: unknown
  readonly mode?: unknown
  readonly from?: unknown
  readonly hosts?: unknown
  readonly sendCaNames?: unknown
}

/** @throws {ConfigurationError} Also where the other options want what a handshake that refuses cannot give. */
export function readRefuseAt(given: Given): ResolvedRefuseAt {
  const { refuseAt = 'request' } = given
  const read = typeof refuseAt === 'object' && refuseAt !== null ? readOwn(refuseAt) : readWords(refuseAt)
  if (read) checkRest(given)
  return read
}

const readWords = (value: unknown): ResolvedRefuseAt =>
  readWord(value, 'refuseAt', ['request', 'handshake']) === 'handshake' ? {} : null

function readOwn(value: object): HandshakeOptions {
  const { handshake } = readObject(value, 'refuseAt', ['handshake'])
  readHandshakeOptions(handshake, 'refuseAt.handshake')
  return handshake as HandshakeOptions
}

function checkRest({ mode, from = 'socket', hosts, sendCaNames }: Given): void {
  if (from !== 'socket') {
    const fix = 'Leave it out: whose connection this is, is the proxy.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'refuseAt', 'stands beside `from`', fix)
  }
  const all: (readonly [string, { readonly mode?: unknown; readonly sendCaNames?: unknown }])[] = [
    ['', { mode, sendCaNames }],
    ...Object.entries(typeof hosts === 'object' && hosts !== null ? hosts : {}).map(
      ([name, host]) => [`hosts['${name}'].`, (host ?? {}) as object] as const,
    ),
  ]
  for (const [path, { mode, sendCaNames }] of all) {
    checkMode(mode, `${path}mode`)
    if (sendCaNames !== undefined) {
      const fix = 'Leave it out: the names of `trust` are sent.'
      throw new ConfigurationError('ERR_CONFIG_VALUE', `${path}sendCaNames`, "stands beside refuseAt: 'handshake'", fix)
    }
  }
}

function checkMode(mode: unknown, option: string): void {
  if (mode === undefined || mode === 'required') return
  const fix =
    "Leave it out, or refuse at the 'request': who comes without a certificate never gets past this handshake."
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, "stands beside refuseAt: 'handshake'", fix)
}

/** Has `clientCertRoute` refuse the modes that the server refuses. */
export const routeAfterHandshake =
  (route: GuardedServer['clientCertRoute']): GuardedServer['clientCertRoute'] =>
  (options, listener) => {
    const guarded = route(options, listener)
    if (typeof options === 'string') checkMode(options, 'route')
    else checkMode(options.mode, 'route.mode')
    return guarded
  }

/**
 * Has a server refuse in the handshake.
 *
 * @param tls - What it was made with.
 * @throws {ConfigurationError} As {@link refuseInHandshake}.
 */
export function refuseFromTheStart(server: GuardedServer, tls: object, given: HandshakeOptions): HandshakeRefusal {
  const { clientCertAuthenticator: authenticator } = server
  const { ready, crlSources } = authenticator.status()
  if (!ready) {
    const fix = 'Give files or PEM. With sources that take their time, await `ready()` and call refuseInHandshake.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'refuseAt', 'needs trust that is at hand at once', fix)
  }
  readServerTls(tls, '') // By the names that createServer has for them.
  // Where there is no CRL at all, looking for one would refuse everybody.
  const crls = crlSources.length > 0 ? 'required' : 'left-out'
  return refuseInHandshake(server, authenticator, tls, { crls, ...given })
}
