import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Leaf } from '@clientcert/testing'
import type { Place } from './server.ts'

/** Where nginx forwards to. */
export type Upstream =
  | Readonly<{ protocol: 'http'; port: number }>
  | Readonly<{ protocol: 'http'; unixSocket: string }>
  /** With nginx's own client certificate, or without one. */
  | Readonly<{ protocol: 'https'; port: number; certificate: Leaf | null }>

/** One server block, in the words of NGINX Ingress's annotations. */
export type NginxServer = Readonly<{
  /** `auth-tls-verify-client`. */
  verifyClient: 'on' | 'optional' | 'optional_no_ca'
  /** `auth-tls-secret`: PEM of the authorities that nginx itself knows. */
  clientCa: string
  /** `auth-tls-verify-depth`. Default 1, with which a path of two intermediates fails. */
  verifyDepth?: number
  /** `auth-tls-pass-certificate-to-upstream`. Default `'true'` here, `'false'` in NGINX Ingress. */
  passCertificate?: 'true' | 'false'
  /** Where the headers are set: in each location, as NGINX Ingress does, or once for the server, as people write it. */
  headersIn?: 'location' | 'server'
  /** Lines for a second location, `/own/`, such as the one `proxy_set_header` that makes it lose those of the server. */
  ownLocation?: string
  /** Lines in the place of all the headers that NGINX Ingress sets. */
  headers?: string
  /** Lines beside the headers, in the same place, such as one more `proxy_set_header`. */
  beside?: string
  upstream: Upstream
}>

/** Writes the files that the blocks need into the folder, and returns the configuration. */
export function nginxConfiguration<Name extends string>(
  { folder, ports }: Place<Name>,
  servers: Readonly<Record<Name, NginxServer>>,
): string {
  const names = Object.keys(servers) as Name[]
  return nginxAround(names.map((name) => serverBlock(folder, name, servers[name], ports[name])).join(''))
}

/** What stands around server blocks: the rest of a configuration. */
export const nginxAround = (blocks: string): string => `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr info;
events { worker_connections 128; }
http {
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  # As NGINX Ingress has it: a cache of sessions, no tickets.
  ssl_session_cache shared:SSL:1m;
  ssl_session_tickets off;
  ssl_protocols TLSv1.2 TLSv1.3;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  ${blocks}
}
`

function serverBlock(folder: string, name: string, server: NginxServer, port: number): string {
  const { verifyClient, clientCa, verifyDepth = 1, headersIn = 'location', ownLocation, beside = '' } = server
  writeFileSync(join(folder, `${name}-ca.pem`), clientCa)
  const headers = `${server.headers ?? clientHeaders(server.passCertificate ?? 'true')}
      ${beside}`
  const location = (path: string, lines: string) => `
    location ${path} {
      ${lines}
      ${proxyPass(folder, name, server.upstream)}
    }`
  return `
  server {
    listen 127.0.0.1:${port} ssl;
    server_name _;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_client_certificate ${name}-ca.pem;
    ssl_verify_client ${verifyClient};
    ssl_verify_depth ${verifyDepth};
    ${headersIn === 'server' ? headers : ''}
    ${location('/', headersIn === 'server' ? '' : headers)}
    ${ownLocation === undefined ? '' : location('/own/', ownLocation)}
  }
`
}

/** What NGINX Ingress's template sets for a server with an authority; the certificate only by annotation. */
const clientHeaders = (passCertificate: 'true' | 'false'): string => `
      ${passCertificate === 'true' ? 'proxy_set_header ssl-client-cert $ssl_client_escaped_cert;' : ''}
      proxy_set_header ssl-client-verify $ssl_client_verify;
      proxy_set_header ssl-client-subject-dn $ssl_client_s_dn;
      proxy_set_header ssl-client-issuer-dn $ssl_client_i_dn;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Connection $connection_upgrade;`

function proxyPass(folder: string, name: string, upstream: Upstream): string {
  const common = 'proxy_http_version 1.1;'
  if (upstream.protocol === 'http') {
    const address = 'port' in upstream ? `127.0.0.1:${upstream.port}` : `unix:${upstream.unixSocket}:`
    return `${common}
      proxy_pass http://${address};`
  }
  const { certificate } = upstream
  if (certificate !== null) {
    writeFileSync(join(folder, `${name}-own.pem`), certificate.fullChainPem)
    writeFileSync(join(folder, `${name}-own.key`), certificate.privateKeyPem)
  }
  return `${common}
      ${certificate === null ? '' : `proxy_ssl_certificate ${name}-own.pem;\n      proxy_ssl_certificate_key ${name}-own.key;`}
      proxy_ssl_name localhost;
      proxy_pass https://127.0.0.1:${upstream.port};`
}
