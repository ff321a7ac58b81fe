import type { TlsContext } from '../tls-context.ts'
import type { MappingFailure } from './failures.ts'

/** The server that a mapping leads to. */
export interface Upstream {
  readonly protocol: 'http:' | 'https:'
  /** A DNS name or an IP address, without brackets: what is connected to, sent as SNI, and by default expected in the certificate. */
  readonly host: string
  readonly port: number
  /** Without the port where it is that of the protocol. */
  readonly origin: string
  /** What the Host header says: `hostRewrite`, else the host and port of `origin`. Never what the client sent. */
  readonly authority: string
  /** By which to connect; null for http. */
  readonly context: TlsContext | null
}

/** Where one request goes. */
export interface MappingTarget extends Upstream {
  /** The rewritten path, with the query as it came. */
  readonly path: string
}

/** What the mappings say of a request target. */
export type MatchResult =
  | { readonly outcome: 'matched'; readonly mapping: Mapping; readonly target: MappingTarget }
  /** No mapping has a prefix of it. */
  | { readonly outcome: 'unmatched' }
  /** It is none that may be looked up or forwarded. */
  | { readonly outcome: 'refused'; readonly failure: MappingFailure }

/** One of Ambassador's mappings, resolved. Frozen. */
export interface Mapping {
  readonly name: string
  readonly prefix: string
  /** What replaces `prefix`; empty where nothing does. */
  readonly rewrite: string
  readonly upstream: Upstream
  /** Like that of the mappings that it is one of; `unmatched` where the request target is another's of them. */
  readonly match: (requestTarget: string) => MatchResult
}

/** Mappings that belong together: of each path, the one with the longest prefix is it. Made by `createMappings`. */
export interface Mappings {
  /** In the order in which they were given. */
  readonly all: readonly Mapping[]
  /**
   * Says where a request goes.
   *
   * A prefix is matched literally against the path, without the query, as Envoy does: `/productpage/` does not match `/productpage`, and `/a` matches `/ab`.
   *
   * @param requestTarget - Of the request line: `request.url` of Node. Untrusted.
   */
  readonly match: (requestTarget: string) => MatchResult
  /** Closes what was made here: the context of services that are `https://` without one. The contexts that were given are yours to close. */
  readonly close: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}
