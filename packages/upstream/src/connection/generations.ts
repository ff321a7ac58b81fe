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
   * @throws For what OpenSSL does not take, and for authorities that nothing can be verified by. Then the old ones go on.
   */
  readonly adopt: (material: LoadedMaterial) => void
  readonly onRotation: (listener: () => void) => () => void
  /** Replaces the newest by none, and tells of it as of any other change. */
  readonly close: () => void
}

export function createGenerations(settings: GenerationSettings, connections: OpenConnections): Generations {
  const listeners = new Set<{ readonly listener: () => void }>()
  let newest: Generation | null = null
  let problem: string | null = null
  let number = 0

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

  return {
    newest: () => newest,
    problem: () => problem,
    rotations: () => Math.max(number - 1, 0),
    adopt: (material) => {
      let next: Generation
      try {
        next = createGeneration(number + 1, material, settings)
      } catch (error) {
        problem = `what was loaded cannot be used: ${error instanceof Error ? error.message : String(error)}`
        throw error
      }
      number = next.number
      problem = null
      replace(next)
    },
    onRotation: (listener) => {
      const entry = { listener } // One function may listen twice, and stop once.
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    close: () => {
      replace(null)
      listeners.clear()
    },
  }
}
