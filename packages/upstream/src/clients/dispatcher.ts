import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { ConfigurationError, readObject } from '@clientcert/core'
import { type Agent, type buildConnector, Client, type Dispatcher, Pool } from 'undici'
import type { Connector } from '../connection/connector.ts'
import type { ExpectedServer } from '../server/expected-server.ts'
import { readExpectedServer } from '../server/read-expected-server.ts'
import { followRotation } from './follow-rotation.ts'
import { RotatingDispatcher } from './rotating-dispatcher.ts'
import { connectOver } from './transport.ts'

/** Those of undici's `Agent` that say nothing of how a connection is made, and its way there: `localAddress`, `socketPath`, `autoSelectFamily`. */
const AGENT_OPTION_NAMES = [
  'allowH2',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'bodyTimeout',
  'clientTtl',
  'connections',
  'connectionWindowSize',
  'eventSource',
  'headersTimeout',
  'initialWindowSize',
  'keepAliveMaxTimeout',
  'keepAliveTimeout',
  'keepAliveTimeoutThreshold',
  'localAddress',
  'maxConcurrentStreams',
  'maxHeaderSize',
  'maxOrigins',
  'maxRequestsPerClient',
  'maxResponseSize',
  'pingInterval',
  'pipelining',
  'socketPath',
  'strictContentLength',
  'webSocket',
] as const

/** Undici's, that would make connections without us, or keep what the context keeps. */
const CONNECT_OPTION_NAMES = ['connect', 'connectTimeout', 'factory', 'maxCachedSessions', 'tls', 'useH2c'] as const

type AgentOptions = Pick<Agent.Options, (typeof AGENT_OPTION_NAMES)[number]>

/** Options of undici's `Agent`, but for those about connecting, which are the context's. */
export type DispatcherOptions = AgentOptions & { readonly expectedServer?: ExpectedServer }

/** To undici's types and to those of the global `fetch`: `@types/node` has them of another version of undici, whose `fetch` takes this one when it runs. */
export type FetchDispatcher = Dispatcher &
  Pick<RotatingDispatcher, 'closed' | 'destroyed'> &
  (RequestInit extends { dispatcher?: infer Own } ? NonNullable<Own> : unknown)

/** What Node's own fetch and undici have it at. */
const KEEP_ALIVE_DELAY_MS = 60_000

/**
 * Creates a dispatcher whose connections are made by `connector`, for `fetch(url, { dispatcher })` of Node's own and of undici, and for undici's other
 * functions.
 *
 * With a change of material a new agent of undici takes over at once; the one before closes what is idle, and finishes what runs. A request that waits there
 * for one of its `connections` is sent over it, or over a new one where its grace period has ended.
 *
 * The name that is sent (SNI) and checked is that of the origin, or `servername` beside a request; never the Host header, from which undici would take it.
 * Only origins of `https:`; for others nobody would see a certificate, so they are refused when they are connected to.
 *
 * @param options - Trusted. With `allowH2` HTTP/2 is offered first.
 * @throws {ConfigurationError} For an option about connecting, and for one that is unknown. Undici's own for a value that it does not take.
 */
export function createDispatcher(connector: Connector, options: DispatcherOptions = {}): FetchDispatcher {
  const { expectedServer, ...own } = readDispatcherOptions(options)
  const connect = createConnect(connector, options)
  const dispatcher = new OriginDispatcher(connector, { ...own, connect })
  // Undici looks at most of them with the first request.
  void [new Client('https://localhost', { ...own, connect }), new Pool('https://localhost', { ...own, connect })]
  followRotation(connector, dispatcher)
  return dispatcher as Dispatcher as FetchDispatcher
}

/** Gives undici the name of the server, which it would ask the Host header for. */
class OriginDispatcher extends RotatingDispatcher {
  readonly #connector: Connector
  #ended = false

  constructor(connector: Connector, options: Agent.Options) {
    super(options)
    this.#connector = connector
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (!this.#ended && this.#connector.isClosed()) {
      this.#ended = true
      this.retire()
    }
    return super.dispatch({ ...options, ...nameOf(options) }, handler)
  }
}

/** An address is no name to be sent; given all the same, it keeps undici from the header, and stays here (`createConnect`). */
function nameOf(options: Dispatcher.DispatchOptions): { readonly servername?: unknown } {
  const given: unknown = Object.hasOwn(options, 'servername') && Reflect.get(options, 'servername')
  const { origin } = options
  if (given || origin === undefined || !URL.canParse(String(origin))) return {}
  return { servername: withoutBrackets(new URL(origin).hostname) }
}

const withoutBrackets = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')

function createConnect(connector: Connector, options: DispatcherOptions): buildConnector.connector {
  const { allowH2 = false, expectedServer, ...transport } = options

  const connect = async ({ protocol, hostname, port, servername }: buildConnector.Options): Promise<TLSSocket> => {
    if (protocol !== 'https:') {
      const fix = 'Use https: a request over http: would go out without a certificate, to nobody knows whom.'
      throw new ConfigurationError('ERR_CONFIG_VALUE', 'origin', `is of ${protocol}`, fix)
    }
    const named = servername && servername !== hostname && isIP(servername) === 0 ? { servername } : {}
    const target = {
      host: hostname,
      port: port === '' ? 443 : Number(port),
      alpnProtocols: allowH2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      ...named,
      ...(expectedServer === undefined ? {} : { expectedServer }),
    }
    const socket = await connectOver(connector, target, transport)
    return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
  }

  return (options, callback) => {
    connect(options).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error as Error, null),
    )
  }
}

function readDispatcherOptions(options: DispatcherOptions): DispatcherOptions {
  const name = CONNECT_OPTION_NAMES.find((name) => Object.hasOwn(options, name))
  if (name !== undefined) {
    const fix = 'Leave it out: connections are made by the context, as createTlsContext says.'
    throw new ConfigurationError('ERR_CONFIG_UNKNOWN_OPTION', name, 'is not an option', fix)
  }
  readObject(options, '', [...AGENT_OPTION_NAMES, 'expectedServer'])
  if (options.expectedServer !== undefined) readExpectedServer(options.expectedServer, 'expectedServer')
  return options
}
