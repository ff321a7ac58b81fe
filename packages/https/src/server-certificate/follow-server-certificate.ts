/**
 * A server's own key and certificate, followed as their files change, without a restart and without a connection lost.
 *
 * Node's `setSecureContext` keeps nothing of the old context: what is not given again is the default from then on. So all of it is given again, and what
 * would be forgotten is an error at the start. Session tickets of the old context are not taken up by the new one, but where `ticketKeys` are given.
 */
import { channel } from 'node:diagnostics_channel'
import { Server } from 'node:tls'
import {
  ConfigurationError,
  createFileRefresher,
  type HostContexts,
  hostContextsOfServer,
  type Logger,
  type Refresher,
  type RefreshStatus,
  readHosts,
  readLogger,
  readObject,
  SECURE_CONTEXT_OPTION_NAMES,
  type ServerIdentity,
  SourceError,
} from '@clientcert/core'
import { checkComplete } from '../handshake/handshake-options.ts'
import { isUnderRefusal } from '../handshake/refuse-in-handshake.ts'
import { createReport } from '../report.ts'
import {
  CERTIFICATE_FILE_OPTION_NAMES,
  type CertificateFiles,
  followedCertificate,
  type ResolvedFiles,
  readCertificateFiles,
} from './certificate-files.ts'
import { mistakeOfReading } from './certificate-mistake.ts'
import { checkHostContexts, serverTlsOf } from './server-tls.ts'

export type FollowCertificateOptions = CertificateFiles & {
  /** Of hosts that have a key and certificate of their own: of `hosts` as `createServer` or `tlsOptions` was given it, by the same names. */
  readonly hosts?: Readonly<Record<string, CertificateFiles>>
  /** What `tlsOptions` returned, or what else the server was made with. Not for servers of `createServer`, of which it is known. */
  readonly tls?: object
  /** Gets what cannot be loaded. Default: warnings of the process; the channel `clientcert:source` carries the same. */
  readonly logger?: Logger
}

export interface FollowedCertificate {
  /** Of the server's own, then of each host. */
  readonly status: () => readonly RefreshStatus[]
  /** Loads all of them again, now. What fails keeps its last good content and says so. */
  readonly reload: () => Promise<void>
  /** Stops following. The server goes on with what it has. */
  readonly close: () => void
}

/** One at a time: of two, the one whose files change last would decide. */
const followedServers = new WeakSet<Server>()

const sources = channel('clientcert:source')

/** Given anew with each certificate, or Node's own default. */
const NOT_CHECKED = ['key', 'cert', 'pfx', 'passphrase', 'sessionIdContext'] as const
/** Decided by `refuseInHandshake`, where it keeps the context. */
const OF_REFUSAL = ['ca', 'crl', 'ticketKeys', 'sessionIdContext']

/**
 * Has a server show the key and certificate of these files, now and as often as they change. Ends with the server.
 *
 * A pair that does not match, or was written by half, is not taken: the last good one stays, it is said, and tried again. Connections that are open stay.
 *
 * Works beside `refuseInHandshake`, before and after it.
 *
 * @param server - Of node:https or node:tls, or `createSecureServer` of node:http2; with Fastify `app.server`.
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE` where the files cannot be used now or an option is not as the server has it, `ERR_CONFIG_MISSING` where one would
 *   be forgotten, `ERR_CONFIG_SERVER` for a server that is followed already.
 */
export function followServerCertificate(server: Server, options: FollowCertificateOptions): FollowedCertificate {
  const { files, hosts, tls, logger } = readFollowOptions(server, options)
  checkHostContexts(server, tls)
  const contexts = hostContextsOfServer(server)
  const own = contextOptionsOf(tls)
  checkComplete(own, server, 'tls', isUnderRefusal(server) ? [...NOT_CHECKED, ...OF_REFUSAL] : NOT_CHECKED)
  const report = createReport(logger)

  const show = (host: string | null, identity: ServerIdentity): void => {
    if (host === null) setContext(server, own, identity)
    if (host !== null || contexts) contextsOf(contexts, host).replace(host, identity)
  }

  const tell = (source: string, error: SourceError): void => {
    if (sources.hasSubscribers) sources.publish({ source, outcome: 'kept-last-good', error, epoch: 0 })
    report(error)
  }

  const follow = (host: string | null, each: ResolvedFiles): Refresher<ServerIdentity> => {
    const name = host === null ? 'the certificate of the server' : `the certificate of ${host}`
    const refresher = createFileRefresher(followedCertificate(name, each, own), systemClock, ({ error }, isChanged) => {
      const identity = refresher.loaded()
      if (error) return tell(name, error)
      if (!isChanged || !identity) return
      try {
        show(host, identity)
      } catch (thrown) {
        tell(name, new SourceError(name, thrown))
      }
    })
    return refresher
  }

  const followed = [...new Map<string | null, ResolvedFiles>([[null, files], ...hosts])].map(([host, each]) => ({
    host,
    files: each,
    refresher: follow(host, each),
  }))
  const close = (): void => {
    followedServers.delete(server)
    for (const { refresher } of followed) refresher.close()
  }
  followedServers.add(server)
  try {
    for (const each of followed) start(each, show)
  } catch (error) {
    close()
    throw error
  }
  server.once('close', close)
  return {
    status: () => followed.map(({ refresher }) => refresher.status()),
    reload: async () => {
      await Promise.all(followed.map(({ refresher }) => refresher.refresh()))
    },
    close,
  }
}

