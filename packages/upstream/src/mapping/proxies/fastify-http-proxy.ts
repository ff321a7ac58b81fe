import { type ClientRequest, Agent as HttpAgent } from 'node:http'
import { ConfigurationError, type Logger, shown } from '@clientcert/core'
import { type Dispatcher, Agent as UndiciAgent } from 'undici'
import { MappingError } from '../failures.ts'
import type { Mapping } from '../mapping.ts'
import { withoutHopByHop } from './hop-by-hop.ts'
import { proxyFailureOf, upstreamErrorOf } from './proxy-failure.ts'

/** What is needed of Fastify's reply. */
interface Reply {
  code(statusCode: number): { send(payload: unknown): unknown }
}

type HeadersLike = { [name: string]: string | string[] | undefined }

/** Options of `@fastify/http-proxy` 11. They are yours to spread and to add to. */
export interface FastifyHttpProxyOptions {
  prefix: string
  routes: string[]
  upstream: string
  preRewrite: (url: string) => string
  undici: { request: Dispatcher['request']; destroy: () => Promise<void> }
  destroyAgent: boolean
  internalRewriteLocationHeader: boolean
  replyOptions: {
    rewriteRequestHeaders: (request: unknown, headers: HeadersLike) => HeadersLike
    rewriteHeaders: (headers: HeadersLike) => HeadersLike
    retryDelay: () => null
    onError: (reply: Reply, failed: { error: Error }) => void
  }
  websocket: true
  wsClientOptions: {
    agent: HttpAgent
    headers: { host: string }
    finishRequest: (request: ClientRequest) => void
  }
}

/**
 * Makes the options by which `@fastify/http-proxy` serves one mapping, WebSockets included: register it once for each of `mappings.all`.
 *
 * The path is looked up once more when the request is there, so that whatever Fastify's router made of it, nothing is forwarded that is not this mapping's: 400
 * for what is refused, 404 for what is another's. Errors of the connection are answered with 502, 503 or 504 and a constant message; Fastify's log has the reason.
 * The connections end when Fastify closes.
 *
 * With `websocket`, @fastify/http-proxy answers every upgrade of a server that has no other listener for them. It leaves the socket of one without a listener for
 * errors, and over plain http a client that resets it ends the process (measured, 11.6.3 on Node 24): there, add `app.server.on('connection', (socket) =>
 * socket.on('error', () => {}))`. Sockets of TLS have one of Node's.
 *
 * @param options.logger - Hears why a WebSocket was not answered by its server, which Fastify's log does not. Default none.
 * @example
 * for (const mapping of mappings.all) app.register(httpProxy, fastifyHttpProxyOptions(mapping))
 * @throws {ConfigurationError} Where the prefix is a pattern to Fastify's router, or has `%25` or an encoded `; / ? : @ & = + $ , #` in it.
 */
export function fastifyHttpProxyOptions(
  mapping: Mapping,
  { logger }: { readonly logger?: Logger } = {},
): FastifyHttpProxyOptions {
  const { upstream } = mapping
  const folder = mountOf(mapping)
  return {
    prefix: folder,
    routes: [mapping.prefix.endsWith('/') ? '/*' : '*'],
    upstream: upstream.origin,
    // The plugin takes its own prefix away from whatever begins with it, also from a path that was rewritten already.
    preRewrite: (url) => `${folder}${pathOf(mapping, url)}`,
    // One of its own, with options: it is destroyed with Fastify, and the one without is everybody's.
    undici: upstream.context?.dispatcher({}) ?? new UndiciAgent(),
    destroyAgent: true,
    // Envoy leaves it as it is, too; without a prefix to look for it would be put before any path.
    internalRewriteLocationHeader: false,
    replyOptions: {
      rewriteRequestHeaders: (_request, headers) => ({ ...withoutHopByHop(headers), host: upstream.authority }),
      rewriteHeaders: withoutHopByHop,
      // Else a GET that is answered with 503 is sent eleven times, each time over a connection of its own: nobody reads the answers (measured, reply-from 12).
      retryDelay: () => null,
      onError: (reply, { error }) => {
        const { statusCode, message } = proxyFailureOf(error)
        reply.code(statusCode).send({ message })
      },
    },
    websocket: true,
    wsClientOptions: {
      agent: upstream.context?.agent() ?? new HttpAgent(),
      headers: { host: upstream.authority },
      finishRequest: (request) => {
        request.prependListener('error', (error) => {
          const reason = upstreamErrorOf(error)
          logger?.warn({ mapping: mapping.name, err: reason }, reason.message)
          shorten(error)
        })
        request.end()
      },
    },
  }
}

/** The prefix as Fastify's router reads it: decoded, but for what separates. */
function mountOf({ name, prefix }: Mapping): string {
  const decoded = decodeURI(prefix)
  // The plugin decodes its own prefix once more, and would forward what is left of an escape as the path.
  if (/[*:(%]/.test(decoded)) {
    const fix = 'Use another prefix, or `mappings.match` in a handler of your own.'
    const problem = `of the mapping ${name} is ${shown(prefix)}, a pattern to Fastify's router, or decoded twice`
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'prefix', problem, fix)
  }
  return decoded.endsWith('/') ? decoded.slice(0, -1) : decoded
}

function pathOf(mapping: Mapping, url: string): string {
  const result = mapping.match(url)
  if (result.outcome === 'matched') return result.target.path
  throw new MappingError(result.outcome === 'refused' ? result.failure.code : 'ERR_MAPPING_UNMATCHED')
}

/**
 * Leaves of an error what may be the reason of a close frame, which the plugin makes of its message: over 123 octets (RFC 6455 5.5.1) `ws` throws, within a
 * listener, and the process ends. (Measured: OpenSSL's message for a certificate that the server refuses is longer.) And the client is told nothing of the server.
 */
function shorten(error: Error): void {
  const { message, stack } = error
  error.cause ??= Object.assign(new Error(message), { stack })
  error.message = proxyFailureOf(error).message
}
