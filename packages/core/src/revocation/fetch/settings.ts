/** What fetching is bounded by, resolved. */
import type { SecureContext } from 'node:tls'
import type { HttpProxy } from './proxy.ts'
import type { Lookup } from './resolve.ts'
import type { Allowed } from './target.ts'

export interface FetchSettings extends Allowed {
  /** For everything: waiting, resolving, connecting, redirects, the last octet. */
  readonly timeoutMs: number
  /** Who carries requests of either scheme; null for nobody. */
  readonly proxy: { readonly http: HttpProxy | null; readonly https: HttpProxy | null }
  readonly tls: SecureContext
  readonly lookup: Lookup
  readonly clock: () => Date
  /** Aborted when nothing is wanted any more; what is under way ends then. */
  readonly signal: AbortSignal
}
