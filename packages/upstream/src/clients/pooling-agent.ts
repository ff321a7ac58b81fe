import type { Agent, AgentOptions, RequestOptions } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { ConfigurationError } from '@clientcert/core'
import type { Connector, ConnectTarget } from '../connection/connector.ts'
import type { ExpectedServer } from '../server/expected-server.ts'
import { followRotation, isUsable } from './follow-rotation.ts'
import { type Connected, type ConnectionOptions, NodePool, type PooledRequest } from './node-pool.ts'
import { refuseRequestOptions } from './tls-options.ts'
import { connectOver, hangUp } from './transport.ts'

type NodeCallback = NonNullable<Parameters<Agent['createConnection']>[1]>

/**
 * Node's pool over connections that take their time: they are verified before anybody gets them, so `createConnection` answers through its callback.
 *
 * Node allows for that, and counts a connection only once it is there: of the requests of one tick each would get its own whatever `maxSockets` says, and
 * those that wait for one that fails would wait for ever. So each has its place in the pool from the start.
 */
export class PoolingAgent extends NodePool {
  readonly #connector: Connector
  readonly #expected: Pick<ConnectTarget, 'expectedServer'>

  constructor(connector: Connector, expectedServer: ExpectedServer | undefined, options: AgentOptions) {
    super(options)
    this.#connector = connector
    this.#expected = expectedServer === undefined ? {} : { expectedServer }
    // Before Node's own listener, which gives it to a request that waits, or keeps it, and leaves alone what has ended.
    this.prependListener('free', (socket: Duplex) => this.#endUnlessUsable(socket))
    followRotation(connector, this)
  }

  /** Ends what is idle, and nothing may be sent over any more. What runs is looked at when it is free. */
  retire(): void {
    for (const socket of Object.values(this.freeSockets).flat()) this.#endUnlessUsable(socket)
  }

  override addRequest(request: PooledRequest, options: RequestOptions): void {
    try {
      refuseRequestOptions(options)
    } catch (error) {
      request.onSocket(null, error as Error)
      return
    }
    if (this.#connector.isClosed()) this.retire()
    // Node fills a missing one from the Host header. An empty one it leaves, and the pool is not divided by it. One that is inherited nobody gave.
    const given = Object.hasOwn(options, 'servername') ? options.servername : undefined
    super.addRequest(request, { ...options, servername: given || '' })
  }

  override createSocket(request: PooledRequest, options: RequestOptions, connected: Connected): void {
    const name = this.getName(options)
    const waits = () => this.requests[name]?.includes(request) === true
    const waited = waits()
    const place = new Place(request, this.options.timeout)
    this.sockets[name] ??= []
    const places = this.sockets[name]
    places.push(place.holder)
    this.totalSocketCount += 1

    super.createSocket(request, { ...options, signal: place.signal }, (error, socket) => {
      place.leave()
      this.totalSocketCount -= 1
      if (error === null) {
        places.splice(places.indexOf(place.holder), 1)
        return connected(null, socket)
      }
      // One that waited may have got another connection since, or heard of another failure.
      if (!waited || waits()) {
        this.#forget(name, request)
        connected(error)
      }
      // As if a connection had ended: Node makes one for the next that waits.
      this.removeSocket(place.holder, options)
    })
  }

  override createConnection(options: RequestOptions, callback?: NodeCallback): undefined {
    if (callback === undefined) {
      const fix = 'Give one: a connection is handed out when the server is verified, and not before.'
      throw new ConfigurationError('ERR_CONFIG_MISSING', 'callback', 'is absent', fix)
    }
    const connected = callback as Connected // Which Node's type forgets to allow: an error comes without a connection.
    this.#connect(options).then(
      (socket) => connected(null, socket),
      (error: unknown) => connected((options.signal?.aborted === true ? options.signal.reason : error) as Error),
    )
  }

  async #connect(options: ConnectionOptions): Promise<TLSSocket> {
    refuseRequestOptions(options)
    options.signal?.throwIfAborted()
    const { host, port, defaultPort, servername, signal } = options
    const target = {
      ...this.#expected,
      host: host ?? 'localhost',
      port: Number(port ?? defaultPort ?? this.defaultPort),
      alpnProtocols: ['http/1.1'],
      ...(servername ? { servername } : {}),
      ...(signal ? { signal } : {}),
    }
    const socket = await connectOver(this.#connector, target, options)
    // What net.connect does with these.
    if (options.noDelay !== false) socket.setNoDelay(true)
    if (options.keepAlive === true) socket.setKeepAlive(true, options.keepAliveInitialDelay)
    if (options.timeout) socket.setTimeout(options.timeout)
    return socket
  }

  #forget(name: string, request: PooledRequest): void {
    const waiting = this.requests[name]
    const index = waiting?.indexOf(request) ?? -1
    if (waiting === undefined || index < 0) return
    waiting.splice(index, 1)
    if (waiting.length === 0) delete this.requests[name]
  }

  #endUnlessUsable(socket: Duplex): void {
    if (isUsable(this.#connector, socket)) return
    socket.destroy()
    // Which takes it out of the pool at once, and not with its `close`: until then a request could be given to it.
    socket.emit('agentRemove')
  }
}

/** A place in the pool for a connection in the making, which is broken off with its request or its agent. */
class Place {
  /** Stands among the sockets of the agent, whose `destroy()` ends it like any other. */
  readonly holder = new Socket()
  readonly #breaking = new AbortController()
  readonly #timer: NodeJS.Timeout | undefined

  constructor(request: PooledRequest, agentTimeout: number | undefined) {
    this.holder.once('close', () => this.#breaking.abort(hangUp()))
    if (request.destroyed) this.#breaking.abort(hangUp())
    // Nobody is told of a request that is destroyed without a socket: it would wait for its connection, to end then.
    const destroy = request.destroy.bind(request)
    request.destroy = (error) => {
      this.#breaking.abort(error ?? hangUp())
      return destroy(error)
    }
    // Of a connection that Node makes, the time is counted from its start.
    const timeout = request.timeout ?? agentTimeout
    if (timeout) this.#timer = setTimeout(() => request.emit('timeout'), timeout)
  }

  get signal(): AbortSignal {
    return this.#breaking.signal
  }

  leave(): void {
    clearTimeout(this.#timer)
  }
}
