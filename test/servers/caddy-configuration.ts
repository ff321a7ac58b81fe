import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './server.ts'

/** One site. */
export type CaddyServer = Readonly<{
  /** `mode` of `client_auth`. */
  mode: 'request' | 'require' | 'verify_if_given' | 'require_and_verify'
  /** `trusted_ca_cert_file`, for the modes that verify: PEM of the authorities that Caddy itself knows. */
  clientCa: string
  /** Lines of `reverse_proxy` in the place of {@link CADDY_HEADERS}. */
  headers?: string
  /** Where it forwards to, on the loopback. */
  upstreamPort: number
}>

/** What docs/deploy/caddy.md sets. */
export const CADDY_HEADERS = 'header_up X-Client-Cert-DER {http.request.tls.client.certificate_der_base64}'

/** Writes the files that the sites need into the folder, and returns the configuration. */
export function caddyConfiguration<Name extends string>(
  { folder, ports }: Place<Name>,
  servers: Readonly<Record<Name, CaddyServer>>,
): string {
  return caddyAround(
    (Object.keys(servers) as Name[]).map((name) => site(folder, name, servers[name], ports[name])).join(''),
  )
}

/** What stands before sites: no port for its administration, none to redirect from, nobody asked for certificates. */
export const caddyAround = (sites: string): string => `
{
  admin off
  auto_https off
  log {
    level WARN
  }
}
${sites}
`

function site(folder: string, name: string, server: CaddyServer, port: number): string {
  const { mode, clientCa, headers = CADDY_HEADERS, upstreamPort } = server
  writeFileSync(join(folder, `${name}-ca.pem`), clientCa)
  return `
https://localhost:${port} {
  bind 127.0.0.1
  tls server.pem server.key {
    client_auth {
      mode ${mode}
      ${mode === 'verify_if_given' || mode === 'require_and_verify' ? `trusted_ca_cert_file ${name}-ca.pem` : ''}
    }
  }
  reverse_proxy 127.0.0.1:${upstreamPort} {
    ${headers}
  }
}
`
}
