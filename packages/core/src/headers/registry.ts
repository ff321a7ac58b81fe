import { APACHE } from './apache.ts'
import { AWS_ALB, AWS_ALB_VERIFY } from './aws-alb.ts'
import { AZURE_APP_SERVICE } from './azure-app-service.ts'
import { AZURE_APPLICATION_GATEWAY } from './azure-application-gateway.ts'
import { CADDY } from './caddy.ts'
import { CLOUDFLARE, CLOUDFLARE_RFC9440 } from './cloudflare.ts'
import { CLOUDFRONT } from './cloudfront.ts'
import { ENVOY } from './envoy.ts'
import { GOOGLE_CLOUD } from './google-cloud.ts'
import { HAPROXY } from './haproxy.ts'
import { DEFAULT_SETTINGS, type FormatDefinition, type FormatSettings, type HeaderFormat } from './header-format.ts'
import { KONG } from './kong.ts'
import { NGINX } from './nginx.ts'
import { RFC9440 } from './rfc9440.ts'
import { TRAEFIK } from './traefik.ts'

/** Everything that is known of proxies' headers, one file each. Nothing else in core names a proxy or switches on one. */
export const FORMATS = {
  nginx: NGINX,
  haproxy: HAPROXY,
  apache: APACHE,
  caddy: CADDY,
  envoy: ENVOY,
  rfc9440: RFC9440,
  traefik: TRAEFIK,
  kong: KONG,
  'aws-alb': AWS_ALB,
  'aws-alb-verify': AWS_ALB_VERIFY,
  cloudfront: CLOUDFRONT,
  'google-cloud': GOOGLE_CLOUD,
  'azure-app-service': AZURE_APP_SERVICE,
  'azure-application-gateway': AZURE_APPLICATION_GATEWAY,
  cloudflare: CLOUDFLARE,
  'cloudflare-rfc9440': CLOUDFLARE_RFC9440,
} as const satisfies Record<string, FormatDefinition>

export type ProxyName = keyof typeof FORMATS

/** What the headers of a proxy are for: `certificate`, `verdict`, .... */
export type HeaderRole<Name extends ProxyName> = keyof (typeof FORMATS)[Name]['headers'] & string

/** A proxy, and what differs from its usual headers. */
export type ProxyChoice = {
  [Name in ProxyName]: {
    readonly proxy: Name
    /** Names of headers by what they are for, where they are not the usual ones. */
    readonly headers?: Readonly<Partial<Record<HeaderRole<Name>, string>>>
  } & Readonly<Partial<Pick<FormatSettings, (typeof FORMATS)[Name]['settings'][number]>>>
}[ProxyName]

export const PROXY_NAMES = Object.keys(FORMATS) as readonly ProxyName[]

/** What differs from a proxy's usual headers. */
export interface FormatOptions {
  /** Names of headers by role, in lower case, all different. Default: the proxy's own. */
  readonly headers?: Readonly<Record<string, string>>
  readonly settings?: Partial<FormatSettings>
}

/** The row of a proxy, seen without its own roles. */
export const definitionOf = (name: ProxyName): FormatDefinition => FORMATS[name]

/** Creates the format of a proxy. Names and settings were checked by whoever read them from the application's options. */
export function createFormat(name: ProxyName, { headers = {}, settings = {} }: FormatOptions = {}): HeaderFormat {
  const definition = definitionOf(name)
  return definition.create({ ...definition.headers, ...headers }, { ...DEFAULT_SETTINGS, ...settings })
}
