/**
 * node:https with revocation: a CRL in a file that is followed, then the responder that a certificate names, and WebSockets that end when their client is
 * revoked. A responder that does not answer keeps nobody out; the log says who came in without an answer.
 */
import { once } from 'node:events'
import {
  type CrlInput,
  clientCertOf,
  createServer,
  type FetchOptions,
  type GuardedServer,
  type Logger,
  type TrustInput,
} from '@clientcert/https'
import { WebSocketServer } from 'ws'

type Options = {
  key: string
  cert: string
  trust: TrustInput
  crls: CrlInput
  /** Such as `{ hosts: ['ocsp.example.com'] }`. */
  responders: FetchOptions
  logger?: Logger
  port: number
}

export async function start({ key, cert, trust, crls, responders, logger, port }: Options): Promise<GuardedServer> {
  const server = createServer(
    {
      key,
      cert,
      trust,
      revocation: { mode: 'ignore-ca-error', crls, follow: ['ocsp'], fetch: responders },
      openConnections: 'close',
      logger: logger ?? console,
    },
    (request, response) => {
      response.end(JSON.stringify({ client: request.clientCert?.subject }))
    },
  )

  new WebSocketServer({ server }).on('connection', (socket, request) => {
    socket.on('error', () => {})
    socket.send(`Hello ${clientCertOf(request)?.subject}`)
  })

  await once(server.listen(port), 'listening')
  return server
}
