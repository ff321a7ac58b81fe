import { createAuthenticator } from '@clientcert/core'
import { startStopwatch } from '../../../clock.ts'
import type { Hunted } from './hunt.ts'

export interface Refused {
  readonly ms: number
  readonly code: string
}

/** As a server has one: with it, every refusal is explained as well. */
const logger = { info: () => {}, warn: () => {} }

/**
 * Creates what refuses one client again and again, and tells how long it took each time, and under which code: a hunt that is over early shows.
 *
 * From the call to its answer nothing waits for the outside, so the event loop stands still for all of it: promises that are ready are not a pause
 * of the work but a part of it.
 */
export function createRefusal({ name, input, trust, at }: Hunted): () => Promise<Refused> {
  const { verify } = createAuthenticator({ trust: { pem: trust }, clock: () => at, logger })
  return async () => {
    const elapsed = startStopwatch()
    const decision = await verify(input)
    const ms = elapsed() / 1e6
    if (decision.outcome === 'rejected') return { ms, code: decision.failure.code }
    throw new Error(`${name}: ${decision.outcome}, and it is here to be refused`)
  }
}
