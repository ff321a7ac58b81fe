import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './server.ts'

/** One virtual host. */
export type ApacheServer = Readonly<{
  /** `SSLVerifyClient`. */
  mode: 'require' | 'optional' | 'optional_no_ca'
  /** `SSLCACertificateFile`: PEM of the authorities that Apache itself knows. */
  clientCa: string
  /** Lines of the virtual host in the place of {@link APACHE_HEADERS}. */
  headers?: string
  /** Where it forwards to, on the loopback. */
  upstreamPort: number
}>

/** What docs/deploy/apache.md sets. */
export const APACHE_HEADERS = [
  'SSL_CLIENT_CERT',
  'SSL_CLIENT_VERIFY',
  ...[0, 1, 2].map((index) => `SSL_CLIENT_CERT_CHAIN_${index}`),
]
  .map((name) => `  RequestHeader set ${name} "%{${name}}s"`)
  .join('\n')

/** Writes the files that the hosts need into the folder, and returns the configuration. */
export function apacheConfiguration<Name extends string>(
  { folder, ports }: Place<Name>,
  servers: Readonly<Record<Name, ApacheServer>>,
): string {
  return apacheAround(
    (Object.keys(servers) as Name[]).map((name) => virtualHost(folder, name, servers[name], ports[name])).join(''),
  )
}

const MODULES = [
  'mpm_event',
  'authz_core',
  'ssl',
  'socache_shmcb',
  'headers',
  'proxy',
  'proxy_http',
  'env',
  'reqtimeout',
]

/** What stands around virtual hosts: the rest of a configuration. */
export const apacheAround = (hosts: string): string => `
ServerName localhost
PidFile apache.pid
DefaultRuntimeDir .
Mutex posixsem
ErrorLog /dev/stderr
LogLevel notice ssl:info
# Where root starts it: it reads keys as root, and serves as somebody else.
User www-data
Group www-data
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerLimit 1
StartServers 1
ThreadsPerChild 16
MaxRequestWorkers 16
SSLSessionCache shmcb:sessions(512000)
${hosts}
`

function virtualHost(folder: string, name: string, server: ApacheServer, port: number): string {
  const { mode, clientCa, headers = APACHE_HEADERS, upstreamPort } = server
  writeFileSync(join(folder, `${name}-ca.pem`), clientCa)
  return `
Listen 127.0.0.1:${port}
<VirtualHost 127.0.0.1:${port}>
  SSLEngine on
  SSLCertificateFile server.pem
  SSLCertificateKeyFile server.key
  SSLCACertificateFile ${name}-ca.pem
  SSLVerifyClient ${mode}
  SSLVerifyDepth 3
  SSLOptions +ExportCertData
${headers}
  ProxyPreserveHost On
  ProxyPass / http://127.0.0.1:${upstreamPort}/
</VirtualHost>
`
}
