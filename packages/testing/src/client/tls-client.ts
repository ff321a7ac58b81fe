import { type ConnectionOptions, connect, type SecureVersion, type TLSSocket } from 'node:tls'
import type { Leaf } from '../leaf.ts'
import { createHttp1Exchange, type UpgradeResponse } from './http1.ts'
import { createHttp2Exchange } from './http2.ts'
import type { ClientRequest, ClientResponse } from './messages.ts'

/** A test that waits longer than this for a handshake or an answer has found a defect. */
export const DEFAULT_TIMEOUT_MS = 10_000

export type TlsClientOptions = Readonly<{
  port: number
  /** Address to connect to. Default `127.0.0.1`. */
  host?: string
  /** Server name to ask for, and to expect in the server's certificate. Default `localhost`; `''` asks for none. */
  servername?: string
  /** Whose certificate and chain to present, with whose key. Default `null`: none, also when the server asks. */
  leaf?: Leaf | null
  /** PEM of the authorities that may have issued the server's certificate. Default: any server is believed. */
  ca?: string
  /** A ticket from an earlier response, to resume that session. */
  session?: Buffer | undefined
  minVersion?: SecureVersion
  maxVersion?: SecureVersion
  /** Protocol to speak. `negotiate` offers both and takes the server's choice. Default `http/1.1`. */
  protocol?: 'http/1.1' | 'h2' | 'negotiate'
  /** Milliseconds for the handshake, and for each answer. Default {@link DEFAULT_TIMEOUT_MS}. */
  timeoutMs?: number
}>

/** What TLS has to say about a connection. */
export type TlsInfo = Readonly<{
  /** Such as `TLSv1.3`. */
  protocol: string | null
  /** The newest ticket the server has sent so far. */
  session: Buffer | undefined
  /** Whether this connection resumed `options.session`. */
  reused: boolean
  /** What the client thinks of the server; `false` if `ca` was not given. */
  authorized: boolean
  /** `h2`, `http/1.1`, or `false` if the server does not negotiate. */
  alpn: string | false
}>

export type TlsResponse = ClientResponse & Readonly<{ tls: TlsInfo }>

/** One TLS connection. */
export type TlsClient = Readonly<{
  /** Sends a request; several share the connection, and each waits for the one before. */
  request: (request?: ClientRequest | string) => Promise<TlsResponse>
  /** Asks for a protocol change, by default to WebSocket. */
  upgrade: (request?: ClientRequest | string) => Promise<UpgradeResponse & Readonly<{ tls: TlsInfo }>>
  info: () => TlsInfo
  close: () => Promise<void>
}>

/**
 * Connects to a server over TLS, presenting a certificate or none.
 *
 * A real handshake by `node:tls`. Does not follow redirects or connect again: when the server ends the connection, the
 * next request is rejected. Under TLS 1.3 a server that refuses the certificate does so after the client's handshake has
 * succeeded, so that the refusal is seen by the first request (RFC 8446 section 4.4.2.4).
 *
 * @throws The error of `node:tls`, if the handshake fails; {@link Error} after `timeoutMs`.
 * @example
 * const client = await createTlsClient({ port, leaf })
 * const first = await client.request('/whoami')
 * await client.close()
 */
export async function createTlsClient(options: TlsClientOptions): Promise<TlsClient> {
  const { port, host = '127.0.0.1', servername = 'localhost', timeoutMs = DEFAULT_TIMEOUT_MS } = options
  let session: Buffer | undefined
  const socket = connect({ ...connectionOptions(options), host, port, servername })
  socket.on('session', (ticket) => {
    session = ticket
  })
  await within(timeoutMs, `no TLS handshake with ${host}:${port}`, socket, secured(socket))

  const name = `${servername === '' ? host : servername}:${port}`
  const exchange = socket.alpnProtocol === 'h2' ? createHttp2Exchange(socket, name) : createHttp1Exchange(socket, name)

  const info = (): TlsInfo => ({
    protocol: socket.getProtocol(),
    session,
    reused: socket.isSessionReused(),
    authorized: socket.authorized,
    alpn: socket.alpnProtocol ?? false,
  })

  async function answered<Answer>(pending: Promise<Answer>): Promise<Answer & Readonly<{ tls: TlsInfo }>> {
    return { ...(await within(timeoutMs, `no answer from ${host}:${port}`, socket, pending)), tls: info() }
  }

  return {
    request: (request = {}) => answered(exchange.request(requestOf(request))),
    upgrade: (request = {}) => answered(exchange.upgrade(requestOf(request))),
    info,
    close: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve()
        socket.once('close', () => resolve())
        socket.destroy()
      }),
  }
}

/**
 * Makes one request on a connection of its own.
 *
 * @returns The response, and in `tls.session` a ticket to resume by: TLS 1.3 servers send it before their answer.
 * @throws As {@link createTlsClient}, and for a connection that ends before the answer.
 * @example
 * const first = await tlsRequest({ port, leaf, path: '/whoami' })
 * const resumed = await tlsRequest({ port, session: first.tls.session })
 */
export async function tlsRequest(options: TlsClientOptions & ClientRequest): Promise<TlsResponse> {
  const client = await createTlsClient(options)
  try {
    return await client.request(options)
  } finally {
    await client.close()
  }
}

function requestOf(request: ClientRequest | string): ClientRequest {
  return typeof request === 'string' ? { path: request } : request
}

function connectionOptions(options: TlsClientOptions): ConnectionOptions {
  const { leaf = null, ca, session, minVersion, maxVersion, protocol = 'http/1.1' } = options
  return {
    ...(leaf === null ? {} : { cert: leaf.fullChainPem, key: leaf.privateKeyPem }),
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
    ...(session === undefined ? {} : { session }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ALPNProtocols: protocol === 'negotiate' ? ['h2', 'http/1.1'] : [protocol],
  }
}

function secured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the server closed the connection during the handshake')))
    socket.once('secureConnect', () => resolve())
  })
}

/** Waits for `pending`, but not for ever; then the connection is closed, so that nothing stays behind. */
async function within<Result>(
  timeoutMs: number,
  complaint: string,
  socket: TLSSocket,
  pending: Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${complaint} within ${timeoutMs} ms`))
      socket.destroy()
    }, timeoutMs)
  })
  try {
    return await Promise.race([pending, timeout])
  } finally {
    clearTimeout(timer)
  }
}
