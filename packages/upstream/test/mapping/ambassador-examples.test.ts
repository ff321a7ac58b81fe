/** The three examples of Ambassador's documentation, read as they stand there, against servers at the names and ports that they name. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Authority, createAuthority, DEFAULT_CLOCK, type Leaf } from '@clientcert/testing'
import httpProxy from '@fastify/http-proxy'
import express from 'express'
import Fastify from 'fastify'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTlsContext } from '../../src/create-tls-context.ts'
import { readAmbassador } from '../../src/mapping/ambassador/read-ambassador.ts'
import type { AmbassadorSecrets } from '../../src/mapping/ambassador/tls-context.ts'
import { createMappings } from '../../src/mapping/create-mappings.ts'
import type { Mappings } from '../../src/mapping/mapping.ts'
import { fastifyHttpProxyOptions } from '../../src/mapping/proxies/fastify-http-proxy.ts'
import { httpProxyMiddlewareOptions } from '../../src/mapping/proxies/http-proxy-middleware.ts'
import { CONSUL_DOCUMENTS, istioDocuments, V2_DOCUMENTS } from './ambassador-documents.ts'
import { writeFiles, YEARS } from './contexts.ts'
import {
  ADDRESS,
  arrivalOf,
  ask,
  converse,
  listen,
  resolveTo,
  startUpstream,
  type Upstream,
} from './proxies/servers.ts'

/** Whose ports nobody else listens on. */
const CLUSTER = '127.77.9.80'

/** Below 1024 not everybody may listen. */
async function startAt(port: number, certificate: Leaf, authority: Authority): Promise<Upstream | null> {
  try {
    return await startUpstream(certificate, { address: CLUSTER, port }, authority)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return null
    throw error
  }
}

const quiet = { info: () => undefined, warn: () => undefined }

function mappingsFrom(documents: readonly unknown[], secrets: AmbassadorSecrets = {}): Mappings {
  const { contexts, mappings } = readAmbassador(documents, { secrets })
  const made = contexts.map((context) => createTlsContext({ ...context, clock: () => DEFAULT_CLOCK }))
  onTestFinished(async () => void (await Promise.all(made.map((context) => context.close()))))
  return createMappings({ contexts: made, mappings, logger: quiet })
}

/** Each proxy, as a gateway with these mappings on a port of its own. */
const proxies = {
  '@fastify/http-proxy': async (mappings: Mappings): Promise<number> => {
    const app = Fastify({ forceCloseConnections: true })
    for (const mapping of mappings.all) await app.register(httpProxy, fastifyHttpProxyOptions(mapping))
    await app.listen({ port: 0, host: ADDRESS })
    onTestFinished(() => app.close())
    return (app.server.address() as AddressInfo).port
  },
  'http-proxy-middleware': (mappings: Mappings): Promise<number> => {
    const middleware = createProxyMiddleware(httpProxyMiddlewareOptions(mappings))
    const server = createServer(express().use(middleware))
    return listen(server.on('upgrade', middleware.upgrade))
  },
}

const spiffe = (authority: Authority, id: string, purpose: 'clientAuth' | 'serverAuth'): Leaf =>
  authority.issue({ subject: id.slice(id.lastIndexOf('/') + 1), san: { uri: id }, eku: [purpose], ...YEARS })

