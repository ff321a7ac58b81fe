/** Options of a TLS context, read once, at construction. The input is not kept. */
import { isIP } from 'node:net'
import {
  ConfigurationError,
  type Logger,
  normalHost,
  readFunction,
  readHosts,
  readInteger,
  readLogger,
  readObject,
  readString,
  shown,
} from '@clientcert/core'
import { type ProtocolOptions, readTlsSettings, TLS_OPTION_NAMES, type TlsSettings } from './connection/tls-settings.ts'
import { refuseForeignNames } from './foreign-names.ts'
import {
  MATERIAL_OPTION_NAMES,
  type MaterialOptions,
  type ResolvedMaterial,
  readMaterialOptions,
} from './material/material-options.ts'
import {
  type ResolvedServer,
  readServerOptions,
  SERVER_OPTION_NAMES,
  type ServerOptions,
} from './server/server-options.ts'

/** What is neither about our certificate, nor about servers, nor about the protocol. */
export interface ContextOptions {
  /** Of TLSContext: how mappings, messages and `status()` name it. Default {@link DEFAULT_CONTEXT_NAME}. */
  readonly name?: string
  /** Of TLSContext: the hosts for which it terminates TLS, exact, `*.b.example` or `*`. Default none: it is for origination only. */
  readonly hosts?: readonly string[]
  /** Of TLSContext: the name that is sent to servers (SNI), and by default expected of them. Default: of each the host that is connected to. */
  readonly sni?: string
  /** How long connections with a replaced certificate may go on, in milliseconds, 0 to 3,600,000. Default {@link DEFAULT_GRACE_PERIOD_MS}. */
  readonly gracePeriodMs?: number
  /** For a connection, its handshake and its verification together, in milliseconds, 1 to 600,000. Default {@link DEFAULT_CONNECT_TIMEOUT_MS}. */
  readonly connectTimeoutMs?: number
  /** TLS sessions kept for resumption, 0 to 10,000. Default {@link DEFAULT_MAX_CACHED_SESSIONS}. */
  readonly maxCachedSessions?: number
  /** Gets every refusal, warning and change of material. Default: none; the diagnostics channels carry the same. */
  readonly logger?: Logger
  /** Tells the time. Default: the system's clock. */
  readonly clock?: () => Date
}

/** Options of `createTlsContext`. */
export type TlsContextOptions = ContextOptions & MaterialOptions & ServerOptions & ProtocolOptions

export const DEFAULT_CONTEXT_NAME = 'upstream'

/** Longer than nearly every request takes; a mesh's certificates still have hours when they are replaced. */
export const DEFAULT_GRACE_PERIOD_MS = 60_000

/** As undici has it. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 10_000

/** As Node's own agent has it. */
export const DEFAULT_MAX_CACHED_SESSIONS = 100

const CONTEXT_OPTION_NAMES = [
  'name',
  'hosts',
  'sni',
  'gracePeriodMs',
  'connectTimeoutMs',
  'maxCachedSessions',
  'logger',
  'clock',
] as const satisfies readonly (keyof ContextOptions)[]

/** Every option of `createTlsContext`; those that are symbols included. */
export const TLS_CONTEXT_OPTION_NAMES = [
  ...CONTEXT_OPTION_NAMES,
  ...MATERIAL_OPTION_NAMES,
  ...SERVER_OPTION_NAMES,
  ...TLS_OPTION_NAMES,
]

export interface ResolvedOptions {
  readonly name: string
  /** In normal form. */
  readonly hosts: readonly string[]
  readonly material: ResolvedMaterial
  readonly server: ResolvedServer
  /** Names of options that were given, and that OpenSSL would not follow where it verifies. */
  readonly beyondOpenSsl: readonly string[]
  readonly tls: TlsSettings
  readonly sni: string | null
  readonly gracePeriodMs: number
  readonly connectTimeoutMs: number
  readonly maxCachedSessions: number
  readonly logger: Logger | null
  readonly clock: () => Date
}

/** @throws {ConfigurationError} */
export function resolveOptions(input: unknown): ResolvedOptions {
  refuseForeignNames(input)
  const given = readObject(input, '', TLS_CONTEXT_OPTION_NAMES)
  const name = 'name' in given ? readString(given.name, 'name') : DEFAULT_CONTEXT_NAME
  const integer = (
    option: 'gracePeriodMs' | 'connectTimeoutMs' | 'maxCachedSessions',
    otherwise: number,
    least: number,
    most: number,
  ) => (option in given ? readInteger(given[option], option, least, most) : otherwise)
  const server = readServerOptions(given)
  return Object.freeze({
    name,
    hosts: 'hosts' in given ? readHostNames(given.hosts) : [],
    material: readMaterialOptions(given, name),
    server,
    beyondOpenSsl: [
      ...(server.rules.revocation === 'skip' ? [] : ['crl' in given ? 'crl' : 'revocation']),
      ...(['policies', 'maxIntermediates'] as const).filter((option) => option in given),
    ],
    tls: readTlsSettings(given),
    sni: 'sni' in given ? readSni(given.sni) : null,
    gracePeriodMs: integer('gracePeriodMs', DEFAULT_GRACE_PERIOD_MS, 0, 3_600_000),
    connectTimeoutMs: integer('connectTimeoutMs', DEFAULT_CONNECT_TIMEOUT_MS, 1, 600_000),
    maxCachedSessions: integer('maxCachedSessions', DEFAULT_MAX_CACHED_SESSIONS, 0, 10_000),
    logger: 'logger' in given ? readLogger(given.logger) : null,
    clock: 'clock' in given ? readFunction<() => Date>(given.clock, 'clock') : () => new Date(),
  })
}

function readHostNames(value: unknown): readonly string[] {
  const fix = "Give an array of names: ['a.example', '*.b.example'], or [] for origination only."
  if (!Array.isArray(value)) throw new ConfigurationError('ERR_CONFIG_TYPE', 'hosts', `is ${shown(value)}`, fix)
  if (value.length === 0) return []
  const names = value.map((name, index) => readString(name, `hosts[${index}]`))
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice !== -1) {
    const problem = `names ${shown(names[twice])} a second time`
    throw new ConfigurationError('ERR_CONFIG_VALUE', `hosts[${twice}]`, problem, 'Name each once.')
  }
  return Object.freeze([...readHosts(Object.fromEntries(names.map((name) => [name, {}])), () => null).keys()])
}

function readSni(value: unknown): string {
  const text = readString(value, 'sni')
  const name = normalHost(text)
  if (name !== undefined && isIP(name) === 0) return name
  const fix = 'Give a DNS name in A-labels; addresses are never sent (RFC 6066 section 3).'
  throw new ConfigurationError('ERR_CONFIG_VALUE', 'sni', `is ${shown(text)}`, fix)
}
