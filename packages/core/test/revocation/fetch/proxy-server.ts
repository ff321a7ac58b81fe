/** An HTTP proxy on the loopback that knows no name and connects to one port, whatever it is asked for. */
import { createServer, request as forward } from 'node:http'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type ProxyServer = Readonly<{
  url: string
  /** Request lines, without the version. */
  asked: readonly string[]
  /** Refuses tunnels with this status, or sends something in them first. */
  setFault: (fault: { status: number } | { early: string } | null) => void
}>

export async function startProxy(port: number): Promise<ProxyServer> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  let fault: { status: number } | { early: string } | null = null
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { pathname, search } = new URL(request.url ?? '')
    const onward = forward({ port, host: '127.0.0.1', path: pathname + search, method: request.method, agent: false })
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  server.on('connect', (request, client: Socket) => {
    asked.push(`${request.method} ${request.url}`)
    client.on('error', () => {})
    if (fault && 'status' in fault) {
      client.end(`HTTP/1.1 ${fault.status} No\r\n\r\n`)
      return
    }
    const onward = connect(port, '127.0.0.1', () => {
      client.write(`HTTP/1.1 200 OK\r\n\r\n${fault && 'early' in fault ? fault.early : ''}`)
      client.pipe(onward).pipe(client)
    })
    onward.on('error', () => client.destroy())
    client.on('close', () => onward.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  const own = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${own}`,
    asked,
    setFault: (next) => {
      fault = next
    },
  }
}
