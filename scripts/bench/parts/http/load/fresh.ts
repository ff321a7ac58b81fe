/** The load of newcomers: a connection and a whole handshake for each request. */
import { once } from 'node:events'
import { createConnect } from './connect.ts'
import type { Sending } from './kept.ts'
import { createReplyReader } from './reply.ts'
import type { Target } from './target.ts'

/** Handshakes under way at a time. */
const AT_A_TIME = 16

export function createFresh(target: Target): Sending {
  const requests = target.requests.map((text) =>
    Buffer.from(text.replace(/\r\n\r\n$/, '\r\nConnection: close\r\n\r\n')),
  )
  const connect = createConnect(target)
  const visit = async (request: Buffer): Promise<void> => {
    const socket = await connect()
    const { read } = createReplyReader(target.body)
    const closed = once(socket, 'close')
    const answered = new Promise<void>((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => {
        try {
          if (read(chunk)) resolve()
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
      socket.on('close', () => reject(new Error('the server closed the connection without an answer')))
      socket.on('error', reject)
    })
    socket.write(request)
    await answered
    socket.end()
    await closed
  }
  let next = 0
  return {
    send: async (times) => {
      let left = times
      const line = async (): Promise<void> => {
        while (left-- > 0) {
          const request = requests[next++ % requests.length]
          if (request) await visit(request)
        }
      }
      await Promise.all(Array.from({ length: AT_A_TIME }, line))
    },
    close: () => {},
  }
}
