import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Authority } from '../authority.ts'
import { DEFAULT_CLOCK } from '../certificate-options.ts'
import { serverCertificate } from '../server-certificate.ts'
import { answerWith, type ConsulFault, type GoodAnswer, sendText } from './agent-faults.ts'
import { createWaiters, parseWait } from './blocking.ts'
import { type ConnectAuthority, type ConsulLeaf, type ConsulRoot, createConnectAuthority } from './connect-authority.ts'
import { decide, type Intention } from './intentions.ts'

export type ConsulAgentOptions = Readonly<{
  /** Default `11111111-2222-3333-4444-555555555555.consul`. */
  trustDomain?: string
  /** Default `dc1`. */
  datacenter?: string
  /** Consul Enterprise has namespaces and partitions; the community's refuses their names with 400. Default `'community'`. */
  edition?: 'community' | 'enterprise'
  /** Who signs leaf certificates: the root, or an intermediate of it. Default `'none'`. */
  intermediate?: 'none' | 'one'
  /** Days for which a leaf certificate is good. Default 3, as Consul's. */
  leafValidDays?: number
  /** The clock of what is minted. Default {@link DEFAULT_CLOCK}; a real handshake goes by the machine's. */
  at?: Date
  /** Services that a token may write (`service:write`), or `'*'`, by token. Default: no ACLs. */
  tokens?: Readonly<Record<string, readonly string[] | '*'>>
  /** Default none; then ACLs decide, which deny, and without ACLs everybody is allowed. */
  intentions?: readonly Intention[]
  /** A path to listen at instead of a port. */
  socketPath?: string
  /** With it the agent speaks https, with a certificate of this authority for localhost, 127.0.0.1 and ::1. */
  tls?: Authority
}>

/** What arrived. */
export type ConsulRequest = Readonly<{
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}>

export type ConsulAgent = Readonly<{
  /** Where it listens: `http://127.0.0.1:PORT`, with `https:`, or `unix:` and the path. */
  url: string
  /** Everything that arrived, in order, whatever became of it. */
  received: readonly ConsulRequest[]
  /** Queries that wait for a change at the moment. */
  waiting: () => number
  trustDomain: string
  /** The authorities, oldest first; the last one signs. */
  authorities: () => readonly ConnectAuthority[]
  roots: () => readonly ConsulRoot[]
  /** The certificate that a service has; made where it has none. */
  leaf: (service: string) => ConsulLeaf
  /** Issues new certificates to every service, by which queries that wait for them return. */
  rotateLeaves: () => void
  /**
   * A new root that is active, beside those that there are, and new certificates under it. The old one certifies the new one, unless it is told not to, as by
   * Consul's `ForceWithoutCrossSigning`.
   */
  rotateRoot: (crossSigning?: 'with' | 'without') => void
  /** Forgets all roots but the active one. */
  removeOldRoots: () => void
  /** Changes nothing but the index, as a write does that a query's result does not show. */
  touch: () => void
  /** Goes back to this index, as after a snapshot was restored: queries that wait return with it. */
  restore: (index: bigint) => void
  setIntentions: (intentions: readonly Intention[]) => void
  /** Breaks what begins with a path, or everything, from the next answer on; null mends it. */
  setFault: (fault: ConsulFault | null, path?: string) => void
  /** Ends every connection and listens no more. */
  stop: () => Promise<void>
  /** Listens again, where it did. */
  start: () => Promise<void>
}>

const ROOTS = '/v1/agent/connect/ca/roots'
const LEAF = '/v1/agent/connect/ca/leaf/'
const AUTHORIZE = '/v1/agent/connect/authorize'

/**
 * Starts what speaks the part of Consul's agent API that Connect needs, on a free port of the loopback: roots and leaf certificates by blocking queries, and
 * intentions. Certificates are real; faults can be switched while it runs.
 *
 * Faithful to what Consul documents (api-docs: agent/connect, features/blocking): waits above the index only, ten minutes at most and a sixteenth of it longer
 * at random, 403 for a token that may not write the service. It never renews by itself: a test says when.
 *
 * @example
 * const agent = await startConsulAgent({ at: new Date() }) // Or give its clock, DEFAULT_CLOCK, to what you test.
 * const connect = createConsulConnect({ service: 'web', url: agent.url })
 * agent.rotateRoot()
 */
