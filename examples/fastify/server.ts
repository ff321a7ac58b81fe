/** Fastify terminating TLS itself: every route asks for a certificate, one is open, one is for a single client. */
import { assertClientCert, clientCert, email, type TrustInput, tlsOptions } from '@clientcert/fastify'
import Fastify from 'fastify'

export async function start(options: { key: string; cert: string; trust: TrustInput; port: number }) {
  const app = Fastify({ https: tlsOptions({ key: options.key, cert: options.cert }) })
  await app.register(clientCert, { trust: options.trust })

  app.get('/', (request) => {
    assertClientCert(request) // for TypeScript: `clientCert` is not null behind it
    return { client: request.clientCert.subject }
  })
  app.get('/health', { config: { clientCert: 'off' } }, () => ({ status: 'ok' }))
  app.get('/admin', { config: { clientCert: { allow: email('alice@example.com') } } }, () => ({ welcome: 'Alice' }))

  await app.listen({ port: options.port })
  return app
}
