/**
 * A gateway in Node: Fastify terminates TLS, verifies, and forwards to an Express application as nginx would, WebSockets apart. The application verifies
 * again, and believes nobody who does not know the gateway's secret.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as express from '@clientcert/express'
import { clientCert, forwardHeaders, type TrustInput, tlsOptions } from '@clientcert/fastify'
import httpProxy from '@fastify/http-proxy'
import createApp from 'express'
import Fastify from 'fastify'

type Options = { key: string; cert: string; trust: TrustInput; port: number }

export async function start({ key, cert, trust, port }: Options) {
  const secret = { name: 'x-gateway-secret', value: randomBytes(16).toString('hex') }
  const application = await startApplication(trust, secret)

  const gateway = Fastify({ https: tlsOptions({ key, cert }) })
  await gateway.register(clientCert, { trust, mode: 'optional' })
  await gateway.register(httpProxy, {
    upstream: `http://127.0.0.1:${(application.address() as AddressInfo).port}`,
    replyOptions: {
      rewriteRequestHeaders: (request, headers) => ({
        ...forwardHeaders(request.clientCertDecision, 'nginx', headers),
        [secret.name]: secret.value,
      }),
    },
  })
  gateway.addHook('onClose', () => void application.close())
  await gateway.listen({ port })
  return { gateway, application }
}

/** What stands behind: it could as well be another process, behind nginx or NGINX Ingress. */
async function startApplication(trust: TrustInput, secretHeader: { name: string; value: string }): Promise<Server> {
  const guard = express.clientCert({
    trust,
    from: { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'], secretHeader } },
    mode: 'optional',
  })
  const app = createApp()
  app.use(guard)
  app.get('/', (request, response) => {
    response.json({ client: request.clientCert?.subject ?? 'nobody' })
  })
  app.use(express.clientCertErrors())
  const server = createServer(app)
  server.on('close', guard.close)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}
