import type { LoadedMaterial } from '../material/material.ts'
import type { ServerVerifier } from '../server/verify-server.ts'

/** What of a material servers are verified by. */
export type Authorities = Pick<LoadedMaterial, 'authorities' | 'authoritiesFrom'>

/** One verifier for each set of authorities that is in use: certificates rotate daily, and what they are verified by hardly ever. */
export interface Verifiers {
  /** @throws {ConfigurationError} For authorities that nothing can be verified by. */
  readonly hold: (by: Authorities) => HeldVerifier
}

export interface HeldVerifier {
  readonly verifier: ServerVerifier
  /** The last to release it closes it. */
  readonly release: () => void
}

export function createVerifiers(create: (by: Authorities) => ServerVerifier): Verifiers {
  const held = new Map<string, { readonly verifier: ServerVerifier; holders: number }>()
  return {
    hold: ({ authorities, authoritiesFrom }) => {
      const key = [authoritiesFrom, ...authorities].join('\n')
      const shared = held.get(key) ?? { verifier: create({ authorities, authoritiesFrom }), holders: 0 }
      held.set(key, shared)
      shared.holders++
      let isReleased = false
      return {
        verifier: shared.verifier,
        release: () => {
          if (isReleased) return
          isReleased = true
          shared.holders--
          if (shared.holders > 0) return
          held.delete(key)
          shared.verifier.close()
        },
      }
    },
  }
}
