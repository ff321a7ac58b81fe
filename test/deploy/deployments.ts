/** The proxies whose pages are tried: what their configuration says that is not true here, and what is. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProxyName } from '@clientcert/core'
import { createAuthority, type Leaf, serverCertificate } from '@clientcert/testing'
import { alice, at, root } from '../proxies/application.ts'
import { APACHE } from '../servers/apache.ts'
import { apacheAround } from '../servers/apache-configuration.ts'
import { CADDY } from '../servers/caddy.ts'
import { caddyAround } from '../servers/caddy-configuration.ts'
import { HAPROXY } from '../servers/haproxy.ts'
import { haproxyAround } from '../servers/haproxy-configuration.ts'
import { NGINX } from '../servers/nginx.ts'
import { nginxAround } from '../servers/nginx-configuration.ts'
import type { ServerProgram } from '../servers/server.ts'

export type Deployment = Readonly<{
  name: ProxyName
  program: ServerProgram
  /** As the page's block of configuration is marked. */
  language: string
  /** What stands around it: the rest of a configuration. */
  around: (configuration: string) => string
  /** What the page says, and what is true here. */
  here: (port: number, application: number) => ReadonlyArray<readonly [string, string]>
  /** Where the page has its keys. */
  keys: string
  /** The lines that set the headers. */
  headers: RegExp
}>

export const DEPLOYMENTS: readonly Deployment[] = [
  {
    name: 'nginx',
    program: NGINX,
    language: 'nginx',
    around: nginxAround,
    here: (port, application) => [
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
      ['https://app.internal:8443', `https://127.0.0.1:${application}`],
    ],
    keys: '/etc/nginx/tls/',
    headers: /^.*proxy_set_header .*\n/gm,
  },
  {
    name: 'haproxy',
    program: HAPROXY,
    language: 'haproxy',
    around: haproxyAround,
    here: (port, application) => [
      ['bind :443', `bind 127.0.0.1:${port}`],
      ['app.internal:8443', `127.0.0.1:${application}`],
    ],
    keys: '/etc/haproxy/tls/',
    headers: /^.*http-request set-header .*\n/gm,
  },
  {
    name: 'apache',
    program: APACHE,
    language: 'apache',
    around: apacheAround,
    here: (port, application) => [
      ['<VirtualHost *:443>', `Listen 127.0.0.1:${port}\n<VirtualHost 127.0.0.1:${port}>`],
      ['https://app.internal:8443', `https://127.0.0.1:${application}`],
    ],
    keys: '/etc/apache2/tls/',
    headers: /^.*RequestHeader set .*\n/gm,
  },
  {
    name: 'caddy',
    program: CADDY,
    language: 'caddyfile',
    around: caddyAround,
    here: (port, application) => [
      ['api.example.com {', `https://api.example.com:${port} {\n  bind 127.0.0.1`],
      ['https://app.internal:8443', `https://127.0.0.1:${application}`],
    ],
    keys: '/etc/caddy/tls/',
    headers: /^.*header_up .*\n/gm,
  },
]

export const proxies = createAuthority({ subject: 'Proxies CA', at })
// One name on nginx's page, another on the others.
const proxyCertificate = proxies.issue({ san: { dns: ['ingress.internal', 'proxy.internal'] } })
const applicationCa = createAuthority('Application CA')
// Apache expects the host of its ProxyPass among the names, and here that is an address.
export const applicationCertificate = serverCertificate(applicationCa, { san: { dns: ['app.internal', '127.0.0.1'] } })
const apiCertificate = serverCertificate(createAuthority('API CA'), { san: { dns: 'api.example.com' } })

/** Writes what the pages name: `client.pem`, and the proxy's keys, with certificate and key in one file, where a proxy wants that, and beside each other. */
export function writeKeys(folder: string): void {
  const write = (name: string, { fullChainPem, privateKeyPem }: Leaf) => {
    writeFileSync(join(folder, `${name}.pem`), fullChainPem + privateKeyPem)
    writeFileSync(join(folder, `${name}.key`), privateKeyPem)
  }
  write('server', apiCertificate)
  write('proxy', proxyCertificate)
  write('ingress', proxyCertificate)
  writeFileSync(join(folder, 'app-ca.pem'), applicationCa.certificate.pem)
  writeFileSync(join(folder, 'clients-ca.pem'), root.certificate.pem)
  writeFileSync(join(folder, 'client.pem'), alice.certificate.pem)
}
