import { createConnectOptions } from './clients/connect-options.ts'
import { createHttp2Client } from './clients/http2-client.ts'
import { createSharedClients } from './clients/shared-clients.ts'
import { createConnect } from './connection/connect.ts'
import type { Connector } from './connection/connector.ts'
import type { Generation } from './connection/generation.ts'
import { createGenerations } from './connection/generations.ts'
import { createOpenConnections } from './connection/open-connections.ts'
import { readConnectTarget } from './connection/read-target.ts'
import { createConnectionReport } from './connection/report.ts'
import { createVerifiers } from './connection/verifiers.ts'
import type { MaterialStatus } from './material/material.ts'
import { createMaterialStore } from './material/material-store.ts'
import { resolveOptions, type TlsContextOptions } from './options.ts'
import { createServerVerifier } from './server/verify-server.ts'
import { createServerOptions } from './server-options.ts'
import type { TlsContext } from './tls-context.ts'
import { upstreamError } from './upstream-error.ts'

/**
 * Creates connections to servers, with a certificate of our own that rotates under them.
 *
 * Material that is at hand (files, PEM, PFX) is loaded here; a source that takes its time is awaited by `ready()`, and until then connections are refused. What
 * changes later is followed: a new certificate is used by new connections at once, and one that is not good keeps the last good and is said aloud.
 *
 * Every server is verified by the authorities of the material, with this library's own path validation, and has to be the one that is expected. There is no
 * way to connect without but `dangerouslyDisableServerVerification`.
 *
 * @param options - Trusted. Read once, strictly.
 * @throws {ConfigurationError} For a mistake in the options; and where material at hand is missing or not good, unless `whenMissing` is `'wait'`.
 * @example
 * const context = createTlsContext({ certChainFile, privateKeyFile, caCertChainFile })
 * https.get('https://productpage:9080/', { agent: context.agent() }, listener)
 */
export function createTlsContext(options: TlsContextOptions): TlsContext {
  const resolved = resolveOptions(options)
  const { name, hosts, server, tls, sni, gracePeriodMs, logger, clock } = resolved
  const { alpnProtocols } = tls
  let isClosed = false

  const connections = createOpenConnections(gracePeriodMs)
  const verifiers = createVerifiers(({ authorities, authoritiesFrom }) =>
    createServerVerifier(authorities, server, { clock, logger, authoritiesFrom }),
  )
  const report = createConnectionReport(name, logger)
  const { maxCachedSessions } = resolved
  const generations = createGenerations({ tls, maxCachedSessions, verifiers }, connections, report.rotated)
  const { newest, adopt } = generations
  const store = createMaterialStore(resolved.material, { clock, report: report.material, onChange: adopt })
  const first = store.current()
  if (first) {
    try {
      adopt(first)
    } catch (error) {
      store.close()
      generations.close()
      throw error
    }
  }

  const materialStatus = (): MaterialStatus => {
    const status = store.status()
    return { ...status, error: status.error ?? generations.problem() }
  }

  const current = (): Generation => {
    if (isClosed) throw upstreamError('ERR_UPSTREAM_CLOSED', { context: name })
    const generation = newest()
    if (generation) return generation
    const { source: waitingFor, error: reason } = materialStatus()
    throw upstreamError('ERR_UPSTREAM_NOT_READY', { context: name, waitingFor, reason })
  }

  const connect = createConnect(
    {
      expected: server.expected,
      sni,
      alpnProtocols,
      timeoutMs: resolved.connectTimeoutMs,
      verification: server.verification,
    },
    { current, newest, connections, report },
  )
  const connector: Connector = {
    connect,
    isCurrent: (socket) => newest() !== null && connections.generationOf(socket) === newest(),
    onRotation: generations.onRotation,
    isClosed: () => isClosed,
  }

  const close = async (): Promise<void> => {
    if (!isClosed) {
      isClosed = true
      store.close()
      generations.close()
    }
    await connections.settled()
  }

  return Object.freeze({
    name,
    hosts,
    ready: async () => {
      await store.ready().catch((error: unknown) => {
        throw isClosed ? upstreamError('ERR_UPSTREAM_CLOSED', { context: name }) : error
      })
      await current().verifier.ready()
    },
    connect: async (target) => connect(readConnectTarget(target)),
    ...createSharedClients(connector),
    http2: (authority, given) => createHttp2Client(connector, authority, given),
    connectOptions: (target = {}) => createConnectOptions({ ...resolved, alpnProtocols, current }, target),
    follow: (socket) => connections.follow(socket, newest()),
    serverOptions: () => createServerOptions({ name, hosts, tls, material: () => current().material }),
    status: () => ({
      name,
      ready: newest() !== null,
      rotations: generations.rotations(),
      material: materialStatus(),
      connections: connections.counts(),
      serverVerification: server.verification,
    }),
    reload: async () => {
      await store.reload()
      generations.retry()
      await newest()?.verifier.reload()
    },
    // Clients are told of the end as of any other change. Whoever reconnects then has nothing to do with it.
    onRotation: (listener) => generations.onRotation(() => (isClosed ? undefined : listener())),
    close,
    [Symbol.asyncDispose]: close,
  } satisfies TlsContext)
}
