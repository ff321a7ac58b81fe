/** The proxies that run in the tests: how each is configured, and in whose words it speaks of a client. */
import type { ProxyName } from '@clientcert/core'
import { encodeNginx } from '@clientcert/core/headers'
import type { Leaf } from '@clientcert/testing'
import { APACHE, startApache } from '../servers/apache.ts'
import { CADDY, startCaddy } from '../servers/caddy.ts'
import { HAPROXY, startHaproxy } from '../servers/haproxy.ts'
import { NGINX, startNginx } from '../servers/nginx.ts'
import type { RunningServer, ServerProgram } from '../servers/server.ts'

/** One way of asking clients for certificates, on a port of its own. */
export type Block<Mode extends string> = Readonly<{
  /** In the proxy's own words. */
  mode: Mode
  /** Lines in the place of the headers that its page in docs/deploy sets. */
  headers?: string
}>

export type HeaderLine = readonly [name: string, value: string]

export type RealProxy<Mode extends string = string> = Readonly<{
  name: ProxyName
  program: ServerProgram
  /** The mode that leaves the judgement to the application. */
  lenient: Mode
  start: <Name extends string>(
    path: string,
    blocks: Readonly<Record<Name, Block<Mode>>>,
    common: Readonly<{ clientCa: string; upstreamPort: number }>,
  ) => Promise<RunningServer<Name>>
  /** What a client sends that wants to be somebody else, in the words that the proxy has for a good certificate. */
  claim: (leaf: Leaf) => readonly HeaderLine[]
}>

const base64 = ({ certificate }: Leaf): string => Buffer.from(certificate.der).toString('base64')

const nginx: RealProxy<'on' | 'optional' | 'optional_no_ca'> = {
  name: 'nginx',
  program: NGINX,
  lenient: 'optional_no_ca',
  start: (path, blocks, { clientCa, upstreamPort: port }) => {
    const upstream = { protocol: 'http', port } as const
    return startNginx(
      path,
      mapped(blocks, ({ mode, ...block }) => ({ ...block, verifyClient: mode, clientCa, upstream })),
    )
  },
  claim: (leaf) => [
    ['ssl-client-cert', encodeNginx(leaf.certificate.der)],
    ['ssl-client-verify', 'SUCCESS'],
    ['ssl-client-subject-dn', 'CN=alice'],
    ['ssl-client-issuer-dn', 'CN=Clients CA'],
  ],
}

const haproxy: RealProxy<'required' | 'optional' | 'ignore-err'> = {
  name: 'haproxy',
  program: HAPROXY,
  lenient: 'ignore-err',
  start: (path, blocks, common) =>
    startHaproxy(
      path,
      mapped(blocks, (block) => ({ ...block, ...common })),
    ),
  claim: (leaf) => [
    ['X-SSL-Client-DER', base64(leaf)],
    ['X-SSL-Client-Chain-DER', base64(leaf)],
    ['X-SSL-Client-Verify', '0'],
    ['X-SSL-Client-Used', '1'],
  ],
}

const apache: RealProxy<'require' | 'optional' | 'optional_no_ca'> = {
  name: 'apache',
  program: APACHE,
  lenient: 'optional_no_ca',
  start: (path, blocks, common) =>
    startApache(
      path,
      mapped(blocks, (block) => ({ ...block, ...common })),
    ),
  claim: (leaf) => [
    ['SSL_CLIENT_CERT', leaf.certificate.pem.trimEnd().replaceAll('\n', ' ')],
    ['SSL_CLIENT_VERIFY', 'SUCCESS'],
    ['SSL_CLIENT_CERT_CHAIN_0', leaf.certificate.pem.trimEnd().replaceAll('\n', ' ')],
  ],
}

const caddy: RealProxy<'request' | 'require' | 'verify_if_given' | 'require_and_verify'> = {
  name: 'caddy',
  program: CADDY,
  lenient: 'request',
  start: (path, blocks, common) =>
    startCaddy(
      path,
      mapped(blocks, (block) => ({ ...block, ...common })),
    ),
  claim: (leaf) => [['X-Client-Cert-DER', base64(leaf)]],
}

export const PROXIES = { nginx, haproxy, apache, caddy } as const

function mapped<Name extends string, From, To>(
  each: Readonly<Record<Name, From>>,
  change: (one: From) => To,
): Record<Name, To> {
  return Object.fromEntries(Object.entries<From>(each).map(([name, one]) => [name, change(one)])) as Record<Name, To>
}
