/** passport under Express: the certificate's mail address finds the user. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { createAuthenticator, type TrustInput, tlsOptions } from '@clientcert/core'
import express from 'express'
import passport from 'passport'
import { ClientCertStrategy } from './client-cert-strategy.ts'

const USERS = new Map([['alice@example.com', { name: 'Alice' }]])

export async function start(options: { key: string; cert: string; trust: TrustInput; port: number }): Promise<Server> {
  const authenticator = createAuthenticator({ trust: options.trust, mode: 'required' })
  const strategy = new ClientCertStrategy(authenticator, async ({ subjectAltNames }) => {
    const [address] = subjectAltNames.email
    return (address !== undefined && USERS.get(address)) || null
  })

  const app = express()
  app.use(passport.authenticate(strategy, { session: false }))
  app.get('/', (request, response) => {
    response.json({ client: request.user })
  })

  const server = createServer(tlsOptions({ key: options.key, cert: options.cert }), app)
  authenticator.checkServer(server)
  server.on('close', authenticator.close)
  await once(server.listen(options.port), 'listening')
  return server
}
