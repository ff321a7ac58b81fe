/**
 * Which connection was made with which generation, and the end of those whose generation was replaced: a server that was told to distrust the old certificate
 * shall not go on talking to it, and a revoked authority of ours shall not vouch for open connections.
 */
import type { TLSSocket } from 'node:tls'
import { escapeHostile } from '@clientcert/core'
import { upstreamError } from '../upstream-error.ts'
import type { Generation } from './generation.ts'

export interface OpenConnections {
  /** Counts a connection from before its handshake: one that is under way while the material rotates belongs to the generation that it began with. */
  readonly track: (socket: TLSSocket, server: string, generation: Generation) => void
  /** Counts a connection that somebody else made: the certificate on it says with which generation. One of which nothing is left ends after the grace period. */
  readonly follow: (socket: TLSSocket, newest: Generation | null) => void
  /** Undefined for a connection that is not tracked, or has ended. */
  readonly generationOf: (socket: object) => Generation | undefined
  /** Ends the generation once its connections have ended, and those after the grace period. */
  readonly retire: (generation: Generation) => void
  readonly counts: () => { readonly open: number; readonly retiring: number }
  /** Resolves when every retired generation has ended. */
  readonly settled: () => Promise<void>
}

interface Tracked {
  readonly sockets: Map<TLSSocket, string>
  /** Of the grace period; undefined where it is not retired. */
  timer?: NodeJS.Timeout
  /** Resolves when it has ended. */
  ended?: PromiseWithEnd
}

interface PromiseWithEnd {
  readonly promise: Promise<void>
  readonly end: () => void
}

/** @param gracePeriodMs - 0 ends connections at once. */
export function createOpenConnections(gracePeriodMs: number): OpenConnections {
  const byGeneration = new Map<Generation, Tracked>()
  const generations = new WeakMap<object, Generation>()

  const trackedOf = (generation: Generation): Tracked => {
    const tracked = byGeneration.get(generation) ?? { sockets: new Map() }
    byGeneration.set(generation, tracked)
    return tracked
  }

  const endIfUnused = (generation: Generation, tracked: Tracked): void => {
    if (!tracked.ended || tracked.sockets.size > 0) return
    clearTimeout(tracked.timer)
    byGeneration.delete(generation)
    generation.end()
    tracked.ended.end()
  }

  const track = (socket: TLSSocket, server: string, generation: Generation): void => {
    const tracked = trackedOf(generation)
    tracked.sockets.set(socket, server)
    generations.set(socket, generation)
    socket.once('close', () => {
      tracked.sockets.delete(socket)
      generations.delete(socket)
      endIfUnused(generation, tracked)
    })
  }

  const end = (socket: TLSSocket, server: string): void => {
    socket.destroy(upstreamError('ERR_UPSTREAM_RETIRED', { server, gracePeriodMs }))
  }

  const endLater = (ending: () => void): NodeJS.Timeout => setTimeout(ending, gracePeriodMs).unref()

  return {
    track,
    follow: (socket, newest) => {
      if (socket.destroyed || generations.has(socket)) return
      const server = escapeHostile(`${socket.servername || socket.remoteAddress}:${socket.remotePort}`)
      const known = [...(newest ? [newest] : []), ...byGeneration.keys()]
      const made = known.find(({ material }) => isPresentedOn(socket, material))
      if (made) track(socket, server, made)
      else endLater(() => end(socket, server))
    },
    generationOf: (socket) => generations.get(socket),
    retire: (generation) => {
      const tracked = trackedOf(generation)
      if (tracked.ended) return
      tracked.ended = promiseWithEnd()
      tracked.timer = endLater(() => {
        for (const [socket, server] of tracked.sockets) end(socket, server)
      })
      endIfUnused(generation, tracked)
    },
    counts: () => {
      let [open, retiring] = [0, 0]
      for (const { sockets, ended } of byGeneration.values()) {
        const alive = [...sockets.keys()].filter(({ destroyed }) => !destroyed).length
        open += alive
        if (ended) retiring += alive
      }
      return { open, retiring }
    },
    settled: async () => {
      await Promise.all([...byGeneration.values()].flatMap(({ ended }) => (ended ? [ended.promise] : [])))
    },
  }
}

function isPresentedOn(socket: TLSSocket, { endEntity }: Generation['material']): boolean {
  const own = socket.getX509Certificate()?.raw
  if (own === undefined || endEntity === null) return own === undefined && endEntity === null
  return Buffer.compare(own, endEntity.der) === 0
}

function promiseWithEnd(): PromiseWithEnd {
  let end = (): void => {}
  const promise = new Promise<void>((resolve) => {
    end = resolve
  })
  return { promise, end }
}
