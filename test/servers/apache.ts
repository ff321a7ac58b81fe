/** The real Apache httpd, in one process. */
import { type ApacheServer, apacheConfiguration } from './apache-configuration.ts'
import { type RunningServer, type ServerProgram, startServer } from './server.ts'

export const APACHE: ServerProgram = {
  title: 'Apache',
  executable: 'apache2',
  version: { argument: '-v', pattern: /Apache\/(\S+)/ },
  arguments: (folder, configuration) => ['-X', '-d', folder, '-f', configuration],
}

/** Starts Apache with one virtual host for each name. */
export function startApache<Name extends string>(
  path: string,
  servers: Readonly<Record<Name, ApacheServer>>,
): Promise<RunningServer<Name>> {
  return startServer(APACHE, path, Object.keys(servers) as Name[], (place) => apacheConfiguration(place, servers))
}
