import { createFormat, PROXY_NAMES, type ProxyName } from '@clientcert/core/headers'
import type { Leaf } from '../leaf.ts'
import { forwardedClient } from './forwarded-client.ts'
import { nginxHeaders } from './nginx.ts'
import type { ProxyHeaders, ProxyOptions } from './proxy-headers.ts'

export type { ProxyName }

/**
 * Returns the headers which `proxy` would add for a client that presented `leaf`, under their usual names.
 *
 * Made from the certificate alone: what the proxy thinks of it is `verify`, and not computed. Does not sign or hide
 * anything; whoever can send these headers to an application that believes them is that client.
 *
 * Those of `nginx` come from a writer of this package's own; all others from the encoders of `@clientcert/core`.
 *
 * @param proxy - By name: every one that `from.proxy` takes.
 * @param leaf - What the client presented; `null` for nothing. Of proxies that forward a chain, with its issuers.
 * @param options.verify - The verdict as nginx says it, `SUCCESS` or `FAILED:reason`; each proxy says it in its own words. Default: success.
 * @throws {TypeError} For an unknown proxy, and for a verdict that this one cannot state.
 * @example
 * headersFor('nginx', leaf, { verify: 'FAILED:certificate has expired' })
 */
export function headersFor(proxy: ProxyName, leaf: Leaf | null, options: ProxyOptions = {}): ProxyHeaders {
  if (!PROXY_NAMES.includes(proxy)) {
    throw new TypeError(`unknown proxy ${JSON.stringify(proxy)}; use ${PROXY_NAMES.join(', ')}`)
  }
  if (proxy === 'nginx') return nginxHeaders(leaf, options)
  const format = createFormat(proxy)
  const { verify = leaf === null ? 'NONE' : 'SUCCESS' } = options
  if (leaf === null && verify === 'NONE') return format.encode(null)
  const failedFor = verify.startsWith('FAILED:') ? verify.slice('FAILED:'.length) : null
  const isSaid = verify === 'SUCCESS' || (failedFor !== null && format.verdictHeader !== null)
  if (leaf === null || !isSaid) {
    throw new TypeError(`${proxy} cannot say ${JSON.stringify(verify)} of ${leaf ? 'a certificate' : 'nobody'}`)
  }
  return format.encode(forwardedClient(leaf, failedFor))
}