interface Followed {
  readonly host: string | null
  readonly files: ResolvedFiles
  readonly refresher: Refresher<ServerIdentity>
}

function start(
  { host, files, refresher }: Followed,
  show: (host: string | null, identity: ServerIdentity) => void,
): void {
  try {
    void refresher.start() // Files are there at once, or throw.
    const identity = refresher.loaded()
    if (identity) show(host, identity)
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    const unreadable = mistakeOfReading(files, error)
    if (unreadable) throw unreadable
    const reason = error instanceof Error ? error.message : String(error)
    const fix = 'Give files with a certificate and the key that belongs to it, and what else the server was made with.'
    const option = files.options[0] ?? 'options'
    throw new ConfigurationError('ERR_CONFIG_VALUE', option, `names what cannot be shown: ${reason}`, fix, error)
  }
}

/** By the server's own method, which `refuseInHandshake` replaces by one that keeps the trust. */
function setContext(server: Server, own: object, identity: ServerIdentity): void {
  const kept = Object.entries(own).filter(([name]) => !(isUnderRefusal(server) && OF_REFUSAL.includes(name)))
  // Those of now: `ticketKeys` are what the server was made with, and may have been replaced because they leaked.
  const ticketKeys = kept.some(([name]) => name === 'ticketKeys') ? server.getTicketKeys() : undefined
  server.setSecureContext({ ...Object.fromEntries(kept), ...identity })
  if (ticketKeys) server.setTicketKeys(ticketKeys)
}

function contextsOf(contexts: HostContexts | undefined, host: string | null): HostContexts {
  if (contexts) return contexts
  const fix = 'Give `hosts` to createServer or tlsOptions as well, and with the latter what it returned as `tls`.'
  throw new ConfigurationError(
    'ERR_CONFIG_VALUE',
    `hosts['${String(host)}']`,
    'is a host that the server does not know',
    fix,
  )
}

const IDENTITY: readonly string[] = ['key', 'cert', 'pfx', 'passphrase', 'privateKeyIdentifier', 'privateKeyEngine']

/** Without the old key and certificate. */
const contextOptionsOf = (tls: object): object =>
  Object.fromEntries(
    SECURE_CONTEXT_OPTION_NAMES.filter((name) => name in tls && !IDENTITY.includes(name)).map((name) => [
      name,
      Reflect.get(tls, name),
    ]),
  )

const systemClock = (): Date => new Date()

interface ResolvedFollow {
  readonly files: ResolvedFiles
  readonly hosts: readonly (readonly [string, ResolvedFiles])[]
  readonly tls: object
  readonly logger: Logger | undefined
}

function readFollowOptions(server: Server, options: FollowCertificateOptions): ResolvedFollow {
  if (!(server instanceof Server)) {
    const fix = 'Give what node:https, node:tls or createSecureServer of node:http2 made.'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', 'is no server of TLS', fix)
  }
  if (followedServers.has(server)) {
    const fix =
      'Call followServerCertificate once for each server, with its `hosts`; or close() what the first call returned.'
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', 'has its certificate followed already', fix)
  }
  const { hosts, tls, logger, ...files } = readObject(options, '', [
    ...CERTIFICATE_FILE_OPTION_NAMES,
    'hosts',
    'tls',
    'logger',
  ])
  const known = serverTlsOf(server)
  if (known && tls !== undefined) {
    const fix = 'Leave it out: createServer knows what it made the server with.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'tls', 'is known', fix)
  }
  return {
    files: readCertificateFiles(files, ''),
    hosts: hosts === undefined ? [] : [...readHosts(hosts, filesOfHost, '{ certFile, keyFile }')],
    tls: known ?? readTable(tls, 'tls'),
    logger: logger === undefined ? undefined : readLogger(logger),
  }
}

const filesOfHost = (entry: object, _: string, option: string): ResolvedFiles =>
  readCertificateFiles(entry, `${option}.`)

function readTable(value: unknown, option: string): object {
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new ConfigurationError('ERR_CONFIG_TYPE', option, 'is no object', 'Give an object, or leave it out.')
}
