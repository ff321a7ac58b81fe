/** What stands behind the gateways of these tests: an application that takes clients from its proxy's headers, and says what came. */
import { createServer, request as requestOverHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createAuthenticator,
  type Decision,
  forwardHeaders,
  type Mode,
  PROXY_NAMES,
  type ProxyName,
  verifyCertificate,
} from '@clientcert/core'
import { createFormat } from '@clientcert/core/headers'
import { broken, createAuthority, DEFAULT_CLOCK, type Leaf } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'

export const root = createAuthority('Clients CA')
export const intermediate = root.intermediate('Clients Intermediate')
export const alice: Leaf = intermediate.issue('alice')
/** Whose certificate everybody has. */
export const bob: Leaf = root.issue('bob')
export const expired: Leaf = broken.expired(root, { subject: 'alice' })

export const clock = (): Date => DEFAULT_CLOCK
/** The intermediate beside the root, since most proxies forward no chain. */
export const trust = { pem: root.certificate.pem + intermediate.certificate.pem }

/** What a gateway decided on a client. */
export const decidedOn = (leaf: Leaf, mode: Mode = 'accept-unverified'): Promise<Decision> =>
  verifyCertificate({ pem: leaf.fullChainPem }, { trust, clock, mode })

export type Arrival = Readonly<{ decision: Decision; names: readonly string[]; lines: readonly string[] }>

export type Application = Readonly<{ port: number; arrivals: Arrival[]; last: () => Arrival }>

/** Starts an application behind a gateway on the loopback. WebSockets are greeted and closed. */
export async function startApplication(proxy: ProxyName = 'nginx'): Promise<Application> {
  const from = { proxy, onlyFrom: { addresses: ['127.0.0.1'] } }
  const authenticator = createAuthenticator({ trust, clock, mode: 'accept-unverified', from })
  const arrivals: Arrival[] = []
  const server = createServer((request, response) => {
    const lines = [...request.rawHeaders]
    const names = Object.keys(request.headers)
    void authenticator.authenticate(request).then((decision) => {
      arrivals.push({ decision, names, lines })
      request.resume().on('end', () => response.end(wordFor(decision)))
    })
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    const lines = [...request.rawHeaders]
    const names = Object.keys(request.headers)
    void authenticator.authenticate(request).then((decision) => {
      arrivals.push({ decision, names, lines })
      socket.send(wordFor(decision))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    authenticator.close()
    for (const socket of sockets.clients) socket.terminate()
    server.close()
    server.closeAllConnections()
  })
  const last = () => {
    const arrival = arrivals.at(-1)
    if (arrival === undefined) throw new Error('nothing has arrived')
    return arrival
  }
  return { port: (server.address() as AddressInfo).port, arrivals, last }
}

/** `accepted CN=alice`, `unverified ERR_PATH_EXPIRED`, `anonymous`, .... */
export function wordFor(decision: Decision): string {
  if (decision.outcome === 'accepted') return `accepted ${decision.identity.subject}`
  return 'failure' in decision ? `${decision.outcome} ${decision.failure.code}` : decision.outcome
}

/** Sends a request with these headers; resolves with what the application said. */
export function send(port: number, headers: Readonly<Record<string, unknown>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = requestOverHttp(
      { host: '127.0.0.1', port, agent: false, headers: headers as Record<string, string> },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      },
    )
    sent.on('error', reject).end()
  })
}

/** Every header that any proxy asserts. */
export const ASSERTED: readonly string[] = PROXY_NAMES.flatMap((name) => createFormat(name).assertedHeaders)

/** Everything that somebody who has bob's certificate can write: the headers of every proxy, and names that resemble them. */
export async function spoofed(): Promise<Readonly<Record<string, string>>> {
  const decision = await decidedOn(bob)
  const all = PROXY_NAMES.flatMap((name) => Object.entries(forwardHeaders(decision, name)))
  const alike = all.flatMap(([name, value]): [string, string][] => [
    [name.replaceAll('-', '_'), value],
    [name.replaceAll('-', '.'), value],
    [name.replace('-', '_'), value],
  ])
  return Object.fromEntries<string>([...all, ...alike])
}

/** The names among those of a request that assert something, or resemble one that does. */
export const assertingNames = (names: readonly string[]): readonly string[] =>
  names.filter((name) => ASSERTED.some((asserted) => fold(asserted) === fold(name)))

const fold = (name: string): string => name.toLowerCase().replace(/[_.]/g, '-')