describe.each(Object.entries(proxies))('behind %s', (_name, startGateway) => {
  test('Istio: /productpage/?u=1 arrives at productpage:9080 as /productpage?u=1, and /productpage is not matched', async () => {
    const mesh = createAuthority('Istio CA')
    const own = spiffe(mesh, 'spiffe://cluster.local/ns/default/sa/ambassador', 'clientAuth')
    const server = spiffe(mesh, 'spiffe://cluster.local/ns/default/sa/productpage', 'serverAuth')
    resolveTo(CLUSTER, 'productpage')
    const upstream = await startUpstream(server, { address: CLUSTER, port: 9080 }, mesh)
    const istiocerts = writeFiles({
      'cert-chain.pem': own.fullChainPem,
      'key.pem': own.privateKeyPem,
      'root-cert.pem': mesh.certificate.pem,
    })
    const documents = istioDocuments(istiocerts)
    const port = await startGateway(mappingsFrom(documents))
    const arrived = { path: '/productpage?u=1', client: 'ambassador', host: 'productpage:9080', sni: 'productpage' }
    expect(await arrivalOf(port, '/productpage/?u=1')).toEqual(arrived)
    expect((await converse(port, '/productpage/?u=1')).arrived).toEqual(arrived)
    expect((await ask(port, '/productpage')).status).toBe(404)
    expect(upstream.arrived).toHaveLength(2)

    // Without the certificate, the server refuses; and to a server that none of Node's roots knows, nothing is sent.
    const {
      mappings: [plain],
    } = readAmbassador([{ ...documents[1], tls: true }])
    expect(plain).toBeDefined()
    const stranger = await startGateway(createMappings({ mappings: plain === undefined ? [] : [plain], logger: quiet }))
    expect((await ask(stranger, '/productpage/?u=1')).status).toBe(502)
    expect(upstream.arrived).toHaveLength(2)
  })

  test('Consul: /qotm-consul-mtls/quote arrives at qotm-proxy:443 as /quote', async ({ skip }) => {
    const mesh = createAuthority('Consul CA')
    const domain = 'spiffe://11111111-2222-3333-4444-555555555555.consul/ns/default/dc/dc1/svc'
    const own = spiffe(mesh, `${domain}/ambassador`, 'clientAuth')
    resolveTo(CLUSTER, 'qotm-proxy')
    const upstream = await startAt(443, spiffe(mesh, `${domain}/qotm`, 'serverAuth'), mesh)
    if (upstream === null) return skip('may not listen on port 443')
    // What the connector writes: the root behind the certificate, and no `ca.crt`.
    const directory = writeFiles({
      'tls.crt': own.fullChainPem + mesh.certificate.pem,
      'tls.key': own.privateKeyPem,
    })
    const port = await startGateway(mappingsFrom(CONSUL_DOCUMENTS, { 'ambassador-consul-connect': { directory } }))
    const arrived = { path: '/quote', client: 'ambassador', host: 'qotm-proxy', sni: 'qotm-proxy' }
    expect(await arrivalOf(port, '/qotm-consul-mtls/quote')).toEqual(arrived)
    expect((await converse(port, '/qotm-consul-mtls/quote')).arrived).toEqual(arrived)
    expect((await ask(port, '/qotm-consul-mtls')).status).toBe(404)
  })

  test('TLSContext of v2: a service without a scheme is TLS on 443, verified by its name', async ({ skip }) => {
    const authority = createAuthority('Upstream CA')
    const own = authority.issue({ subject: 'ambassador', ...YEARS })
    const server = authority.issue({
      subject: 'upstream',
      eku: ['serverAuth'],
      san: { dns: 'upstream-service' },
      ...YEARS,
    })
    resolveTo(CLUSTER, 'upstream-service', 'another-service')
    const upstream = await startAt(443, server, authority)
    if (upstream === null) return skip('may not listen on port 443')
    const directory = writeFiles({
      'tls.crt': own.fullChainPem,
      'tls.key': own.privateKeyPem,
      'ca.crt': authority.certificate.pem,
    })
    const another = {
      ...V2_DOCUMENTS[1],
      metadata: { name: 'another-mapping' },
      spec: { prefix: '/another/', service: 'another-service', tls: 'upstream-context' },
    }
    const port = await startGateway(mappingsFrom([...V2_DOCUMENTS, another], { 'upstream-certs': { directory } }))
    const arrived = { path: '/a?b=c', client: 'ambassador', host: 'upstream-service', sni: 'upstream-service' }
    expect(await arrivalOf(port, '/upstream/a?b=c')).toEqual(arrived)
    expect((await ask(port, '/another/a', { host: 'upstream-service' })).status).toBe(502)
    expect(upstream.arrived).toHaveLength(1)
  })
})
