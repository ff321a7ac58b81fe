/**
 * Connections whose client was let in, and is asked about again while they are open.
 *
 * A request is decided when it comes; a WebSocket has none after its first, and a download may take an hour. So whoever came in is decided about again after
 * every change of trust or revocation, and when what the decision rested on has grown old; the connection of a client that would be refused now is ended.
 *
 * A connection may serve several hosts, pipelined ones at a time: it is ended as soon as one of those that let its client in would not do so now. Within one
 * host the last request stands for all, since what the connection presents is the same; so there are as many as `hosts` has entries, at most.
 */
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { Accepted, Authenticator, Decision, NodeRequest, Route } from '@clientcert/core'
import type { Report } from './report.ts'

export interface OpenConnections {
  /** Watches the connection of a request that was decided, if its client was let in by a verified certificate. */
  readonly watch: (request: NodeRequest, decision: Decision) => void
  readonly close: () => void
}

/** The last request for one host. */
interface Watched {
  readonly request: NodeRequest
  /** When the decision has to be made again though nothing changed. */
  until: number
}

/** How often it is looked for decisions that have grown old. */
export const LOOK_MS = 5_000

/** Decisions under way at once: one may wait for a responder, and the others shall not wait for that. */
const BATCH = 20

/** @param clock - The authenticator's, by which `freshUntil` counts. */
export function createOpenConnections(
  authenticator: Authenticator,
  route: Route,
  clock: () => Date,
  report: Report,
): OpenConnections {
  /** By connection, then by the entry of `hosts`. */
  const open = new Map<Socket, Map<string, Watched>>()
  let isChanged = false
  let isSweeping = false

  /** Rejects where the application's clock or logger throws. */
  const decideAgain = async (socket: Socket, watched: Watched): Promise<void> => {
    const decision = await authenticator.authenticate(watched.request, route)
    if (decision.outcome === 'accepted') watched.until = endOf(decision)
    else if (open.delete(socket)) socket.destroy()
  }

  /** One at a time; a change that comes meanwhile is seen in another round. */
  const sweep = async (): Promise<void> => {
    if (isSweeping || open.size === 0) return
    isSweeping = true
    try {
      do {
        const all = isChanged
        isChanged = false
        const now = clock().getTime()
        const due = [...open].flatMap(([socket, byEntry]) =>
          [...byEntry.values()].filter(({ until }) => all || until <= now).map((watched) => ({ socket, watched })),
        )
        for (let first = 0; first < due.length; first += BATCH) {
          const underWay: Promise<void>[] = []
          for (const { socket, watched } of due.slice(first, first + BATCH)) {
            underWay.push(decideAgain(socket, watched).catch(report))
            await setImmediate() // A decision may cost the loop what one client may cost, 15 ms; twenty must not cost it at once.
          }
          await Promise.all(underWay)
        }
      } while (isChanged)
    } catch (error) {
      report(error) // The application's clock. The next round comes.
    } finally {
      isSweeping = false
    }
  }

  const timer = setInterval(() => void sweep(), LOOK_MS).unref()
  const stopListening = authenticator.onChange(() => {
    isChanged = true
    void sweep()
  })
  return {
    watch: (request, decision) => {
      const { socket } = request
      if (decision.outcome !== 'accepted' || socket.destroyed) return
      let byEntry = open.get(socket)
      if (!byEntry) {
        byEntry = new Map()
        open.set(socket, byEntry)
        socket.once('close', () => open.delete(socket))
      }
      byEntry.set(decision.host?.entry ?? '', { request, until: endOf(decision) })
    },
    close: () => {
      clearInterval(timer)
      stopListening()
      open.clear()
    },
  }
}

const endOf = ({ path, revocation }: Accepted): number => Math.min(path.notAfter, revocation.freshUntil) + 1_000
