/** Express behind NGINX Ingress, which forwards the certificate in a header and is known by a certificate of its own. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { clientCert, clientCertErrors, dns, email, type TrustInput, tlsOptions } from '@clientcert/express'
import express from 'express'

type Options = { key: string; cert: string; trust: TrustInput; ingressTrust: TrustInput; port: number }

export async function start({ key, cert, trust, ingressTrust, port }: Options): Promise<Server> {
  const guard = clientCert({
    trust,
    from: { proxy: 'nginx', onlyFrom: { certificate: { trust: ingressTrust, allow: dns('ingress.internal') } } },
    mode: 'optional',
  })

  const app = express()
  app.use(guard)
  app.get('/', (request, response) => {
    response.json({ client: request.clientCert?.subject ?? 'nobody' })
  })
  app.get('/admin', guard.route({ mode: 'required', allow: email('alice@example.com') }), (_request, response) => {
    response.json({ welcome: 'Alice' })
  })
  app.use(clientCertErrors())

  const server = createServer(tlsOptions({ key, cert }), app)
  guard.checkServer(server)
  server.on('close', guard.close)
  await once(server.listen(port), 'listening')
  return server
}
