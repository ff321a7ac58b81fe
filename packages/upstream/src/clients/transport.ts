import type { LookupFunction } from 'node:net'
import { connect, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Connector, ConnectTarget } from '../connection/connector.ts'

/** How the bytes travel: options of `net.connect`, which say nothing of TLS. */
export interface TransportOptions {
  readonly socketPath?: string | null | undefined
  readonly localAddress?: string | null | undefined
  readonly localPort?: number | undefined
  readonly family?: number | undefined
  readonly hints?: number | undefined
  readonly lookup?: LookupFunction | undefined
  readonly autoSelectFamily?: boolean | undefined
  readonly autoSelectFamilyAttemptTimeout?: number | undefined
}

type Target = Omit<ConnectTarget, 'socket' | 'localAddress' | 'family'>

/**
 * Connects to a server over a connection as `transport` describes it: the connector's own where that will do, else one that is made here, and ended if the
 * server is not whom we expect.
 */
export async function connectOver(
  connector: Connector,
  target: Target,
  transport: TransportOptions,
): Promise<TLSSocket> {
  const raw = openSocket(target, transport)
  const { localAddress, family } = transport
  try {
    const socket = await connector.connect({
      ...target,
      ...(localAddress ? { localAddress } : {}),
      ...(family ? { family } : {}),
      ...(raw ? { socket: raw } : {}),
    })
    // Between two owners nobody listens, and an error that nobody listens to ends the process. Its owner hears of it by a listener of its own.
    socket.on('error', () => {})
    if (socket.destroyed) throw socket.errored ?? hangUp()
    return socket
  } catch (error) {
    raw?.destroy()
    throw error
  }
}

/** What Node says of a connection that ended before there was an answer. */
export const hangUp = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })

function openSocket({ host, port }: Target, transport: TransportOptions): Socket | undefined {
  const { socketPath, localPort, hints, lookup, autoSelectFamily, autoSelectFamilyAttemptTimeout } = transport
  const { localAddress, family } = transport
  const own = {
    ...(localPort === undefined ? {} : { localPort }),
    ...(hints === undefined ? {} : { hints }),
    ...(lookup === undefined ? {} : { lookup }),
    ...(autoSelectFamily === undefined ? {} : { autoSelectFamily }),
    ...(autoSelectFamilyAttemptTimeout === undefined ? {} : { autoSelectFamilyAttemptTimeout }),
  }
  if (!socketPath && Object.keys(own).length === 0) return undefined
  const socket = socketPath
    ? connect({ path: socketPath })
    : connect({ host, port, ...(localAddress ? { localAddress } : {}), ...(family ? { family } : {}), ...own })
  // The connector tells of its errors, and where it refuses before it looks at the socket, nobody does.
  return socket.on('error', () => {})
}
