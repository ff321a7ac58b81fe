/** TLS contexts for these tests. */
import { Agent as HttpsAgent } from 'node:https'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { type Authority, createAuthority, type Leaf, serverCertificate } from '@clientcert/testing'
import { Agent as UndiciAgent } from 'undici'
import { assembleMappings, type MappingsOptions } from '../../src/mapping/assemble-mappings.ts'
import type { Mappings } from '../../src/mapping/mapping.ts'
import type { TlsContext } from '../../src/tls-context.ts'

export const clientsCa: Authority = createAuthority('Clients CA')
export const serversCa: Authority = createAuthority('Servers CA')

const WIDE = { notBefore: new Date('2016-01-01T00:00:00Z'), notAfter: new Date('2045-01-01T00:00:00Z') }

/** Who calls: TLS of Node goes by the machine's clock. */
export const gateway: Leaf = clientsCa.issue({ subject: 'gateway', ...WIDE })
export const stranger: Leaf = createAuthority('Unknown CA').issue({ subject: 'stranger', ...WIDE })

/** A server's certificate, for these names. */
export const serverFor = (...dns: string[]): Leaf =>
  serverCertificate(serversCa, { san: { dns: ['localhost', ...dns], ip: ['127.0.0.1'] } })

interface Target {
  host: string
  port: number
  alpnProtocols?: readonly string[]
}

/** What a mapping uses of a context, made of Node's own. */
export function createContext(name: string, leaf: Leaf | null): TlsContext {
  const own = leaf === null ? {} : { cert: leaf.fullChainPem, key: leaf.privateKeyPem }
  const dial = ({ host, port }: Target): TLSSocket =>
    connect({ host, port, servername: isIP(host) ? '' : host, ca: serversCa.certificate.pem, ...own })
  class ContextAgent extends HttpsAgent {
    override createConnection(options: { host?: string | null; port?: string | number | null }) {
      return dial({ host: String(options.host), port: Number(options.port) })
    }
  }
  const context: Partial<TlsContext> = {
    name,
    hosts: [],
    connect: async () => {
      throw new Error('not for these tests')
    },
    agent: () => new ContextAgent({ keepAlive: true }),
    dispatcher: () =>
      new UndiciAgent({
        connect: ({ hostname, port }, callback) => {
          const socket = dial({ host: hostname, port: Number(port || 443) })
          socket.once('secureConnect', () => callback(null, socket))
          socket.once('error', (error) => callback(error, null))
        },
      }),
    close: async () => undefined,
  }
  return context as TlsContext
}

/** Mappings whose `https://` alone has no certificate of its own. */
export const createMappings = (options: MappingsOptions): Mappings =>
  assembleMappings(options, () => createContext('server-only', null))
