import type { Agent, AgentOptions as NodeAgentOptions } from 'node:https'
import { readObject } from '@clientcert/core'
import type { Connector } from '../connection/connector.ts'
import type { ExpectedServer } from '../server/expected-server.ts'
import { readExpectedServer } from '../server/read-expected-server.ts'
import { PoolingAgent } from './pooling-agent.ts'
import { withoutTlsOptions } from './tls-options.ts'

/** Node's, without those of TLS, which are the context's. */
export type AgentOptions = NodeAgentOptions & { readonly expectedServer?: ExpectedServer }

const AGENT_OPTION_NAMES = [
  'agentKeepAliveTimeoutBuffer',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'expectedServer',
  'family',
  'hints',
  'keepAlive',
  'keepAliveMsecs',
  'localAddress',
  'localPort',
  'lookup',
  'maxFreeSockets',
  'maxSockets',
  'maxTotalSockets',
  'noDelay',
  'scheduling',
  'servername',
  'timeout',
] as const

/**
 * Creates an agent whose connections are made by `connector`, for `https.request` and whatever else takes an agent.
 *
 * It pools as Node's does, and follows rotation: what is idle with an old certificate is ended at once, what runs over it finishes and is not kept, and a
 * request that waits for a free connection (`maxSockets`) gets a new one. A connection is given to its request only when the server is known to be the
 * one that is expected: `secureConnect` has been emitted by then. Sessions are the connector's, and so `maxCachedSessions` is none of its options.
 *
 * The name that is sent (SNI) and checked is that of the host that is connected to, or `servername` as the caller gave it; never the Host header, by which
 * Node's own agent would let the client of a gateway choose.
 *
 * Does not send a request again that a server cut off: that is for whoever knows whether it may be repeated (`request.reusedSocket`), as with Node's own.
 *
 * @param options - Trusted. `keepAlive` is true by default.
 * @throws {ConfigurationError} For an option of TLS, and for one that is unknown. An option of TLS beside a request is that request's `error`.
 */
export function createAgent(connector: Connector, options: AgentOptions = {}): Agent {
  const { expectedServer, ...own } = readAgentOptions(options)
  return new PoolingAgent(connector, expectedServer, { keepAlive: true, ...own })
}

function readAgentOptions(options: AgentOptions): AgentOptions {
  const given: AgentOptions = withoutTlsOptions(options)
  readObject(given, '', AGENT_OPTION_NAMES)
  if (given.expectedServer !== undefined) readExpectedServer(given.expectedServer, 'expectedServer')
  return given
}
