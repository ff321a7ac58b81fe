import { APACHE } from './apache.ts'
import { CADDY } from './caddy.ts'
import { ENVOY } from './envoy.ts'
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
