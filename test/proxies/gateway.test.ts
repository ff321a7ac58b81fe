/**
 * A gateway of Fastify behind each proxy, which hands requests on with @fastify/http-proxy: what stands behind it must not take a client's headers
 * for the word of a proxy, whether the gateway decided about the client or was told not to look.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { clientCert } from '@clientcert/fastify'
import { type Leaf, tlsRequest } from '@clientcert/testing'
import httpProxy from '@fastify/http-proxy'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireServer } from '../servers/requirement.ts'
import { findServer, missing, type RunningServer } from '../servers/server.ts'
import { alice, at, root } from './application.ts'
import { ATTACKS, type AttackName } from './attacks.ts'
import { PROXIES, type RealProxy } from './proxies.ts'

const bob = root.issue('bob')
const ATTACK_NAMES = Object.keys(ATTACKS) as AttackName[]

/** A name as those see it who take `_`, `.` and `-` for one, and an entry of a chain for any other. */
const folded = (name: string): string => name.toLowerCase().replace(/[_.]/g, '-').replace(/\d+$/, '')

/** The application behind the gateway: the names that arrived, request by request. */
async function startNext() {
  const arrivals: (readonly string[])[] = []
  const server = createServer((request, response) => {
    arrivals.push(Object.keys(request.headers))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.close()
    server.closeAllConnections()
  }
  return { arrivals, upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

async function startGateway(name: RealProxy['name'], upstream: string): Promise<FastifyInstance> {
  const gateway = Fastify()
  const from = { proxy: name, onlyFrom: { addresses: ['127.0.0.1'] } } as const
  await gateway.register(clientCert, {
    trust: { pem: root.certificate.pem },
    from,
    mode: 'optional',
    clock: () => at,
  })
  await gateway.register(httpProxy, { upstream, prefix: '/decided' })
  await gateway.register(httpProxy, { upstream, prefix: '/off', config: { clientCert: 'off' } })
  await gateway.listen({ host: '127.0.0.1', port: 0 })
  return gateway
}

function describeGateway<Mode extends string>(proxy: RealProxy<Mode>): void {
  describe(`behind ${proxy.program.title}, a gateway hands on none of its headers:`, () => {
    const path = findServer(proxy.program)
    requireServer(path, missing(proxy.program))
    let next: Awaited<ReturnType<typeof startNext>> | undefined
    let gateway: FastifyInstance | undefined
    let running: RunningServer<'lenient'> | undefined

    beforeAll(async () => {
      if (path === null) return
      next = await startNext()
      gateway = await startGateway(proxy.name, next.upstream)
      const upstreamPort = (gateway.server.address() as AddressInfo).port
      const common = { clientCa: root.certificate.pem, upstreamPort }
      running = await proxy.start(path, { lenient: { mode: proxy.lenient } }, common)
    })
    afterAll(async () => {
      await running?.stop()
      await gateway?.close()
      next?.stop()
    })

    const claim = proxy.claim(alice)
    const asserted = new Set(claim.map(([name]) => folded(name)))

    /** The names that arrived behind the gateway; null where it refused. */
    async function handedOn(place: string, leaf: Leaf | null, attack: AttackName): Promise<readonly string[] | null> {
      const before = next?.arrivals.length ?? 0
      const headers = [...ATTACKS[attack](claim), ['X-Kept', '1'] as const]
      const { statusCode } = await tlsRequest({ port: running?.ports.lenient ?? 0, leaf, path: place, headers })
      const arrived = next?.arrivals[before]
      expect(statusCode).toBe(arrived ? 200 : 401)
      return arrived ?? null
    }

    test.each(ATTACK_NAMES)('%s', async (attack) => {
      for (const leaf of [bob, null]) {
        const decided = await handedOn('/decided', leaf, attack)
        const off = await handedOn('/off', leaf, attack)
        expect(off).toContain('x-kept')
        for (const names of [decided ?? [], off ?? []]) {
          expect(names.filter((name) => asserted.has(folded(name)))).toEqual([])
        }
      }
    })
  })
}

describeGateway(PROXIES.nginx)
describeGateway(PROXIES.haproxy)
describeGateway(PROXIES.apache)
describeGateway(PROXIES.caddy)
