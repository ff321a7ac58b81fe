/** What the tests of this package share: both versions of Express, one PKI, and servers that end with the test. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { broken, createAuthority, DEFAULT_CLOCK, type Leaf, serverCertificate } from '@clientcert/testing'
import express5, { type Express, type RequestHandler } from 'express'
import express4 from 'express4'
import { onTestFinished } from 'vitest'
import { type ClientCertOptions, type Logger, tlsOptions } from '../src/index.ts'

/** What the tests use of Express, which both versions have. */
export type CreateApp = () => Express

/** Their types differ in corners that no test here looks into. */
const createApp4 = express4 as () => object as CreateApp

export const VERSIONS: readonly (readonly [name: string, createApp: CreateApp])[] = [
  ['Express 5', express5],
  ['Express 4', createApp4],
]

const authority = createAuthority('Clients CA')

/** Who knocks. A stranger's issuer is unknown; the expired one's is known. */
export const clients = {
  none: null,
  good: authority.issue({ subject: 'alice', san: { dns: 'alice.example' } }),
  stranger: createAuthority('Unknown CA').issue('mallory'),
  expired: broken.expired(authority, { subject: 'late' }),
} satisfies Record<string, Leaf | null>

/** Valid by the machine's clock as well, which OpenSSL goes by. */
export const everValid = authority.issue({
  subject: 'ever',
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2045-01-01T00:00:00Z'),
})

export type Client = keyof typeof clients

export const trust = { pem: authority.certificate.pem }

export const options: ClientCertOptions = { trust, clock: () => DEFAULT_CLOCK }

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Server CA'))

/** The server's own certificate and key. */
export const identity = { cert, key }

/** Answers with what the middleware noted. */
export const echo: RequestHandler = (request, response) => {
  response.json({
    subject: request.clientCert === undefined ? 'undefined' : (request.clientCert?.subject ?? null),
    outcome: request.clientCertDecision?.outcome ?? null,
  })
}

/** Listens over TLS, asking for certificates, until the test ends. */
export const listenTls = (app: RequestListener): Promise<number> => listen(createHttpsServer(tlsOptions(identity), app))

/** Listens over plain HTTP, as behind a proxy, until the test ends. */
export const listenPlain = async (app: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(createServer(app))}`

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    if ('closeAllConnections' in server)
      Reflect.apply(Reflect.get(server, 'closeAllConnections') as () => void, server, [])
  })
  return (server.address() as AddressInfo).port
}

/** A logger that keeps what it is given, as text. */
export function createLog(): Logger & { readonly lines: readonly string[] } {
  const lines: string[] = []
  const keep = (details: object, message: string) => void lines.push(`${message} ${JSON.stringify(details)}`)
  return { lines, info: keep, warn: keep }
}
