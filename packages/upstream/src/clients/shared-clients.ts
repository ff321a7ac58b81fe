import type { Agent } from 'node:https'
import type { Connector } from '../connection/connector.ts'
import { type AgentOptions, createAgent } from './agent.ts'
import { createDispatcher, type DispatcherOptions, type FetchDispatcher } from './dispatcher.ts'

/** The clients that have connections to any server. */
export interface SharedClients {
  readonly agent: (options?: AgentOptions) => Agent
  readonly dispatcher: (options?: DispatcherOptions) => FetchDispatcher
}

/**
 * Creates clients on demand: with options a new one each time, without them one that is shared. Asked for beside each request (`fetch(url, { dispatcher:
 * context.dispatcher() })`), they would otherwise make a connection for each.
 */
export function createSharedClients(connector: Connector): SharedClients {
  let agent: Agent | undefined
  let dispatcher: FetchDispatcher | undefined
  return {
    agent: (options) => {
      if (options) return createAgent(connector, options)
      agent ??= createAgent(connector)
      return agent
    },
    dispatcher: (options) => {
      if (options) return createDispatcher(connector, options)
      // Whoever has it may have closed it, as undici's users do. An agent that was destroyed goes on.
      if (!dispatcher || dispatcher.closed || dispatcher.destroyed) dispatcher = createDispatcher(connector)
      return dispatcher
    },
  }
}
