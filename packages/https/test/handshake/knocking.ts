/**
 * What the tests of the handshake share. OpenSSL goes by the machine's clock and no other, so that the authorities here live around it: what they show is
 * true on any day.
 */
import { once } from 'node:events'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import type { Server } from 'node:tls'
import {
  type Authority,
  type AuthorityOptions,
  type CrlOptions,
  createAuthority,
  createKeyPool,
  type Leaf,
  mintCrl,
  serverCertificate,
  type TlsClientOptions,
  tlsRequest,
} from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import { type AuthenticatorOptions, createServer, type GuardedServer } from '../../src/index.ts'

export const NOW = new Date()
export const HOUR_MS = 3_600_000
export const inHours = (hours: number): Date => new Date(NOW.getTime() + hours * HOUR_MS)

/** What Node and its OpenSSL make of the same differs; what is asserted of them says of which. */
export const NODE_MAJOR = Number(process.versions.node.split('.')[0])
export const isOpenssl30 = process.versions.openssl.startsWith('3.0.')

const keyPool = createKeyPool()

export const authorityOf = (options: AuthorityOptions | string): Authority =>
  createAuthority({ at: NOW, keyPool, ...(typeof options === 'string' ? { subject: options } : options) })

/** A CRL in PEM that revokes these. */
export const crlOf = (authority: Authority, revoked: readonly Leaf[] = [], options: CrlOptions = {}): string =>
  mintCrl(authority, { entries: revoked.map(({ certificate }) => ({ certificate })), ...options }).pem

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(authorityOf('Server CA'))
export const identity = { cert, key }

/** What became of a connection: the status of the answer, or the server's end of it without one. */
export type Outcome = number | 'closed'

export interface Knocked {
  readonly outcome: Outcome
  readonly session: Buffer | undefined
  readonly isResumed: boolean
}

export async function knock(port: number, leaf: Leaf | null, more: Partial<TlsClientOptions> = {}): Promise<Knocked> {
  try {
    const { statusCode, tls } = await tlsRequest({ port, leaf, ...more })
    return { outcome: statusCode, session: tls.session, isResumed: tls.reused }
  } catch (error) {
    // A test that hangs is no refusal.
    if (error instanceof Error && /within \d+ ms/.test(error.message)) throw error
    return { outcome: 'closed', session: undefined, isResumed: false }
  }
}

export const outcomesOf = async (port: number, leaves: readonly (Leaf | null)[]): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const leaf of leaves) outcomes.push((await knock(port, leaf)).outcome)
  return outcomes
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A server of Node that refuses in the handshake by itself, and what it says of whom it refused. */
export async function bareServer(options: ServerOptions): Promise<{ server: Server; port: number; reasons: string[] }> {
  const server = createHttpsServer(
    { ...identity, requestCert: true, rejectUnauthorized: true, ...options },
    (_, response) => response.end('in'),
  )
  const reasons: string[] = []
  server.on('tlsClientError', (_, { authorizationError }) => reasons.push(String(authorizationError)))
  return { server, port: await listen(server), reasons }
}

/** A guarded server whose application would let in everybody whom its trust knows. */
export function guardedServer(options: Omit<AuthenticatorOptions, 'clock'>, tls: object = {}): GuardedServer {
  return createServer({ ...identity, ...tls, ...options }, (_, response) => void response.end('in'))
}
