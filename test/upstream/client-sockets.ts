import { Socket } from 'node:net'
import { vi } from 'vitest'

/** A connection as its client knows it. */
export interface ClientSocket {
  /** The how-manieth that was begun. */
  readonly order: number
  readonly socket: Socket
}

export interface ClientSockets {
  /** How many were begun until now. */
  readonly begun: () => number
  /** Whose connection it is that a server has: from this port, to this port of its own. Asked while it is open, since ports are used again. */
  readonly at: (from: number, to: number) => ClientSocket
  /** Resolves when every handshake that is under way has ended, well or not. */
  readonly settled: () => Promise<void>
  readonly restore: () => void
}

/**
 * Records when each connection of this process is begun: its server hears of it later, and what has changed meanwhile would look like a mistake of the client.
 *
 * The channel `net.client.socket` would say so as well, but for TLS on Node 20 (measured: 20.20.2 publishes `net.connect` alone).
 */
export function recordClientSockets(): ClientSockets {
  const byPorts = new Map<string, ClientSocket>()
  const handshakes = new Set<Promise<void>>()
  let begun = 0
  const connect = Reflect.get(Socket.prototype, 'connect') as (this: Socket, ...args: unknown[]) => Socket
  const spy = vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
    begun += 1
    const client = { order: begun, socket: this }
    this.once('connect', () => byPorts.set(`${this.localPort} ${this.remotePort}`, client))
    const handshake = new Promise<void>((resolve) => {
      for (const event of ['secureConnect', 'close']) this.once(event, resolve)
    })
    handshakes.add(handshake)
    void handshake.then(() => handshakes.delete(handshake))
    return connect.apply(this, args)
  })
  return {
    begun: () => begun,
    at: (from, to) => {
      const client = byPorts.get(`${from} ${to}`)
      if (client === undefined) throw new Error(`nobody in this process connected from port ${from} to ${to}`)
      return client
    },
    settled: async () => {
      await Promise.all(handshakes)
    },
    restore: () => spy.mockRestore(),
  }
}
