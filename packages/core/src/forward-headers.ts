/**
 * We are the proxy: what an application behind this one is told of the client.
 *
 * What came from outside under the name of such a header, of whichever proxy, is left behind, on every request: one that passes would be believed by
 * whoever trusts this gateway (RFC 9440 section 4; ingress-nginx#8299, CVE-2026-46579).
 */
import { readObject } from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { CustomProxy } from './custom-proxy.ts'
import type { Decision } from './decision.ts'
import { type AssertedNames, assertedNames } from './evidence/asserted-names.ts'
import type { NodeRequest } from './evidence/connection.ts'
import { FORMAT_OPTION_NAMES, readFormat } from './format-options.ts'
import { forwardableHeaders, type HeaderFields } from './forwardable-headers.ts'
import { forwardedClientOf } from './forwarded-client.ts'
import type { ForwardedClient, HeaderFormat } from './headers/header-format.ts'
import { createFormat, PROXY_NAMES, type ProxyChoice, type ProxyName } from './headers/registry.ts'

/** How what is decided here is written for the application behind: by the name of a proxy, by `custom()`, or by the same choice that `from` takes. */
export type ForwardFormat = ProxyName | CustomProxy | ProxyChoice | { readonly proxy: CustomProxy }

/**
 * Returns the headers of a request as they are sent on: those that came, without any that asserts a certificate, and with those of the format.
 *
 * - *accepted*: the client's certificate, with the verified path up to its anchor where the format has a chain, and success.
 * - *anonymous*, *skipped*, or a certificate that could not be parsed: what the format says of nobody.
 * - *unverified*: the certificate with `FAILED:` and the reason in OpenSSL's words, or their number. A format that states no verdict says nobody:
 *   there, a certificate that is forwarded is one that was verified.
 * - *rejected*: throws. Answer the client instead.
 *
 * Left behind are headers that any known proxy asserts, names that resemble one (other punctuation for `-`), and those that `Connection` lists (RFC 9110
 * 7.6.1); of `Connection` itself only `close`, `keep-alive` and `upgrade` stay, so that it deletes nothing behind us. Does not look at other headers of
 * a hop: that is what proxy libraries are for. Adds to no list: what is written replaces (Envoy's SANITIZE_SET).
 *
 * @param decision - Of an adapter (`clientCertDecision`) or an authenticator, for this very request.
 * @param format - Read once for each name or object.
 * @param incoming - As Node has them, of HTTP/1.1 or HTTP/2. Untrusted. Not written to. Default none.
 * @throws {ConfigurationError} `ERR_CONFIG_NOT_FORWARDABLE` for a refusal, `ERR_CONFIG_MISSING` where nobody decided, `ERR_CONFIG_FOREIGN_COPY`, and what
 *   `from` throws for a format that is none.
 * @example
 * http.request({ host, port, path, method, headers: forwardHeaders(request.clientCertDecision, 'nginx', request.headers) })
 */
export function forwardHeaders<Headers extends HeaderFields = Record<string, string>>(
  decision: Decision | null | undefined,
  format: ForwardFormat,
  incoming?: Headers,
): Headers {
  const { asserted, encode } = forwarderFor(format)
  const own = encode(forwardedClientOf(decision))
  return { ...forwardableHeaders(incoming ?? {}, asserted), ...own } as Headers
}

/**
 * Replaces the headers of a request that has come, in every view (`headers`, `rawHeaders`, `headersDistinct`), by those of {@link forwardHeaders}: for
 * proxies that read them from the request itself, such as `http-proxy-middleware`, upgrades included. Call it just before the proxy, with everything
 * else that looks at the headers behind it.
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
  // Node makes the two views of `rawHeaders` when first asked for, and by a count taken before: both are asked for while it is whole.
  const { headers, rawHeaders } = request
  const distinct = 'headersDistinct' in request ? request.headersDistinct : null
  const wanted: HeaderFields = forwardHeaders(decision, format, headers)
  const isKept = (name: string) => wanted[name] !== undefined && wanted[name] === headers[name]
  const kept = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && isKept(name.toLowerCase()) ? [name, rawHeaders[index + 1] ?? ''] : [],
  )
  const changed = Object.entries(wanted).flatMap(([name, value]) =>
    isKept(name) || value === undefined ? [] : [[name, String(value)] as const],
  )
  rawHeaders.splice(0, rawHeaders.length, ...kept, ...changed.flat())
  for (const name of Object.keys(headers).filter((name) => !isKept(name))) {
    Reflect.deleteProperty(headers, name)
    if (distinct) Reflect.deleteProperty(distinct, name)
  }
  for (const [name, value] of changed) {
    headers[name] = value
    if (distinct) distinct[name] = [value]
  }
}

/** A format, ready to write. */
interface Forwarder {
  /** What is left behind: the headers of every proxy that is known, and those of this format under its own names. */
  readonly asserted: AssertedNames
  readonly encode: (client: ForwardedClient | null) => Readonly<Record<string, string>>
}

const ASSERTED_BY_ANY = PROXY_NAMES.flatMap((name) => createFormat(name).assertedHeaders)

/** Options are read once, as everywhere; here by the name, or by the object that holds them. */
const forwarders: { readonly byName: Map<string, Forwarder>; readonly byChoice: WeakMap<object, Forwarder> } = {
  byName: new Map(),
  byChoice: new WeakMap(),
}

function forwarderFor(format: ForwardFormat): Forwarder {
  const { byName, byChoice } = forwarders
  if (typeof format === 'string') return byName.get(format) ?? remember(byName, format, { proxy: format })
  if (typeof format !== 'object' || format === null) return createForwarder({ proxy: format }) // Which throws.
  return byChoice.get(format) ?? remember(byChoice, format, 'proxy' in format ? format : { proxy: format })
}

function remember<Key>(
  known: { readonly set: (key: Key, forwarder: Forwarder) => unknown },
  key: Key,
  choice: object,
): Forwarder {
  const forwarder = createForwarder(choice)
  known.set(key, forwarder)
  return forwarder
}

function createForwarder(choice: object): Forwarder {
  const format = readFormat(readObject(choice, 'format', FORMAT_OPTION_NAMES), 'format')
  return {
    asserted: assertedNames([...ASSERTED_BY_ANY, ...format.assertedHeaders]),
    encode: (client) => checkPrintable(encodeClient(format, client), format),
  }
}

/** A certificate that is not verified goes out with a verdict that says so, or not at all. What a format can say is asked of what it wrote. */
function encodeClient(format: HeaderFormat, client: ForwardedClient | null): Readonly<Record<string, string>> {
  const headers = format.encode(client)
  if (client === null || client.failedFor === null) return headers
  const read = format.read(new Map(Object.entries(headers).map(([name, value]) => [name, [value]])))
  const verdict = read.ok ? read.value.verdict : null
  return verdict?.ok && verdict.value.said === 'failed' ? headers : format.encode(null)
}

/** RFC 9110 5.5, RFC 9440 section 4: a line break or a character that readers disagree about would let a certificate write other fields. */
function checkPrintable(
  headers: Readonly<Record<string, string>>,
  { proxy }: HeaderFormat,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (/^[\x20-\x7e]*$/.test(value)) continue
    const problem = `writes ${name} with a character that is not printable ASCII`
    throw new ConfigurationError('ERR_CONFIG_NOT_FORWARDABLE', 'format', `${proxy} ${problem}`, 'Use another encoding.')
  }
  return headers
}
