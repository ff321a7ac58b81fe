import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './server.ts'

/** One frontend with its backend. */
export type HaproxyServer = Readonly<{
  /** `verify`; `ignore-err` is `optional` with `crt-ignore-err all ca-ignore-err all`. */
  mode: 'required' | 'optional' | 'ignore-err'
  /** `ca-file`: PEM of the authorities that HAProxy itself knows. */
  clientCa: string
  /** Lines of the frontend in the place of {@link HAPROXY_HEADERS}. */
  headers?: string
  /** Where it forwards to, on the loopback. */
  upstreamPort: number
}>

/** What docs/deploy/haproxy.md sets. */
export const HAPROXY_HEADERS = `
  http-request set-header X-SSL-Client-DER %[ssl_c_der,base64]
  http-request set-header X-SSL-Client-Chain-DER %[ssl_c_chain_der,base64]
  http-request set-header X-SSL-Client-Verify %[ssl_c_verify]
  http-request set-header X-SSL-Client-Used %[ssl_c_used]`

const VERIFY = {
  required: 'verify required',
  optional: 'verify optional',
  'ignore-err': 'verify optional crt-ignore-err all ca-ignore-err all',
} as const

/** Writes the files that the frontends need into the folder, and returns the configuration. */
export function haproxyConfiguration<Name extends string>(
  { folder, ports }: Place<Name>,
  servers: Readonly<Record<Name, HaproxyServer>>,
): string {
  return haproxyAround(
    (Object.keys(servers) as Name[]).map((name) => section(folder, name, servers[name], ports[name])).join(''),
  )
}

/** What stands around frontends and backends: the rest of a configuration. */
export const haproxyAround = (sections: string): string => `
global
  log stderr format raw local0 info
defaults
  mode http
  log global
  timeout connect 5s
  timeout client 30s
  timeout server 30s
${sections}
`

function section(folder: string, name: string, server: HaproxyServer, port: number): string {
  const { mode, clientCa, headers = HAPROXY_HEADERS, upstreamPort } = server
  writeFileSync(join(folder, `${name}-ca.pem`), clientCa)
  return `
frontend ${name}
  bind 127.0.0.1:${port} ssl crt server.both.pem ca-file ${name}-ca.pem ${VERIFY[mode]}
  ${headers}
  default_backend ${name}-application
backend ${name}-application
  server application 127.0.0.1:${upstreamPort}
`
}
