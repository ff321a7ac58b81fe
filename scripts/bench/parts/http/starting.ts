/** Starting what takes part: a server in a process of its own, and nginx before it where it says so. */
import { join } from 'node:path'
import type { Cores } from './cores.ts'
import type { Entrant, Group } from './entrants.ts'
import type { Target } from './load/target.ts'
import type { Material, Sender } from './material.ts'
import { type Process, startProcess } from './process/start.ts'
import { type FoundNginx, startNginx } from './servers/nginx.ts'
import type { ServerProtocol } from './servers/serve.ts'
import { BODY } from './servers/spec.ts'

/** What is measured. */
export interface Running {
  readonly entrant: Entrant
  /** @param who - The good clients, or the stranger. */
  readonly target: (who: readonly [Sender, ...Sender[]]) => Target
  /** @returns Microseconds of processor time, of everything that serves. */
  readonly cpu: () => Promise<number>
  readonly stop: () => Promise<void>
}

export interface Surroundings {
  readonly material: Material
  readonly cores: Cores
  readonly nginx: FoundNginx
}

export const startServers = (cores: Cores): Process<ServerProtocol> =>
  startProcess<ServerProtocol>(join(import.meta.dirname, 'servers/serve.ts'), cores.server)

/** @param servers - The process to serve in; stopped with what runs in it, unless it is somebody else's. */
export async function startEntrant(
  entrant: Entrant,
  group: Group,
  { material, cores, nginx }: Surroundings,
  servers: Process<ServerProtocol>,
): Promise<Running> {
  const isBehind = entrant.behind === 'nginx' && 'program' in nginx
  const from = isBehind ? 'headers' : group.from
  const upstreamPort = await servers.ask('serve', {
    framework: entrant.framework,
    guard: entrant.guard,
    from,
    material,
  })
  const proxy = isBehind ? await startNginx(nginx.program, { material, upstreamPort, core: cores.server }) : null
  const port = proxy?.port ?? upstreamPort
  return {
    entrant,
    target: (senders) => ({
      port,
      tls: group.from === 'socket' ? { ...senders[0].tls, ca: material.serverCa } : null,
      requests: [textOf(senders[0], group), ...senders.slice(1).map((sender) => textOf(sender, group))],
      rotation: entrant.rotation,
      connections: group.connections,
      body: BODY,
    }),
    cpu: async () => (await servers.ask('cpu', null)) + (proxy?.cpu() ?? 0),
    stop: async () => {
      await proxy?.stop()
    },
  }
}

const textOf = ({ plain, forwarded }: Sender, { from }: Group): string => (from === 'socket' ? plain : forwarded)
