/** What the tests of this package share: one PKI, servers that end with the test, and bytes sent as they are. */
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { broken, createAuthority, DEFAULT_CLOCK, type Leaf, serverCertificate } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import type { AuthenticatorOptions, Decided, Logger } from '../src/index.ts'

const authority = createAuthority('Clients CA')

/** Who knocks. A stranger's issuer is unknown; the expired one's is known. */
export const clients = {
  none: null,
  good: authority.issue({ subject: 'alice', san: { dns: 'alice.example' } }),
  stranger: createAuthority('Unknown CA').issue('mallory'),
  expired: broken.expired(authority, { subject: 'late' }),
} satisfies Record<string, Leaf | null>

export type Client = keyof typeof clients

export const trust = { pem: authority.certificate.pem }

export const options: AuthenticatorOptions = { trust, clock: () => DEFAULT_CLOCK }

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Server CA'))

/** The server's own certificate and key. */
export const identity = { cert, key }

/** Answers with what the guard noted. */
export const echo = (
  { clientCert, clientCertDecision: { outcome } }: Decided,
  response: { end: (body: string) => unknown },
): unknown => response.end(JSON.stringify({ subject: clientCert?.subject ?? null, outcome }))

/** Listens on a free port until the test ends. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    if ('closeAllConnections' in server)
      Reflect.apply(Reflect.get(server, 'closeAllConnections') as () => void, server, [])
  })
  const { port } = server.address() as AddressInfo
  return port
}

/** Connects over TLS and leaves the rest to the test. */
export async function dial(port: number, leaf: Leaf | null): Promise<TLSSocket> {
  const own = leaf === null ? {} : { cert: leaf.fullChainPem, key: leaf.privateKeyPem }
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false, ...own })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

/** Everything the server says until it closes the connection, or until `end` is among it. */
export async function readUntil(socket: TLSSocket, end?: string): Promise<string> {
  let text = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (end !== undefined && text.includes(end)) break
  }
  return text
}

/** A logger that keeps what it is given, as text. */
export function createLog(): Logger & { readonly lines: readonly string[] } {
  const lines: string[] = []
  const keep = (details: object, message: string) => void lines.push(`${message} ${JSON.stringify(details)}`)
  return { lines, info: keep, warn: keep }
}
