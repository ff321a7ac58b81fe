/** node:https: one guard before every listener of the server, the WebSocket server's among them, and a narrower one for a path. */
import { once } from 'node:events'
import { clientCertOf, createServer, email, type GuardedServer, type TrustInput } from '@clientcert/https'
import { WebSocketServer } from 'ws'

type Options = { key: string; cert: string; trust: TrustInput; port: number }

export async function start({ key, cert, trust, port }: Options): Promise<GuardedServer> {
  const server = createServer({ key, cert, trust, mode: 'required' }, (request, response) => {
    if (request.url === '/admin') admin(request, response)
    else response.end(JSON.stringify({ client: request.clientCert?.subject }))
  })

  const admin = server.clientCertRoute({ allow: email('alice@example.com') }, (_request, response) => {
    response.end(JSON.stringify({ welcome: 'Alice' }))
  })

  new WebSocketServer({ server }).on('connection', (socket, request) => {
    socket.send(`Hello ${clientCertOf(request)?.subject}`)
  })

  await once(server.listen(port), 'listening')
  return server
}
