/** Options, read once, at construction. The environment is not read here. */
import { Agent as HttpsAgent } from 'node:https'
import {
  ConfigurationError,
  type Logger,
  readFunction,
  readInteger,
  readLogger,
  readObject,
  readString,
  shown,
} from '@clientcert/core'
import { type AgentAddress, DEFAULT_URL, readAddress } from './agent/address.ts'
import { FIRST_RETRY_MS, LAST_RETRY_MS, PACE_MS, type Timing } from './agent/timing.ts'
import { type ReadToken, TOKEN, tokenFromFile } from './agent/token.ts'
import type { ServiceName } from './certificates/leaf.ts'

export interface ConsulConnectOptions {
  /** The service whose certificate is asked for. It need not be registered; the token must be allowed to write it. Required. */
  readonly service: string
  /** The agent's address: `http:`, `https:`, or `unix:` with the path of its socket. Default {@link DEFAULT_URL}. */
  readonly url?: string
  /** ACL token, with `service:write` for the service. Secret. Default none. */
  readonly token?: string
  /** A file that holds the token, read anew for each request. Instead of `token`. */
  readonly tokenFile?: string
  /** Consul Enterprise. Default: that of the token. */
  readonly namespace?: string
  /** Consul Enterprise. Default: that of the token. */
  readonly partition?: string
  /** How long the agent is asked to wait for a change, 1 to 600 s. Default {@link DEFAULT_WAIT_SECONDS}. */
  readonly waitSeconds?: number
  /** What an answer may take beyond that and beyond the agent's jitter, 100 to 600,000. Default {@link DEFAULT_REQUEST_TIMEOUT_MS}. */
  readonly requestTimeoutMs?: number
  /** For an `https:` agent: whom it is trusted by, and what it is shown. Default: Node's authorities, no certificate. */
  readonly agent?: HttpsAgent
  /** Tells the time. Default: the system's clock. */
  readonly clock?: () => Date
  /** Told of new certificates, roots and failures. Default: none; `status()` has the same. */
  readonly logger?: Logger
}

/** Consul's own. */
export const DEFAULT_WAIT_SECONDS = 300
/** Consul caps the wait here. */
const MAX_WAIT_SECONDS = 600
/** An agent answers from its memory; a first certificate takes a key, and a round to the servers. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 10_000

export interface ResolvedConsulOptions {
  readonly name: ServiceName
  readonly address: AgentAddress
  readonly readToken: ReadToken
  readonly httpsAgent: HttpsAgent | null
  readonly timing: Timing
  readonly clock: () => Date
  readonly logger: Logger | null
}

const NAMES = [
  'service',
  'url',
  'token',
  'tokenFile',
  'namespace',
  'partition',
  'waitSeconds',
  'requestTimeoutMs',
  'agent',
  'clock',
  'logger',
] as const

/** @throws {ConfigurationError} */
export function resolveConsulOptions(input: unknown): ResolvedConsulOptions {
  const given = readObject(input, '', NAMES)
  if (!('service' in given)) {
    const fix = "Say whose certificate to ask Consul for: service: 'web'."
    throw new ConfigurationError('ERR_CONFIG_MISSING', 'service', 'is missing', fix)
  }
  const address = readAddress('url' in given ? given.url : DEFAULT_URL, 'url')
  const waitSeconds =
    'waitSeconds' in given ? readInteger(given.waitSeconds, 'waitSeconds', 1, MAX_WAIT_SECONDS) : DEFAULT_WAIT_SECONDS
  return Object.freeze({
    name: {
      service: readServiceName(given.service, 'service'),
      namespace: 'namespace' in given ? readScope(given.namespace, 'namespace') : null,
      partition: 'partition' in given ? readScope(given.partition, 'partition') : null,
    },
    address,
    readToken: readTokenOption(given),
    httpsAgent: 'agent' in given ? readHttpsAgent(given.agent, address) : null,
    timing: {
      waitMs: waitSeconds * 1_000,
      requestTimeoutMs:
        'requestTimeoutMs' in given
          ? readInteger(given.requestTimeoutMs, 'requestTimeoutMs', 100, 600_000)
          : DEFAULT_REQUEST_TIMEOUT_MS,
      paceMs: PACE_MS,
      firstRetryMs: FIRST_RETRY_MS,
      lastRetryMs: LAST_RETRY_MS,
    },
    clock: 'clock' in given ? readFunction<() => Date>(given.clock, 'clock') : () => new Date(),
    logger: 'logger' in given ? readLogger(given.logger) : null,
  })
}

/** It becomes a segment of a path, where `..` would be another one. */
export function readServiceName(value: unknown, option: string): string {
  const name = readString(value, option)
  if (/^[ -~]{1,255}$/.test(name) && name !== '.' && name !== '..') return name
  const fix = "Give the name that Consul knows, of printable ASCII, such as 'web'."
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(name)}`, fix)
}

function readScope(value: unknown, option: string): string {
  const name = readString(value, option)
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/.test(name)) return name
  const fix = 'Give its name as Consul has it: letters, digits and hyphens.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', option, `is ${shown(name)}`, fix)
}

function readTokenOption(given: { readonly token?: unknown; readonly tokenFile?: unknown }): ReadToken {
  if ('token' in given && 'tokenFile' in given) {
    const fix = 'Give one of them: they could be two tokens.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'tokenFile', 'stands beside `token`', fix)
  }
  if ('tokenFile' in given) return tokenFromFile(readString(given.tokenFile, 'tokenFile'))
  if (!('token' in given)) return () => Promise.resolve(null)
  const token = readString(given.token, 'token', 'secret')
  if (TOKEN.test(token)) return () => Promise.resolve(token)
  const fix = 'Give the token alone, without line end; `tokenFile` takes a file.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', 'token', 'has characters that no token has', fix)
}

function readHttpsAgent(value: unknown, { scheme }: AgentAddress): HttpsAgent {
  if (!(value instanceof HttpsAgent)) {
    const fix = 'Give an https.Agent, such as new https.Agent({ ca }).'
    throw new ConfigurationError('ERR_CONFIG_TYPE', 'agent', `is ${shown(typeof value)}`, fix)
  }
  if (scheme === 'https') return value
  const fix =
    'Leave it out, or give an https: address as `url`: it would not be used, and the token is sent in the clear.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', 'agent', 'has no meaning for this `url`', fix)
}