export async function startConsulAgent(options: ConsulAgentOptions = {}): Promise<ConsulAgent> {
  const {
    trustDomain = '11111111-2222-3333-4444-555555555555.consul',
    datacenter = 'dc1',
    edition = 'community',
    intermediate = 'none',
    leafValidDays = 3,
    at = DEFAULT_CLOCK,
    tokens,
    tls,
  } = options
  const received: ConsulRequest[] = []
  const faults = new Map<string, ConsulFault>()
  const waiters = createWaiters()
  const leaves = new Map<string, ConsulLeaf>()
  const indexes = new Map<string, bigint>()
  let intentions = options.intentions ?? []
  let serial = 6
  let raft = 7n
  let rootsIndex = raft
  let authorities: readonly ConnectAuthority[] = [createNext(null)]

  function createNext(previous: ConnectAuthority | null): ConnectAuthority {
    return createConnectAuthority({ trustDomain, serial: ++serial, index: Number(raft), intermediate, previous, at })
  }

  const issue = (key: string): ConsulLeaf => {
    const [partition = '', namespace = '', service = ''] = key.split('\n')
    const scope = `${partition === 'default' ? '' : `/ap/${partition}`}/ns/${namespace}`
    const uri = `spiffe://${trustDomain}${scope}/dc/${datacenter}/svc/${encodeURIComponent(service)}`
    const issuing = { uri, service, index: Number(raft), validDays: leafValidDays, at }
    const leaf = authorities.at(-1)?.issue(issuing)
    if (leaf === undefined) throw new TypeError('there is always an authority')
    const named = edition === 'enterprise' ? { ...leaf, Namespace: namespace, Partition: partition } : leaf
    leaves.set(key, named)
    indexes.set(key, raft)
    return named
  }

  const leafOf = (key: string): ConsulLeaf => leaves.get(key) ?? issue(key)

  const roots = (): ConsulRoot[] => authorities.map((each, index) => each.describe(index === authorities.length - 1))

  const rotate = (change: () => void): void => {
    raft++
    change()
    waiters.notify()
  }

  const reissueAll = (): void => {
    for (const key of [...leaves.keys()]) issue(key)
  }

  const byDefault = tokens === undefined ? 'allow' : 'deny'
  const mayWrite = (token: string | undefined, service: string): boolean => {
    if (tokens === undefined) return true
    const rules = token !== undefined && Object.hasOwn(tokens, token) ? tokens[token] : undefined
    return rules === '*' || rules?.includes(service) === true
  }

  const faultAt = (path: string): ConsulFault | null => {
    for (const [prefix, fault] of faults) if (path.startsWith(prefix)) return fault
    return null
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://agent')
    const { pathname: path, searchParams: query } = url
    const { method = '', headers } = request
    const body = await textOf(request)
    received.push({ method, path, query, headers, body })
    const refused = (status: number, text: string) => {
      const fault = faultAt(path)
      if (fault === null) sendText(response, status, text)
      else answerWith(response, { json: {}, index: raft }, fault)
    }
    for (const [name, what] of [
      ['ns', 'Namespaces'],
      ['partition', 'Partitions'],
    ] as const) {
      if (edition === 'community' && query.has(name)) {
        refused(400, `Invalid query parameter: "${name}" - ${what} are a Consul Enterprise feature`)
        return
      }
    }
    const token = headers['x-consul-token']
    const current = typeof token === 'string' ? token : undefined
    if (tokens !== undefined && current !== undefined && !Object.hasOwn(tokens, current)) {
      refused(403, 'ACL not found')
      return
    }
    if (method === 'POST' && path === AUTHORIZE) {
      const parsed: unknown = parseJson(body)
      const { Target: target } = Object(parsed) as Readonly<Record<string, unknown>>
      const verdict = decide(intentions, parsed, byDefault)
      if (typeof verdict === 'string') refused(400, verdict)
      else if (typeof target === 'string' && !mayWrite(current, target)) refused(403, denied(target))
      else answerWith(response, { json: verdict, index: raft }, faultAt(path))
      return
    }
    const isLeaf = path.startsWith(LEAF)
    if (method !== 'GET' || (path !== ROOTS && !isLeaf)) {
      refused(404, '404 page not found')
      return
    }
    const service = isLeaf ? decodeURIComponent(path.slice(LEAF.length)) : ''
    if (isLeaf && !mayWrite(current, service)) {
      refused(403, denied(service))
      return
    }
    const wait = parseWait(query)
    if (typeof wait === 'string') {
      refused(400, wait)
      return
    }
    const key = [query.get('partition') ?? 'default', query.get('ns') ?? 'default', service].join('\n')
    if (isLeaf) leafOf(key)
    const indexOf = () => (isLeaf ? (indexes.get(key) ?? raft) : rootsIndex)
    if (faultAt(path) === null) await waiters.wait(wait, indexOf)
    const good = (): GoodAnswer =>
      isLeaf
        ? { json: leafOf(key), index: indexOf() }
        : {
            json: {
              ActiveRootID: roots().find(({ Active }) => Active)?.ID,
              TrustDomain: trustDomain,
              Roots: roots(),
            },
            index: rootsIndex,
          }
    response.setHeader('X-Consul-KnownLeader', 'true')
    response.setHeader('X-Consul-LastContact', '0')
    answerWith(response, good(), faultAt(path))
  }

  const listening = createListening(tls, options.socketPath, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await listening.start()
  return {
    url: listening.url(),
    received,
    waiting: waiters.count,
    trustDomain,
    authorities: () => authorities,
    roots,
    leaf: (service) => leafOf(['default', 'default', service].join('\n')),
    rotateLeaves: () => rotate(reissueAll),
    rotateRoot: (crossSigning = 'with') =>
      rotate(() => {
        const previous = crossSigning === 'with' ? (authorities.at(-1) ?? null) : null
        authorities = [...authorities, createNext(previous)]
        rootsIndex = raft
        reissueAll()
      }),
    removeOldRoots: () =>
      rotate(() => {
        authorities = authorities.slice(-1)
        rootsIndex = raft
      }),
    touch: () =>
      rotate(() => {
        rootsIndex = raft
        for (const key of indexes.keys()) indexes.set(key, raft)
      }),
    restore: (index) => {
      raft = index
      rootsIndex = index
      for (const key of indexes.keys()) indexes.set(key, index)
      waiters.wakeAll()
    },
    setIntentions: (next) => {
      intentions = next
    },
    setFault: (fault, path = '/') => {
      if (fault === null) {
        faults.delete(path)
        return
      }
      faults.set(path, fault)
      waiters.wakeAll() // A fault strikes those who wait, too.
    },
    stop: async () => {
      waiters.wakeAll()
      await listening.stop()
    },
    start: listening.start,
  }
}

const denied = (service: string): string =>
  `Permission denied: token lacks permission 'service:write' on ${JSON.stringify(service)}`

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** A server that can go away and come back where it was. */
function createListening(tls: Authority | undefined, socketPath: string | undefined, listener: Listener) {
  const sockets = new Set<Socket>()
  const certificate = tls && serverCertificate(tls)
  let server: Server | null = null
  let port = 0
  return {
    url: () => (socketPath === undefined ? `${tls ? 'https' : 'http'}://127.0.0.1:${port}` : `unix:${socketPath}`),
    start: async (): Promise<void> => {
      if (server !== null) return
      server = certificate
        ? createTlsServer({ cert: certificate.fullChainPem, key: certificate.privateKeyPem }, listener)
        : createServer(listener)
      server.on('connection', (socket: Socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      if (socketPath === undefined) server.listen(port, '127.0.0.1')
      else server.listen(socketPath)
      await once(server, 'listening')
      const address = server.address()
      if (typeof address === 'object' && address !== null) port = address.port
    },
    stop: async (): Promise<void> => {
      if (server === null) return
      const closed = once(server, 'close')
      server.close()
      server = null
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
