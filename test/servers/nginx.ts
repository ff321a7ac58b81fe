/** The real nginx, configured as NGINX Ingress does it. One process without workers: it reads files that only this user may read. */
import { type NginxServer, nginxConfiguration } from './nginx-configuration.ts'
import { findServer, missing, type RunningServer, type ServerProgram, startServer } from './server.ts'

export const NGINX: ServerProgram = {
  title: 'nginx',
  executable: 'nginx',
  version: { argument: '-v', pattern: /nginx\/(\S+)/ },
  arguments: (folder, configuration) => ['-p', folder, '-e', 'stderr', '-c', configuration],
}

export const findNginx = (): string | null => findServer(NGINX)
export const NGINX_MISSING = missing(NGINX)

/** Starts nginx with one server block for each name. */
export function startNginx<Name extends string>(
  path: string,
  servers: Readonly<Record<Name, NginxServer>>,
): Promise<RunningServer<Name>> {
  return startServer(NGINX, path, Object.keys(servers) as Name[], (place) => nginxConfiguration(place, servers))
}
