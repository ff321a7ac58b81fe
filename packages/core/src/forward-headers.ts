/**
 * We are the proxy: what an application behind this one is told of the client.
 *
 * What came from outside under the name of such a header, of whichever proxy, is left behind, on every request: one that passes would be believed by
 * whoever trusts this gateway (RFC 9440 section 4; ingress-nginx#8299, CVE-2026-46579).
 */
import { ConfigurationError } from './configuration-error.ts'
import type { Decision } from './decision.ts'
import { forwardableHeaders, type HeaderFields } from './forwardable-headers.ts'
import { forwardedClientOf } from './forwarded-client.ts'
import { type ForwardFormat, forwarderFor } from './forwarder.ts'

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
 * Cannot tell a header that you added from one that came: add your own behind this, or a client may delete them by naming them in `Connection`
 * (CVE-2024-45410). Only `x-forwarded-` headers and `x-real-ip` stay in any case.
 *
 * @param decision - Of an adapter (`clientCertDecision`) or an authenticator, for this very request.
 * @param format - Read once for each name or object.
 * @param incoming - As Node has them, of HTTP/1.1 or HTTP/2; no `Headers`, `Map` or lines. Untrusted. Not written to. Default none.
 * @throws {ConfigurationError} `ERR_CONFIG_NOT_FORWARDABLE` for a refusal, `ERR_CONFIG_MISSING` where nobody decided, `ERR_CONFIG_FOREIGN_COPY`, `ERR_CONFIG_TYPE`
 *   for headers in another form, and what `from` throws for a format that is none.
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
  return { ...forwardableHeaders(readFields(incoming), asserted, () => true), ...own } as Headers
}

/** A `Headers`, a `Map` and the lines of `rawHeaders` have no header as a property: of these, nothing would be sent on but what is ours. */
function readFields(incoming: unknown): HeaderFields {
  if (incoming === undefined || incoming === null) return {}
  if (typeof incoming === 'object' && !(Symbol.iterator in incoming)) return incoming as HeaderFields
  const fix =
    'Give an object of names and values: `request.headers`, or `Object.fromEntries(headers)` of a Headers or Map.'
  throw new ConfigurationError('ERR_CONFIG_TYPE', 'incoming', 'is no object with a property for each header', fix)
}
