/**
 * The TLS contexts of several hosts: which key and certificate the server shows, and which authorities it names, by the name that the client asks for (SNI,
 * RFC 6066 section 3).
 *
 * Names are compared here and as in `hosts`, so that no spelling leads to another context than to another trust (CVE-2026-48928: `addContext` compared case).
 * `SNICallback` answers and never throws: what it throws ends the process (CVE-2026-21637).
 */
import { createSecureContext, type SecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'
import { readObject } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'
import { readCaNames } from './hosts/ca-names.ts'
import { readHostPattern } from './hosts/host-name.ts'
import { hostTable, readHosts } from './hosts/host-table.ts'
import { HOST_OPTION_NAMES, type HostTlsGiven, type HostTlsOptions, tlsGivenIn } from './hosts-options.ts'
import { checkKeyPairs } from './key-pairs.ts'

/** The key and certificate of a server or of one of its hosts. */
export type ServerIdentity = Pick<SecureContextOptions, 'key' | 'cert' | 'pfx' | 'passphrase'>

/** Makes the context of a host. @param tls - The same object as long as nothing of it changes. */
export type ContextMaker = (tls: SecureContextOptions, name: string) => SecureContext

export interface HostContexts {
  readonly given: HostTlsGiven
  /**
   * Replaces a key and certificate; null for the server's own, which hosts show that have none.
   *
   * @throws Where there is no such host, the key is of another certificate, or OpenSSL does not take them; then the old ones stay.
   */
  readonly replace: (name: string | null, identity: ServerIdentity) => void
  /** Leaves the making of contexts to another, who knows more: whom to trust in the handshake, say. Then every host has one. */
  readonly makeWith: (make: ContextMaker) => void
}

/** What makes up an identity, in the options of a server. One of a host replaces all of them. */
const IDENTITY_NAMES = ['key', 'cert', 'pfx', 'passphrase', 'privateKeyIdentifier', 'privateKeyEngine'] as const

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

type SniCallback = NonNullable<TlsOptions['SNICallback']>

interface HostTls {
  /** Null where the server's own is shown. */
  identity: ServerIdentity | null
  readonly ca: (string | Buffer)[] | null
  readonly given: readonly (keyof HostTlsOptions)[]
  /** All of the context; replaced as a whole. */
  tls: SecureContextOptions
}

const contextsBy = new WeakMap<SniCallback, HostContexts>()

/** The contexts of the hosts that `tlsOptions` was given; undefined where it was given none. @param tls - What it returned. */
export const hostContextsOf = ({ SNICallback }: Pick<TlsOptions, 'SNICallback'>): HostContexts | undefined =>
  SNICallback && contextsBy.get(SNICallback)

/** The same of a server, whoever made it. Node keeps the callback under a symbol of its own (20 to 26), which has no name to ask for. */
export function hostContextsOfServer(server: object): HostContexts | undefined {
  for (const key of Object.getOwnPropertySymbols(server)) {
    const value: unknown = Reflect.get(server, key)
    const found = typeof value === 'function' ? contextsBy.get(value as SniCallback) : undefined
    if (found) return found
  }
  return undefined
}

/**
 * Creates what answers with the context of a host. A name without an entry gets the server's own.
 *
 * @param server - Options of the server, of which the contexts inherit `minVersion`, `ciphers` and the like.
 * @throws {ConfigurationError} Where the entry of a host is wrong, or OpenSSL does not take its key and certificate.
 */
export function createSniCallback(server: object, hosts: unknown): SniCallback {
  let base = contextOptionsOf(server)
  const entries = readHosts(hosts, (entry, _, option) => {
    const host = readHostTls(entry, option)
    try {
      return { ...host, tls: tlsOf(base, host) }
    } catch (error) {
      throw notTaken(option, error)
    }
  })
  const table = hostTable(new Map([...entries].map(([name, host]) => [name, { name, host }])))
  const made = new WeakMap<SecureContextOptions, SecureContext>()
  let make: ContextMaker | null = null

  const contextOf = ({ name, host }: { name: string; host: HostTls }): SecureContext | undefined => {
    if (make) return make(host.tls, name)
    if (host.identity === null && host.ca === null) return undefined // The server's own.
    const context = made.get(host.tls) ?? createSecureContext(host.tls)
    made.set(host.tls, context)
    return context
  }

  const callback: SniCallback = (servername, done) => {
    let context: SecureContext | undefined
    try {
      const found = table.findServerName(servername)
      context = found && contextOf(found)
    } catch (error) {
      done(error instanceof Error ? error : new Error('no context', { cause: error }))
      return
    }
    done(null, context)
  }

  contextsBy.set(callback, {
    given: new Map([...entries].map(([name, { given }]) => [name, given])),
    replace: (name, identity) => {
      checkKeyPairs(identity, name === null ? '' : `hosts['${name}'].`)
      if (name === null) {
        const next = withIdentity(base, identity)
        createSecureContext(next)
        base = next
      }
      const known = name === null ? null : entries.get(readHostPattern(name, `hosts['${name}']`))
      if (known === undefined) {
        const fix = 'Name one of those that the server was made with.'
        throw new ConfigurationError(
          'ERR_CONFIG_VALUE',
          `hosts['${String(name)}']`,
          'is a host that the server does not know',
          fix,
        )
      }
      for (const host of entries.values()) {
        if (known === null ? host.identity !== null : host !== known) continue
        const changed = { ...host, identity: name === null ? null : identity }
        host.tls = tlsOf(base, changed)
        host.identity = changed.identity
      }
    },
    makeWith: (maker) => {
      make = maker
    },
  })
  return callback
}

const contextOptionsOf = (server: object): SecureContextOptions =>
  Object.fromEntries(
    SECURE_CONTEXT_OPTION_NAMES.filter((name) => name in server).map((name) => [name, Reflect.get(server, name)]),
  )

function withIdentity(base: SecureContextOptions, identity: ServerIdentity): SecureContextOptions {
  const rest = Object.entries(base).filter(([name]) => !IDENTITY_NAMES.some((each) => each === name))
  return { ...Object.fromEntries(rest), ...identity }
}

/** @throws What OpenSSL says of a key and certificate that it does not take. */
function tlsOf(base: SecureContextOptions, { identity, ca }: Pick<HostTls, 'identity' | 'ca'>): SecureContextOptions {
  const tls = { ...(identity ? withIdentity(base, identity) : base), ...(ca ? { ca } : {}) }
  createSecureContext(tls)
  return tls
}

function readHostTls(entry: object, option: string): Pick<HostTls, 'identity' | 'ca' | 'given'> {
  const given = readObject(entry, option, HOST_OPTION_NAMES)
  const { key, cert, pfx, passphrase, sendCaNames } = given as HostTlsOptions
  if (sendCaNames !== undefined) readCaNames(sendCaNames, `${option}.sendCaNames`)
  const has = (name: 'key' | 'cert' | 'pfx' | 'passphrase') => name in given
  const missing = has('key') !== has('cert') ? (has('key') ? 'cert' : 'key') : undefined
  if (missing || (has('passphrase') && !has('key') && !has('pfx'))) {
    const fix =
      'Give `key` and `cert` in PEM, or both as `pfx`; or leave them out, and the host shows those of the server.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', `${option}.${missing ?? 'key'}`, 'is missing', fix)
  }
  if (has('pfx') && has('key')) {
    const fix = 'Give the key and certificate once.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}.pfx`, 'stands beside `key` and `cert`', fix)
  }
  const identity: ServerIdentity = Object.fromEntries(
    Object.entries({ key, cert, pfx, passphrase }).filter(([, value]) => value !== undefined),
  )
  checkKeyPairs(identity, `${option}.`)
  return {
    identity: has('key') || has('pfx') ? identity : null,
    ca: sendCaNames === undefined ? null : caOf(sendCaNames),
    given: tlsGivenIn(given),
  }
}

/** As Node's `ca` takes them. */
export const caOf = (names: NonNullable<HostTlsOptions['sendCaNames']>): (string | Buffer)[] =>
  typeof names === 'string' || Buffer.isBuffer(names) ? [names] : [...names]

function notTaken(option: string, error: unknown): ConfigurationError {
  const reason = error instanceof Error ? error.message : String(error)
  const fix = 'Give the key that belongs to the certificate, both whole, and the passphrase of an encrypted key.'
  return new ConfigurationError('ERR_CONFIG_VALUE', option, `has what OpenSSL does not take: ${reason}`, fix, error)
}
