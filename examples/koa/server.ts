/** Koa: a middleware that puts the client into `ctx.state`. A refusal is thrown, and Koa answers with its status and constant message. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { type ClientIdentity, createAuthenticator, type TrustInput, tlsOptions } from '@clientcert/core'
import Koa from 'koa'

export async function start(options: { key: string; cert: string; trust: TrustInput; port: number }): Promise<Server> {
  const authenticator = createAuthenticator({ trust: options.trust, mode: 'required' })
  const app = new Koa<{ clientCert: ClientIdentity | null }>()

  app.use(async (ctx, next) => {
    const decision = authenticator.remembered(ctx.req) ?? (await authenticator.authenticate(ctx.req))
    if (decision.outcome === 'rejected') throw authenticator.refusal(decision, undefined, ctx.req)
    ctx.state.clientCert = decision.outcome === 'accepted' ? decision.identity : null
    await next()
  })

  app.use((ctx) => {
    ctx.body = { client: ctx.state.clientCert?.subject }
  })

  const listener = app.callback()
  const server = createServer(
    tlsOptions({ key: options.key, cert: options.cert }),
    (req, res) => void listener(req, res),
  )
  authenticator.checkServer(server)
  server.on('close', authenticator.close)
  await once(server.listen(options.port), 'listening')
  return server
}
