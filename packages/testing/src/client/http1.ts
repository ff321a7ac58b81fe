import { Agent, type IncomingMessage, type ClientRequest as NodeRequest, request as nodeRequest } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ClientRequest, type ClientResponse, hasHeader, headerPairs, readBody } from './messages.ts'

/** What an upgrade came to: a response to read, or `101` and a socket that is the caller's from then on. */
export type UpgradeResponse = ClientResponse & Readonly<{ socket: Duplex | null; head: Uint8Array }>

/** Requests, one after the other, on one connection. */
export type Exchange = Readonly<{
  request: (request: ClientRequest) => Promise<ClientResponse>
  upgrade: (request: ClientRequest) => Promise<UpgradeResponse>
}>

/**
 * Creates an HTTP/1.1 exchange on a connection that exists.
 *
 * @param socket - Connected. Never replaced: after it is closed, a request is refused instead of opening another.
 * @param host - For the `Host` header of requests that bring none.
 */
export function createHttp1Exchange(socket: Duplex, host: string): Exchange {
  const agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), { createConnection: () => socket })
  const lost = { error: new Error('the connection is closed') }
  socket.on('error', (error: Error) => {
    lost.error = error
  })

  function send(request: ClientRequest): NodeRequest {
    // A socket whose end is on its way would take the request and never answer.
    if (!socket.writable) throw lost.error
    const pairs = headerPairs(request.headers)
    if (!hasHeader(pairs, 'host')) pairs.unshift(['Host', host])
    if (request.body !== undefined && !hasHeader(pairs, 'content-length') && !hasHeader(pairs, 'transfer-encoding')) {
      pairs.push(['Content-Length', String(Buffer.byteLength(request.body))])
    }
    // A flat list is sent line by line, where an object would be merged.
    const sent = nodeRequest({
      agent,
      method: request.method ?? 'GET',
      path: request.path ?? '/',
      headers: pairs.flat(),
    })
    sent.end(request.body)
    return sent
  }

  return {
    async request(request) {
      return responseOf(await answerTo(send(request)))
    },
    async upgrade(request) {
      const sent = send({
        ...request,
        headers: [['Connection', 'Upgrade'], ['Upgrade', 'websocket'], ...WEBSOCKET, ...headerPairs(request.headers)],
      })
      const upgraded = await Promise.race([
        answerTo(sent),
        new Promise<UpgradeResponse>((resolve) => {
          sent.once('upgrade', (message, upgradedSocket, head) => {
            resolve({ ...headOf(message, ''), socket: upgradedSocket, head })
          })
        }),
      ])
      return 'json' in upgraded ? upgraded : { ...(await responseOf(upgraded)), socket: null, head: new Uint8Array() }
    },
  }
}

/** What a WebSocket client sends besides (RFC 6455 section 4.1); the key is the RFC's own example. */
const WEBSOCKET = [
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
] as const

function answerTo(sent: NodeRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve)
    // Not once: a connection that breaks while the body is read reports again, to a promise that is settled.
    sent.on('error', reject)
  })
}

async function responseOf(message: IncomingMessage): Promise<ClientResponse> {
  return headOf(message, await readBody(message))
}

function headOf(message: IncomingMessage, body: string): ClientResponse {
  return {
    statusCode: message.statusCode ?? 0,
    headers: message.headers,
    rawHeaders: message.rawHeaders,
    body,
    json: () => JSON.parse(body) as unknown,
  }
}
