import type { ServerOptions as NodeServerOptions } from 'node:https'
import { ConfigurationError, readObject, type ServerTlsOptions } from '@clientcert/core'
import { GUARD_OPTION_NAMES, type GuardOptions, type HostsGuardOptions } from './guard.ts'
import { type RefuseAt, type ResolvedRefuseAt, readRefuseAt } from './handshake/refuse-at.ts'
import { NODE_OPTION_NAMES } from './node-option-names.ts'

/** Decided by `tlsOptions`, or in Node's types and read by none of its servers. */
type NotTaken = 'requestCert' | 'rejectUnauthorized' | 'ca' | 'crl' | 'allowPartialTrustChain' | 'secureContext'

/** Options of `https.createServer`, without those that decide about client certificates, beside those of a guard. */
export type ServerOptions = (GuardOptions | HostsGuardOptions) &
  Omit<NodeServerOptions, NotTaken> &
  Pick<ServerTlsOptions, 'sendCaNames'> & {
    /**
     * Where a client is refused: with an answer to its `'request'`, the default, which says no more than a status, while the log says why; or in the
     * `'handshake'` already, by OpenSSL and without a word, as `refuseInHandshake` does, and by the request behind it all the same. The latter is for mode
     * `'required'` only. By default it looks at CRLs where `revocation.crls` has some; `{ handshake: { ... } }` says otherwise.
     */
    readonly refuseAt?: RefuseAt
  }

const TLS_OPTION_NAMES = [...NODE_OPTION_NAMES, 'sendCaNames'] as const

/**
 * Tells the server's options from the authenticator's.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_UNKNOWN_OPTION` for what is neither, `ERR_CONFIG_MISSING` without `key` or `cert`.
 */
export function splitOptions(options: ServerOptions): {
  tls: ServerTlsOptions
  core: GuardOptions | HostsGuardOptions
  refuseAt: ResolvedRefuseAt
} {
  const given = readObject(options, '', [...GUARD_OPTION_NAMES, ...TLS_OPTION_NAMES, 'refuseAt'])
  checkKeyGiven(given)
  const hosts = hostsNaming(given)
  return {
    tls: { ...pick(given, TLS_OPTION_NAMES), ...hosts },
    core: { ...pick(given, GUARD_OPTION_NAMES), ...hosts } as GuardOptions | HostsGuardOptions,
    refuseAt: readRefuseAt(given),
  }
}

/** Hosts name the authorities that the server names, unless they name others: said of each, so that it is known what its clients were asked for. */
function hostsNaming({ hosts, sendCaNames }: { readonly hosts?: unknown; readonly sendCaNames?: unknown }): object {
  if (!isTable(hosts) || sendCaNames === undefined) return hosts === undefined ? {} : { hosts }
  const named = Object.entries(hosts).map(([name, host]) => [name, isTable(host) ? { sendCaNames, ...host } : host])
  return { hosts: Object.fromEntries(named) as object }
}

/** What is none is core's to refuse. */
const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Node starts a server without them, and every handshake fails without a word. */
function checkKeyGiven(given: { readonly hosts?: unknown }): void {
  if ('pfx' in given || 'SNICallback' in given || 'pskCallback' in given) return
  const hosts = isTable(given.hosts) ? Object.values(given.hosts) : []
  if (hosts.length > 0 && hosts.every((host) => isTable(host) && ('key' in host || 'pfx' in host))) return
  for (const name of ['key', 'cert']) {
    if (name in given || (name === 'key' && 'privateKeyIdentifier' in given)) continue
    const fix = "Give the server's own `key` and `cert` in PEM, or both as `pfx`."
    throw new ConfigurationError('ERR_CONFIG_MISSING', name, 'is missing', fix)
  }
}

/** Symbols too: what begins with `dangerously` is one. */
const pick = (given: object, names: readonly PropertyKey[]): object =>
  Object.fromEntries(names.filter((name) => name in given).map((name) => [name, Reflect.get(given, name)]))
