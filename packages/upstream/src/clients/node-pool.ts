import type { ClientRequest } from 'node:http'
import { Agent, type AgentOptions, type RequestOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TransportOptions } from './transport.ts'

/** A request as the pool sees it: `onSocket` with an error is how a connection that could not be made is told. */
export type PooledRequest = ClientRequest & {
  onSocket(socket: null, error: Error): void
  readonly timeout?: number
}

/** What a request and its agent say of a connection, put together by Node. */
export type ConnectionOptions = RequestOptions &
  TransportOptions & {
    readonly noDelay?: boolean
    readonly keepAlive?: boolean
    readonly keepAliveInitialDelay?: number
  }

export type Connected = (error: Error | null, socket?: Duplex) => void

/** What Node's agent has behind its documented methods, on every line from 20 to 26: agents of other libraries are built on it as well. */
interface Pool {
  totalSocketCount: number
  readonly defaultPort: number
  readonly sockets: Record<string, Socket[]>
  readonly freeSockets: Record<string, Socket[]>
  readonly requests: Record<string, ClientRequest[]>
  addRequest(request: PooledRequest, options: RequestOptions): void
  createSocket(request: PooledRequest, options: RequestOptions, connected: Connected): void
  removeSocket(socket: Duplex, options: RequestOptions): void
}

type AgentWithPool = Omit<typeof Agent, 'prototype'> & {
  prototype: Agent & Pool
  new (options: AgentOptions): Agent & Pool
}

/** `https.Agent`, with the types of what its own leave out. */
export const NodePool = Agent as AgentWithPool
