import type { Leaf } from '../leaf.ts'
import { nginxHeaders } from './nginx.ts'
import type { ProxyHeaders, ProxyOptions } from './proxy-headers.ts'

/** One entry for each proxy whose headers are known. */
const PROXIES = { nginx: nginxHeaders } as const satisfies Readonly<
  Record<string, (leaf: Leaf | null, options: ProxyOptions) => ProxyHeaders>
>

/** `nginx` is NGINX Ingress, or nginx configured as it does. */
export type ProxyName = keyof typeof PROXIES

/**
 * Returns the headers which `proxy` would add for a client that presented `leaf`.
 *
 * Made from the certificate alone: what the proxy thinks of it is `verify`, and not computed. Does not sign or hide
 * anything; whoever can send these headers to an application that believes them is that client.
 *
 * @param proxy - By name.
 * @param leaf - What the client presented; `null` for nothing.
 * @param options.verify - For nginx `SUCCESS`, `NONE` or `FAILED:reason`.
 * @throws {TypeError} For an unknown proxy.
 * @example
 * headersFor('nginx', leaf, { verify: 'FAILED:certificate has expired' })
 */
export function headersFor(proxy: ProxyName, leaf: Leaf | null, options: ProxyOptions = {}): ProxyHeaders {
  if (!Object.hasOwn(PROXIES, proxy)) {
    throw new TypeError(`unknown proxy ${JSON.stringify(proxy)}; use ${Object.keys(PROXIES).join(', ')}`)
  }
  return PROXIES[proxy](leaf, options)
}
