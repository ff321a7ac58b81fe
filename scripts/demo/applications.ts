/** One application, written three times: a route for each mode, which says whom it sees. */
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type AuthenticatorOptions, type ClientIdentity, type Decision, MODES, tlsOptions } from '@clientcert/core'
import { clientCertErrors, clientCert as expressClientCert } from '@clientcert/express'
import { clientCert as fastifyClientCert } from '@clientcert/fastify'
import { createServer as createGuardedServer } from '@clientcert/https'
import express from 'express'
import Fastify from 'fastify'
import { createLog, type Log } from './log.ts'

export const ADAPTERS = ['fastify', 'express', 'https'] as const

export type Adapter = (typeof ADAPTERS)[number]

/** An application that listens on the loopback and asks every client for a certificate. */
export interface Application {
  readonly port: number
  readonly log: Log
  readonly close: () => Promise<void>
}

type Options = Pick<AuthenticatorOptions, 'trust' | 'from' | 'clock' | 'revocation'> &
  Readonly<{ key: string; cert: string }>

/** What the application says of a client, and which of the proxy's headers it can still see: none, ever. */
const answerFor = (
  { clientCert, decision }: Readonly<{ clientCert: ClientIdentity | null; decision: Decision | null }>,
  headers: IncomingHttpHeaders,
) => ({
  client: clientCert?.commonName ?? (decision?.outcome === 'unverified' ? 'unverified' : 'nobody'),
  asserted: Object.keys(headers).filter((name) => /^ssl[-_.]client/.test(name)),
})

const START: Readonly<Record<Adapter, (options: Options) => Promise<Application>>> = {
  fastify: async ({ key, cert, ...options }) => {
    const log = createLog()
    const app = Fastify({ https: tlsOptions({ key, cert }), forceCloseConnections: true })
    await app.register(fastifyClientCert, { ...options, logger: log.logger })
    for (const mode of MODES) {
      app.get(`/${mode}`, { config: { clientCert: mode } }, ({ clientCert, clientCertDecision: decision, headers }) =>
        answerFor({ clientCert, decision }, headers),
      )
    }
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { port: (app.server.address() as AddressInfo).port, log, close: () => app.close() }
  },

  express: async ({ key, cert, ...options }) => {
    const log = createLog()
    const guard = expressClientCert({ ...options, logger: log.logger })
    const app = express()
    for (const mode of MODES) {
      app.get(`/${mode}`, guard.route(mode), (request, response) => {
        const { clientCert = null, clientCertDecision: decision = null, headers } = request
        response.json(answerFor({ clientCert, decision }, headers))
      })
    }
    app.use(clientCertErrors())
    const server = createHttpsServer(tlsOptions({ key, cert }), app)
    guard.checkServer(server)
    server.on('close', guard.close)
    return listening(server, log)
  },

  https: async (options) => {
    const log = createLog()
    // Each route decides for itself; what the server decided before could only narrow that.
    const server = createGuardedServer({ ...options, mode: 'off', logger: log.logger })
    const routes = new Map(
      MODES.map((mode) => [
        `/${mode}`,
        server.clientCertRoute(mode, ({ clientCert, clientCertDecision: decision, headers }, response) => {
          response.end(JSON.stringify(answerFor({ clientCert, decision }, headers)))
        }),
      ]),
    )
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      routes.get(request.url ?? '')?.(request, response),
    )
    return listening(server, log)
  },
}

async function listening(server: ReturnType<typeof createHttpsServer>, log: Log): Promise<Application> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  return { port: (server.address() as AddressInfo).port, log, close }
}

/** Starts the application with each adapter. */
export async function startApplications(options: Options): Promise<Readonly<Record<Adapter, Application>>> {
  const started = await Promise.all(ADAPTERS.map(async (adapter) => [adapter, await START[adapter](options)] as const))
  return Object.fromEntries(started) as Record<Adapter, Application>
}
