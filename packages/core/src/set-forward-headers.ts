import type { Decision } from './decision.ts'
import type { NodeRequest } from './evidence/connection.ts'
import { replaceDistinctView, valuesByName } from './evidence/distinct-view.ts'
import { forwardableHeaders, type HeaderFields } from './forwardable-headers.ts'
import { forwardedClientOf } from './forwarded-client.ts'
import { type ForwardFormat, forwarderFor } from './forwarder.ts'

/**
 * Replaces the headers of a request that has come, in every view (`headers`, `rawHeaders`, `headersDistinct`), by those of {@link forwardHeaders}: for
 * proxies that read them from the request itself, such as `http-proxy-middleware`, upgrades included. Call it just before the proxy, with everything
 * else that looks at the headers behind it.
 *
 * `headers` is what counts: what was written there, or deleted, is so in the other views as well. A header that was added there stays though `Connection`
 * lists it, unless the client sent the very same (CVE-2024-45410); `x-forwarded-` headers stay in any case. Add what nobody may guess behind this call.
 *
 * Its `on.proxyReq` is no place for this: http-proxy does not call it for a request with `Expect`, whose headers are on their way by then.
 *
 * @param request - As Node's server made it. Written to.
 * @throws {ConfigurationError} As {@link forwardHeaders}; the request is then as it was.
 * @example
 * app.use((request, _response, next) => {
 *   setForwardHeaders(request, request.clientCertDecision, 'nginx')
 *   next()
 * }, createProxyMiddleware({ target }))
 */
export function setForwardHeaders(
  request: NodeRequest,
  decision: Decision | null | undefined,
  format: ForwardFormat,
): void {
  const { asserted, encode } = forwarderFor(format)
  const own = encode(forwardedClientOf(decision))
  // Node makes it of the lines when first asked for, and by a count taken before: it is asked for while they are whole.
  const { headers } = request
  const came = valuesByName(request.rawHeaders)
  const isAsItCame = (name: string, value: HeaderFields[string]) => isOfLines(name, value, came[name])
  const others = forwardableHeaders(headers, asserted, isAsItCame)
  const staying = new Set(Object.keys(others).filter((name) => isAsItCame(name, others[name])))
  // A line of a name that we write is never the client's, though all of theirs together may be our very text.
  for (const name of Object.keys(own)) staying.delete(name)
  const wanted = { ...others, ...own }
  replaceLines(request.rawHeaders, wanted, staying)
  replaceDistinctView(request, 'headers')
  for (const name of Object.keys(headers)) if (!Object.hasOwn(wanted, name)) Reflect.deleteProperty(headers, name)
  Object.assign(headers, wanted)
}

/** Whether that is what Node makes of the lines of a name: nobody wrote to it since, and none of the lines was dropped. */
function isOfLines(name: string, value: HeaderFields[string], lines: readonly string[] | undefined): boolean {
  return lines !== undefined && [value].flat().join(', ') === lines.join(name === 'cookie' ? '; ' : ', ')
}

/** Keeps the lines of the names that stay, in their order and spelling; adds one for each value of the others. */
function replaceLines(lines: string[], wanted: HeaderFields, staying: ReadonlySet<string>): void {
  let end = 0
  for (let index = 0; index < lines.length; index += 2) {
    const name = lines[index] ?? ''
    if (!staying.has(name.toLowerCase())) continue
    lines[end] = name
    lines[end + 1] = lines[index + 1] ?? ''
    end += 2
  }
  lines.length = end
  for (const [name, value] of Object.entries(wanted)) {
    if (staying.has(name) || value === undefined) continue
    for (const each of [value].flat()) lines.push(name, String(each))
  }
}
