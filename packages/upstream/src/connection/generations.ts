/** The newest material, made ready for connections, and the way from one to the next. */
import type { LoadedMaterial } from '../material/material.ts'
import { createGeneration, type Generation, type GenerationSettings } from './generation.ts'
import type { OpenConnections } from './open-connections.ts'

export interface Generations {
  /** Null before there was any, and once closed. */
  readonly newest: () => Generation | null
  /** Why the newest material is not in use; null where it is. */
  readonly problem: () => string | null
  /** How often one was replaced. */
  readonly rotations: () => number
  /**
   * Takes new material into use: new connections have it from now on, and the old ones their grace period.
   *
   * @throws For what OpenSSL does not take, for authorities that nothing can be verified by, and where a CRL cannot be read. Then the old ones go on, and it is
   *   tried again by itself: material that was loaded is not loaded anew, so that a CRL that was away for a moment would have an old authority trusted for good.
   */
  readonly adopt: (material: LoadedMaterial) => void
  /** Tries at once what could not be taken into use, where there is such. */
  readonly retry: () => void
  readonly onRotation: (listener: () => void) => () => void
  /** Replaces the newest by none, and tells of it as of any other change. */
  readonly close: () => void
}

/** As a source that fails is tried again: after a second, then twice as long each time, at most a minute. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 60_000

/** @param onAdopted - Told of material in use, after all else that follows it. */
export function createGenerations(
  settings: GenerationSettings,
  connections: OpenConnections,
  onAdopted: (generation: Generation) => void,
): Generations {
  const listeners = new Set<{ readonly listener: () => void }>()
  let newest: Generation | null = null
  let problem: string | null = null
  let number = 0
  let waiting: LoadedMaterial | null = null
  let failures = 0
  let timer: NodeJS.Timeout | undefined

  const replace = (next: Generation | null): void => {
    const previous = newest
    newest = next
    if (!previous) return
    connections.retire(previous)
    for (const { listener } of [...listeners]) {
      try {
        listener()
      } catch (thrown) {
        process.emitWarning(String(thrown), 'ClientCertWarning') // The others are to be told all the same.
      }
    }
  }

  const settle = (): void => {
    clearTimeout(timer)
    waiting = null
    failures = 0
  }

  const adopt = (material: LoadedMaterial): void => {
    if (material !== waiting) settle()
    let next: Generation
    try {
      next = createGeneration(number + 1, material, settings)
    } catch (error) {
      problem = `what was loaded cannot be used: ${error instanceof Error ? error.message : String(error)}`
      waiting = material
      clearTimeout(timer)
      timer = setTimeout(retry, Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++)).unref()
      throw error
    }
    settle()
    number = next.number
    problem = null
    replace(next)
    onAdopted(next)
  }

  /** What is wrong is said in `problem`, and was when it was first tried. */
  const retry = (): void => {
    if (waiting === null) return
    try {
      adopt(waiting)
    } catch {}
  }

  return {
    newest: () => newest,
    problem: () => problem,
    rotations: () => Math.max(number - 1, 0),
    adopt,
    retry,
    onRotation: (listener) => {
      const entry = { listener } // One function may listen twice, and stop once.
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    close: () => {
      settle()
      replace(null)
      listeners.clear()
    },
  }
}
