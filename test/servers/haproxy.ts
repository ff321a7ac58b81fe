/** The real HAProxy, in one process. */
import { type HaproxyServer, haproxyConfiguration } from './haproxy-configuration.ts'
import { type RunningServer, type ServerProgram, startServer } from './server.ts'

export const HAPROXY: ServerProgram = {
  title: 'HAProxy',
  executable: 'haproxy',
  version: { argument: '-v', pattern: /version (\d[\d.]*)/ },
  arguments: (_folder, configuration) => ['-db', '-f', configuration],
}

/** Starts HAProxy with one frontend for each name. */
export function startHaproxy<Name extends string>(
  path: string,
  servers: Readonly<Record<Name, HaproxyServer>>,
): Promise<RunningServer<Name>> {
  return startServer(HAPROXY, path, Object.keys(servers) as Name[], (place) => haproxyConfiguration(place, servers))
}
