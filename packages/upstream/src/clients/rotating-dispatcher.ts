import { Agent, Client, Dispatcher, errors, Pool } from 'undici'

/** Sends each request by the newest of its agents. Those before it close when their requests have ended. */
export class RotatingDispatcher extends Dispatcher {
  readonly #options: Agent.Options
  readonly #retiring = new Map<Agent, Promise<void>>()
  /** Those of all agents, one for each origin: an agent that is closing does not know its own any more, and could not destroy them. */
  readonly #pools = new Set<Client | Pool>()
  #current: Agent

  constructor(options: Agent.Options) {
    super()
    this.#options = options
    this.#current = this.#start()
  }

  /** Has all requests from now on sent over new connections. What is idle is closed at once; what runs or waits is finished where it is. */
  retire(): void {
    // An agent that was destroyed is not closed, and rejects to be.
    if (this.closed || this.destroyed) return
    const agent = this.#current
    this.#current = this.#start()
    const forget = () => void this.#retiring.delete(agent)
    this.#retiring.set(agent, agent.close().then(forget, forget))
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#current.dispatch(options, handler)
  }

  override close(): Promise<void>
  override close(callback: () => void): void
  override close(callback?: () => void): Promise<void> | undefined {
    return answer(callback, () => [this.#current.close(), ...this.#retiring.values()])
  }

  override destroy(error?: Error | null): Promise<void>
  override destroy(error: Error | null, callback: () => void): void
  override destroy(callback: () => void): void
  override destroy(error?: Error | null | (() => void), callback?: () => void): Promise<void> | undefined {
    if (typeof error === 'function') return answer(error, () => this.#destroyAll(null))
    return answer(callback, () => this.#destroyAll(error ?? null))
  }

  get closed(): boolean {
    return this.#current.closed
  }

  get destroyed(): boolean {
    return this.#current.destroyed
  }

  /** Limits that undici's WebSocket asks its dispatcher for, and does without where that has none. */
  get webSocketOptions(): unknown {
    const options: unknown = Reflect.get(this.#current, 'webSocketOptions')
    return options
  }

  /** Limits that undici's EventSource asks for. */
  get eventSourceOptions(): unknown {
    const options: unknown = Reflect.get(this.#current, 'eventSourceOptions')
    return options
  }

  #destroyAll(error: Error | null): Promise<void>[] {
    return [this.#current, ...this.#pools].map((dispatcher) => dispatcher.destroy(error))
  }

  #start(): Agent {
    const agent = new Agent({ ...this.#options, factory: (origin, options) => this.#keep(poolOf(origin, options)) })
    agent.on('connect', (origin, targets) => this.emit('connect', origin, [this, ...targets]))
    agent.on('disconnect', (origin, targets, error) => this.emit('disconnect', origin, [this, ...targets], error))
    agent.on('connectionError', (origin, targets, error) =>
      this.emit('connectionError', origin, [this, ...targets], error),
    )
    agent.on('drain', (origin) => this.emit('drain', origin))
    return agent
  }

  #keep(pool: Client | Pool): Dispatcher {
    for (const other of this.#pools) if (other.destroyed) this.#pools.delete(other)
    this.#pools.add(pool)
    return pool
  }
}

/** As undici has it by itself. */
function poolOf(origin: string | URL, options: Pool.Options): Client | Pool {
  return options.connections === 1 ? new Client(origin, options) : new Pool(origin, options)
}

/** As undici does: by the callback where there is one, else by a promise. */
function answer(callback: (() => void) | undefined, end: () => Promise<void>[]): Promise<void> | undefined {
  if (callback !== undefined && typeof callback !== 'function') {
    throw new errors.InvalidArgumentError('invalid callback')
  }
  const ended = Promise.all(end()).then(() => {})
  if (callback === undefined) return ended
  const call: (error: unknown, data: null) => void = callback
  ended.then(
    () => queueMicrotask(() => call(null, null)),
    (error: unknown) => queueMicrotask(() => call(error, null)),
  )
  return undefined
}
