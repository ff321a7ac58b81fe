import type { Agent } from 'undici'
import type { ExpectedServer } from '../server/expected-server.ts'

/** Options of undici's `Agent`, but for `connect`, which is ours. */
export type DispatcherOptions = Omit<Agent.Options, 'connect' | 'factory'> & {
  readonly expectedServer?: ExpectedServer
}
