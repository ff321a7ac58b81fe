import { findNginx, NGINX_MISSING, startNginx } from '../../test/servers/nginx.ts'
import type { NginxServer } from '../../test/servers/nginx-configuration.ts'
import { ADAPTERS, type Adapter, type Application } from './applications.ts'
import { startForwarder } from './forwarder.ts'
import type { Pki } from './pki.ts'
import { type StandIn, VERIFY_CLIENT, type VerifyClient } from './stand-in.ts'

export interface Proxies {
  /** What they are, to be said aloud. */
  readonly name: string
  readonly of: (adapter: Adapter, verifyClient: VerifyClient) => StandIn
  readonly close: () => Promise<void>
}

const PAIRS = ADAPTERS.flatMap((adapter) => VERIFY_CLIENT.map((verifyClient) => ({ adapter, verifyClient })))

/** Starts a proxy before each application in each mode: the real nginx, or our own where it cannot be had. */
export async function startProxies(
  pki: Pki,
  applications: Readonly<Record<Adapter, Application>>,
  wanted: 'nginx' | 'node' | undefined,
): Promise<Proxies> {
  const nginx = wanted === 'node' ? null : findNginx()
  if (nginx !== null) return startNginxProxies(nginx, pki, applications)
  if (wanted === 'nginx') throw new Error(NGINX_MISSING)
  const started = await Promise.all(
    PAIRS.map(async ({ adapter, verifyClient }) => ({
      key: `${adapter} ${verifyClient}`,
      proxy: await startForwarder(pki, verifyClient, applications[adapter].port),
    })),
  )
  const why = wanted === 'node' ? 'as asked' : NGINX_MISSING
  return proxiesOf(`a TLS forwarder in Node, built on our own encoder (${why})`, started)
}

async function startNginxProxies(
  program: string,
  pki: Pki,
  applications: Readonly<Record<Adapter, Application>>,
): Promise<Proxies> {
  const blocks: Record<string, NginxServer> = {}
  for (const { adapter, verifyClient } of PAIRS) {
    const upstream = { protocol: 'https', port: applications[adapter].port, certificate: pki.proxy } as const
    blocks[`${adapter}_${verifyClient}`] = { verifyClient, clientCa: pki.knownToProxy, upstream }
  }
  const nginx = await startNginx(program, blocks)
  const log = () =>
    nginx
      .errors()
      .split('\n')
      .flatMap(
        (line) =>
          /client (?:SSL certificate verify error|sent no required SSL certificate)[^,]*?(?= while|,|$)/.exec(line) ??
          [],
      )
  const started = PAIRS.map(({ adapter, verifyClient }) => ({
    key: `${adapter} ${verifyClient}`,
    proxy: { port: nginx.ports[`${adapter}_${verifyClient}`] ?? 0, log, close: async () => {} },
  }))
  return proxiesOf(`the real nginx ${nginx.version}, configured as NGINX Ingress does it`, started, nginx.stop)
}

function proxiesOf(
  name: string,
  started: readonly Readonly<{ key: string; proxy: StandIn }>[],
  stop: () => Promise<void> = async () => {},
): Proxies {
  const byKey = new Map(started.map(({ key, proxy }) => [key, proxy]))
  return {
    name,
    of: (adapter, verifyClient) => {
      const proxy = byKey.get(`${adapter} ${verifyClient}`)
      if (proxy === undefined) throw new Error(`no proxy before ${adapter} with ${verifyClient}`)
      return proxy
    },
    close: async () => {
      await Promise.all([...started.map(({ proxy }) => proxy.close()), stop()])
    },
  }
}
