/** Hono on Node: a middleware that puts the client into the context. Stands before whatever reads headers. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { type ClientIdentity, createAuthenticator, refusalBody, type TrustInput, tlsOptions } from '@clientcert/core'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'

type Env = { Bindings: HttpBindings; Variables: { clientCert: ClientIdentity | null } }

export async function start(options: { key: string; cert: string; trust: TrustInput; port: number }): Promise<Server> {
  const authenticator = createAuthenticator({ trust: options.trust, mode: 'required' })

  const clientCert = createMiddleware<Env>(async (c, next) => {
    const { incoming } = c.env
    const decision = authenticator.remembered(incoming) ?? (await authenticator.authenticate(incoming))
    if (decision.outcome === 'rejected') {
      const refusal = authenticator.refusal(decision, undefined, incoming)
      const headers = { ...refusal.headers, 'content-type': 'application/json' }
      return new Response(refusalBody(refusal), { status: refusal.statusCode, headers })
    }
    c.set('clientCert', decision.outcome === 'accepted' ? decision.identity : null)
    return next()
  })

  const app = new Hono<Env>()
  app.use(clientCert)
  app.get('/', (c) => c.json({ client: c.get('clientCert')?.subject }))

  const listener = getRequestListener((request, env) => app.fetch(request, env))
  const server = createServer(
    tlsOptions({ key: options.key, cert: options.cert }),
    (req, res) => void listener(req, res),
  )
  authenticator.checkServer(server)
  server.on('close', authenticator.close)
  await once(server.listen(options.port), 'listening')
  return server
}
