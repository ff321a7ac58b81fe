/** A process of its own that sends requests, so that what sending costs is on nobody's account. */
import { answerParent } from '../process/answer.ts'
import { createConnect } from './connect.ts'
import { createFresh } from './fresh.ts'
import { openKept, type Sending } from './kept.ts'
import type { Target } from './target.ts'

const sending = new Map<string, Sending>()

const protocol = {
  /** @returns The status of one answer, on a connection of its own; null where the handshake is refused. */
  statusOf: async (target: Target): Promise<number | null> => {
    const socket = await createConnect(target)().catch(() => null)
    if (!socket) return null
    return new Promise((resolve) => {
      socket.once('data', (chunk: Buffer) => {
        resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1', 0, 20))?.[1] ?? Number.NaN))
        socket.destroy()
      })
      // A server that refuses a client certificate says so after the client's handshake is over (RFC 8446 4.4.2.4).
      socket.once('error', () => resolve(null))
      socket.once('close', () => resolve(null))
      socket.write(target.requests[0])
    })
  },
  open: async ({ name, target }: { readonly name: string; readonly target: Target }): Promise<void> => {
    sending.set(name, target.connections === 'kept' ? await openKept(target) : createFresh(target))
  },
  /** @returns Milliseconds until all were answered. */
  send: async ({ name, times }: { readonly name: string; readonly times: number }): Promise<number> => {
    const started = performance.now()
    await sending.get(name)?.send(times)
    return performance.now() - started
  },
  close: (name: string): Promise<void> => {
    sending.get(name)?.close()
    sending.delete(name)
    return Promise.resolve()
  },
}

export type LoadProtocol = typeof protocol

answerParent(protocol)
