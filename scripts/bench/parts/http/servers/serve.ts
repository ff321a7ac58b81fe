/** A process of its own that serves, and says how much processor time it has taken. */
import { Server as HttpServer } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { Server } from 'node:net'
import { answerParent } from '../process/answer.ts'
import { createExpressServer } from './express.ts'
import { createFastifyServer } from './fastify.ts'
import { createNodeServer } from './node.ts'
import type { ServerSpec } from './spec.ts'

const CREATE: Readonly<Record<ServerSpec['framework'], (spec: ServerSpec) => Promise<Server>>> = {
  fastify: createFastifyServer,
  express: createExpressServer,
  node: createNodeServer,
}

const protocol = {
  /** @returns The port. */
  serve: async (spec: ServerSpec): Promise<number> => {
    const server = await CREATE[spec.framework](spec)
    // Connections stay open while others have their turns.
    if (server instanceof HttpServer || server instanceof HttpsServer) server.keepAliveTimeout = 0
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  },
  /** @returns Microseconds since the start, of all threads. */
  cpu: (_: null): Promise<number> => {
    const { user, system } = process.cpuUsage()
    return Promise.resolve(user + system)
  },
}

export type ServerProtocol = typeof protocol

answerParent(protocol)
