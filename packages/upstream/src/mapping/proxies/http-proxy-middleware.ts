import { EventEmitter } from 'node:events'
import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { ConfigurationError, type Logger } from '@clientcert/core'
import { MappingError } from '../failures.ts'
import type { Mapping, Mappings, MappingTarget, MatchResult } from '../mapping.ts'
import { prepareRequest, prepareResponse, prepareUpgrade } from './http-proxy-messages.ts'
import { proxyFailureOf, upstreamErrorOf } from './proxy-failure.ts'

/** What the passes of http-proxy are given for each request. */
interface PassOptions {
  agent?: unknown
  headers?: { [header: string]: string }
}

/** What is needed of http-proxy's server: it runs what is added before the named pass. */
interface Passes {
  on(event: 'proxyRes', listener: (proxied: IncomingMessage, request: unknown, response: ServerResponse) => void): void
  before(
    type: 'web' | 'ws',
    pass: string,
    added: (request: IncomingMessage, answer: unknown, options: PassOptions) => void,
  ): void
}

/** Options of `http-proxy-middleware` 3. They are yours to spread and to add to; without `plugins` nothing is connected to. */
export interface HttpProxyMiddlewareOptions {
  pathFilter: (pathname: string, request: IncomingMessage) => boolean
  router: (request: IncomingMessage) => { protocol: string; host: string; port: number }
  pathRewrite: (path: string, request: IncomingMessage) => string
  toProxy: true
  secure: true
  ws: false
  agent: HttpsAgent
  plugins: ((proxyServer: object) => void)[]
  on: { error: (error: Error, request: IncomingMessage, answer: ServerResponse | Duplex) => void }
}

/**
 * Makes the options by which one `http-proxy-middleware` serves all mappings, and WebSockets where they are handed over.
 *
 * Mount it at the root, behind your own routes: what is unmatched goes on to the next, and what is refused is an error with `status` 400. Errors of the connection
 * are answered with 502, 503 or 504 and a constant message.
 *
 * Upgrades do not pass through Express, hence not through what decides there who may come in. Hand them over from behind something that does, such as the `guard`
 * of `@clientcert/https`: `server.on('upgrade', middleware.upgrade)`. One that is unmatched is ended where nobody else listens for them.
 *
 * @param options.logger - Hears why a request was not answered by its server. Default none.
 * @example
 * app.use(createProxyMiddleware(httpProxyMiddlewareOptions(mappings)))
 */
export function httpProxyMiddlewareOptions(
  mappings: Mappings,
  { logger }: { readonly logger?: Logger } = {},
): HttpProxyMiddlewareOptions {
  /** What was found of a request, before its path was rewritten. */
  const found = new WeakMap<IncomingMessage, MatchResult>()
  const agents = new Map(mappings.all.map((mapping) => [mapping, agentOf(mapping)]))
  const matchedOf = (request: IncomingMessage) => {
    const result = found.get(request) ?? mappings.match(request.url ?? '')
    if (result.outcome === 'matched') {
      if (isRespelt(result.target.path)) throw new MappingError('ERR_MAPPING_EMPTY_SEGMENT')
      return result
    }
    throw new MappingError(result.outcome === 'refused' ? result.failure.code : 'ERR_MAPPING_UNMATCHED')
  }

  return {
    pathFilter: (_pathname, request) => {
      const result = mappings.match(request.url ?? '')
      found.set(request, result)
      // Claimed, so that the router's error ends it: an upgrade that nobody answers stays open.
      return result.outcome !== 'unmatched' || isOnlyOurs(request)
    },
    router: (request) => targetOf(matchedOf(request).target),
    pathRewrite: (_path, request) => matchedOf(request).target.path,
    // Else it parses the path with what Node has deprecated, which writes `'` and more in another way.
    toProxy: true,
    secure: true,
    // Else it listens by itself from its first request on, and an upgrade passes by whatever stands before it in Express.
    ws: false,
    agent: new RefusingAgent(),
    plugins: [
      (proxyServer) => {
        assertPasses(proxyServer)
        const choose = (request: IncomingMessage, options: PassOptions, connection: string): void => {
          const { mapping, target } = matchedOf(request)
          options.agent = agents.get(mapping)
          options.headers = { ...options.headers, host: target.authority, connection }
        }
        proxyServer.before('web', 'stream', (request, _response, options) => {
          prepareRequest(request)
          choose(request, options, 'keep-alive')
        })
        proxyServer.before('ws', 'stream', (request, _socket, options) => {
          prepareUpgrade(request)
          choose(request, options, 'Upgrade')
        })
        proxyServer.on('proxyRes', (proxied, _request, response) => prepareResponse(proxied, response))
      },
    ],
    on: {
      error: (error, request, answer) => {
        const result = found.get(request)
        const mapping = result?.outcome === 'matched' ? result.mapping.name : null
        const reason = upstreamErrorOf(error)
        logger?.warn({ mapping, err: reason }, reason.message)
        refuse(answer, error instanceof MappingError ? error : proxyFailureOf(error))
      },
    },
  }
}

/** The host of `target` is what http-proxy connects to; it reads `path`, where there is one, as a folder for all paths. */
const targetOf = ({ protocol, host, port }: MappingTarget) => ({ protocol, host, port })

/** http-proxy makes `http://` of the first `http:/` in a path. */
const isRespelt = (path: string): boolean => /^[^?]*https?:\//.test(path)

const agentOf = ({ upstream }: Mapping): HttpAgent => upstream.context?.agent() ?? new HttpAgent({ keepAlive: true })

function assertPasses(proxyServer: object): asserts proxyServer is Passes {
  if ('before' in proxyServer && typeof proxyServer.before === 'function') return
  const fix = 'Give these options to createProxyMiddleware of http-proxy-middleware 3.'
  throw new ConfigurationError('ERR_CONFIG_TYPE', 'plugins', 'is given a server without passes', fix)
}

/** Takes the place of the agents that the plugin chooses by mapping: without it, connections would be made without our certificate. */
class RefusingAgent extends HttpsAgent {
  override createConnection(): never {
    const fix = 'Keep the plugin of httpProxyMiddlewareOptions: `plugins: [...options.plugins, yours]`.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', 'plugins', 'does not have the one that chooses the context', fix)
  }
}

/** Whether a request is an upgrade (Node says so on the message) for which nobody else listens. */
function isOnlyOurs(request: IncomingMessage): boolean {
  const server: unknown = Reflect.get(request.socket, 'server')
  return (
    Reflect.get(request, 'upgrade') === true && server instanceof EventEmitter && server.listenerCount('upgrade') === 1
  )
}

/** Of an upgrade: the socket, or what Node 26 puts in its place where a body was announced, which has not all of a socket's methods. */
const isStream = (answer: ServerResponse | Duplex): answer is Duplex => !('writeHead' in answer)

function refuse(
  answer: ServerResponse | Duplex,
  { statusCode, message }: { readonly statusCode: number; readonly message: string },
): void {
  if (isStream(answer)) {
    answer.on('error', () => {}) // Of a client that has gone: nobody else listens, and the process would end.
    answer.end(`HTTP/1.1 ${statusCode} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
      answer.destroy(),
    )
    return
  }
  if (answer.headersSent) answer.destroy()
  else answer.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
}
