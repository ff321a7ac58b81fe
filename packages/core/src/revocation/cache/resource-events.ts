/** What is told about what is kept. */
import type { Kept, Problem } from './resource.ts'

/** Something newer has taken the place of what was kept, or is the first of its key. */
export interface ResourceChange {
  readonly key: string
  readonly name: string
  readonly kept: Kept<unknown>
  /** Null where nothing was kept. */
  readonly previous: Kept<unknown> | null
}

export type ResourceEvent =
  | { readonly kind: 'fetched' | 'shared'; readonly name: string }
  | { readonly kind: 'failed'; readonly name: string; readonly problem: Problem }
  /** The shared store does not answer, or does again. */
  | { readonly kind: 'store'; readonly state: 'failed' | 'recovered' }

/** Runs what the application or its logger does with an event: what it throws must not become somebody's missing answer. */
export function tell<Event>(listener: ((event: Event) => void) | undefined, event: Event): void {
  try {
    listener?.(event)
  } catch (thrown) {
    process.emitWarning(String(thrown), 'ClientCertWarning')
  }
}
