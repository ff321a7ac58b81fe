/** The real Caddy, which asks nobody for certificates and serves nothing else. */
import { type CaddyServer, caddyConfiguration } from './caddy-configuration.ts'
import { type RunningServer, type ServerProgram, startServer } from './server.ts'

export const CADDY: ServerProgram = {
  title: 'Caddy',
  executable: 'caddy',
  version: { argument: 'version', pattern: /v?(\d+\.[\d.]+)/ },
  arguments: (_folder, configuration) => ['run', '--adapter', 'caddyfile', '--config', configuration],
}

/** Starts Caddy with one site for each name. */
export function startCaddy<Name extends string>(
  path: string,
  servers: Readonly<Record<Name, CaddyServer>>,
): Promise<RunningServer<Name>> {
  return startServer(CADDY, path, Object.keys(servers) as Name[], (place) => caddyConfiguration(place, servers))
}
