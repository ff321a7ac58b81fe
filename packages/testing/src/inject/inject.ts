import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createHttp1Exchange } from '../client/http1.ts'
import { type ClientRequest, type ClientResponse, headerPairs } from '../client/messages.ts'
import { createTlsClient } from '../client/tls-client.ts'
import type { Leaf } from '../leaf.ts'
import { headersFor, type ProxyName } from '../proxy/headers-for.ts'
import { type InjectTarget, listening, type Place } from './listening.ts'

/** The proxy a request comes through. */
export type Behind = Readonly<{
  proxy: ProxyName
  /** The proxy's verdict, as nginx says it: `FAILED:reason`. Default: success for a certificate, none without. */
  verify?: string
  /** The proxy's own certificate, for applications that know it by that. Only over TLS. Default none. */
  certificate?: Leaf
}>

export type InjectedRequest = ClientRequest &
  Readonly<{
    /** Sends the headers of this proxy in the place of a TLS client certificate. Default: the client connects itself. */
    behind?: ProxyName | Behind
  }>

/**
 * Sends a request to an application as the holder of `leaf`, over a real connection.
 *
 * No parsed identity is faked: the application reads the certificate from a TLS handshake, or from a proxy's header, and
 * judges it by its own store and clock. An application that is not listening is made to, on a free port of 127.0.0.1,
 * once; it stops when it is closed, and does not keep the process alive. A request listener (an Express app) gets a server
 * of its own, which asks for certificates and lets the application judge, with `behind` a plain one.
 *
 * @param app - A Fastify instance, an `http`, `https` or `http2` server, or a request listener.
 * @param leaf - Who asks; `null` for a client without a certificate.
 * @param request - A path, or method, path, headers, body, and `behind` for applications behind a proxy.
 * @returns The answer, read to its end.
 * @throws {TypeError} If a certificate is to be presented to a server that does not speak TLS, or the server cannot be
 *   reached over TCP.
 * @example
 * const response = await injectWithCertificate(app, leaf, '/whoami')
 * const forwarded = await injectWithCertificate(app, leaf, { path: '/whoami', behind: 'nginx' })
 */
export async function injectWithCertificate(
  app: InjectTarget,
  leaf: Leaf | null,
  request: InjectedRequest | string,
): Promise<ClientResponse> {
  const { behind, ...message } = typeof request === 'string' ? { path: request } : request
  if (behind === undefined) {
    const place = await listening(app, 'tls')
    if (leaf !== null && place.protocol === 'plain') throw new TypeError(NO_TLS)
    return send(place, leaf, message)
  }
  const proxy: Behind = typeof behind === 'string' ? { proxy: behind } : behind
  const place = await listening(app, proxy.certificate === undefined ? 'plain' : 'tls')
  if (proxy.certificate !== undefined && place.protocol === 'plain') throw new TypeError(NO_TLS)
  const verdict = proxy.verify === undefined ? {} : { verify: proxy.verify }
  const added = Object.entries(headersFor(proxy.proxy, leaf, verdict))
  return send(place, proxy.certificate ?? null, { ...message, headers: [...headerPairs(message.headers), ...added] })
}

const NO_TLS =
  'the server speaks plain HTTP, where nobody can present a certificate: give it TLS options, or say which proxy it is behind'

async function send(place: Place, leaf: Leaf | null, request: ClientRequest): Promise<ClientResponse> {
  if (place.protocol === 'tls') {
    const client = await createTlsClient({ ...place.address, leaf, protocol: 'negotiate' })
    // The answer of the connection stays behind: whoever wants tickets makes the connection.
    return client.request(request).finally(client.close)
  }
  const socket = await connected(place.address)
  const { request: sendRequest } = createHttp1Exchange(socket, `localhost:${place.address.port}`)
  return sendRequest(request).finally(() => socket.destroy())
}

async function connected(address: Place['address']): Promise<Socket> {
  const socket = connect(address)
  await once(socket, 'connect')
  return socket
}
