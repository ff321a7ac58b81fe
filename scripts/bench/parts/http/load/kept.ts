/**
 * The load: connections that stay open, each with one request under way.
 *
 * Not autocannon or undici: on this machine they take 25 and 32 us for a request, more than a bare Fastify takes to answer it (20), and would measure
 * themselves. This writes octets made beforehand, and looks at no more of an answer than that it is 200 with the body, in 14.
 */
import type { Socket } from 'node:net'
import { createConnect } from './connect.ts'
import { createReplyReader } from './reply.ts'
import type { Target } from './target.ts'

/** As many as keep a server busy, and as a proxy keeps open. */
export const KEPT_CONNECTIONS = 32

export interface Sending {
  /** Sends so many requests, and resolves when all are answered. */
  readonly send: (times: number) => Promise<void>
  readonly close: () => void
}

export async function openKept(target: Target): Promise<Sending> {
  const requests = target.requests.map((text) => Buffer.from(text, 'latin1'))
  const connect = createConnect(target)
  const sockets = await Promise.all(Array.from({ length: KEPT_CONNECTIONS }, connect))
  const turn = { left: 0, underWay: 0, settle: (_error?: Error) => {} }
  let next = 0
  const sendOn = (socket: Socket, connection: number): void => {
    const index = target.rotation === 'by request' ? next++ : connection
    const request = requests[index % requests.length]
    if (request) socket.write(request)
  }
  for (const [connection, socket] of sockets.entries()) {
    const { read } = createReplyReader(target.body)
    socket.on('data', (chunk: Buffer) => {
      try {
        if (!read(chunk)) return
      } catch (error) {
        turn.settle(error as Error)
        return
      }
      if (turn.left > 0) {
        turn.left--
        sendOn(socket, connection)
      } else if (--turn.underWay === 0) turn.settle()
    })
    socket.on('error', (error) => turn.settle(error))
    socket.on('close', () => turn.settle(new Error('the server closed a connection')))
  }
  return {
    send: (times) =>
      new Promise((resolve, reject) => {
        turn.settle = (error) => (error ? reject(error) : resolve())
        turn.underWay = Math.min(times, sockets.length)
        turn.left = times - turn.underWay
        for (const [connection, socket] of sockets.slice(0, turn.underWay).entries()) sendOn(socket, connection)
      }),
    close: () => {
      turn.settle = () => {}
      for (const socket of sockets) socket.destroy()
    },
  }
}
