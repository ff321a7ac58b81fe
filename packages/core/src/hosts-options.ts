/** Reading `hosts`: whom to trust, and what to ask of clients, for each host of one server. */
import type { TlsOptions } from 'node:tls'
import { readObject } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'
import { type CaNames, readCaNames } from './hosts/ca-names.ts'
import { readHosts } from './hosts/host-table.ts'
import type { Logger } from './observe.ts'
import {
  type AuthenticatorOptions,
  DEFAULT_MODE,
  DEFAULT_RESPONSES,
  OPTION_NAMES,
  type ResolvedOptions,
  type ResolvedRoute,
  readLogger,
  resolveOptions,
} from './options.ts'
import { readResponses } from './responses.ts'
import type { TrustSource } from './trust/source.ts'

/** What is the same for all hosts: where certificates come from, and what is told to whom. */
type Shared = 'from' | 'logger' | 'clock'

/** The server's own side of one host; for `tlsOptions` and `createServer`, and passed over where clients are decided about. */
export interface HostTlsOptions extends Pick<TlsOptions, 'key' | 'cert' | 'pfx' | 'passphrase'> {
  /**
   * Certificates, in PEM, whose names are sent to who asks for this host, as of {@link ServerTlsOptions.sendCaNames}. They are no trust. A client that comes
   * on a connection which named other authorities, and lacks the certificate for this host, is told 421 (RFC 9110 15.5.20), so that it may come again.
   */
  readonly sendCaNames?: CaNames
}

/** Options of one host. What it leaves out is as of the options around `hosts`. */
export interface HostOptions extends Partial<Omit<AuthenticatorOptions, Shared>>, HostTlsOptions {}

/** Options of an authenticator of several hosts, in socket mode. */
export interface HostsOptions extends Omit<AuthenticatorOptions, 'trust' | 'from'> {
  /**
   * By name: of one host, `*.b.example` for one label more, or `*` for all others. Which entry is for a request is said by its `Host` or `:authority`. A host
   * without an entry is refused.
   */
  readonly hosts: Readonly<Record<string, HostOptions>>
  /** For those hosts that name none of their own. */
  readonly trust?: AuthenticatorOptions['trust']
  readonly from?: 'socket'
}

const HOST_TLS_OPTION_NAMES = ['key', 'cert', 'pfx', 'passphrase', 'sendCaNames'] as const

/** Which options of its own side of TLS the entry of each host has, by name in normal form. */
export type HostTlsGiven = ReadonlyMap<string, readonly (keyof HostTlsOptions)[]>

/** The names of those that one entry has. */
export const tlsGivenIn = (entry: object): readonly (keyof HostTlsOptions)[] =>
  HOST_TLS_OPTION_NAMES.filter((name) => name in entry)

const SHARED: readonly PropertyKey[] = ['from', 'logger', 'clock', 'hosts'] satisfies (Shared | 'hosts')[]
const INHERITED = OPTION_NAMES.filter((name) => !SHARED.includes(name))

/** The names of all options of one host, for whoever reads the server's side of them. */
export const HOST_OPTION_NAMES = [...INHERITED, ...HOST_TLS_OPTION_NAMES] as const

/** One host, its options read. */
export interface ResolvedHost {
  readonly options: ResolvedOptions
  /** Null where those of the server are sent. */
  readonly caNames: ReadonlySet<string> | null
  /** What the server has to show for it. */
  readonly tlsGiven: readonly (keyof HostTlsOptions)[]
}

export interface ResolvedHosts {
  /** By name in normal form. */
  readonly hosts: ReadonlyMap<string, ResolvedHost>
  /** The sources of all hosts. */
  readonly trust: readonly TrustSource[]
  /** For requests of no host: nobody is let in. */
  readonly nowhere: ResolvedRoute
  readonly logger: Logger | null
}

/** @throws {ConfigurationError} */
export function resolveHosts(input: unknown): ResolvedHosts {
  const { hosts, ...around } = readObject(input, '', OPTION_NAMES)
  if ('from' in around && around.from !== 'socket') {
    const fix = 'Leave `hosts` out, and give each host an authenticator of its own; or leave `from` out.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'hosts', 'is for certificates of the connection itself', fix)
  }
  let isTrustUsed = !('trust' in around)
  const resolved = readHosts(hosts, (entry, _, option): ResolvedHost => {
    const given = readObject(entry, option, HOST_OPTION_NAMES)
    const { key: _key, cert: _cert, pfx: _pfx, passphrase: _passphrase, sendCaNames, ...own } = given
    isTrustUsed ||= !('trust' in own)
    return {
      options: within(option, own, () => resolveOptions({ ...around, ...own })),
      caNames: sendCaNames === undefined ? null : readCaNames(sendCaNames, `${option}.sendCaNames`),
      tlsGiven: tlsGivenIn(given),
    }
  })
  if (!isTrustUsed) {
    const fix = "Every host has its own: leave it out, or add an entry '*' for all other hosts, which are refused now."
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'trust', 'is used for no host', fix)
  }
  return {
    hosts: resolved,
    trust: [...resolved.values()].flatMap(({ options }) => options.trust),
    nowhere: Object.freeze({
      mode: DEFAULT_MODE,
      allow: null,
      anchors: null,
      responses: 'responses' in around ? readResponses(around.responses, 'responses') : DEFAULT_RESPONSES,
    }),
    logger: 'logger' in around ? readLogger(around.logger) : null,
  }
}

/** Tells mistakes of a host's own options by their path; what was inherited is wrong where it stands. */
function within(option: string, own: object, read: () => ResolvedOptions): ResolvedOptions {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    const names = Reflect.ownKeys(own).map((name) => (typeof name === 'symbol' ? name.description : name))
    const isMissing = error.code === 'ERR_CONFIG_MISSING' && error.option === 'trust'
    throw isMissing || names.includes(error.option.split(/[.[]/)[0]) ? error.under(option) : error
  }
}
