/** A cache with a clock that a test moves, something published, and what was told. */
import { onTestFinished } from 'vitest'
import type { ResourceChange, ResourceEvent } from '../../../src/revocation/cache/resource-events.ts'
import { createResources, type ResourcesSettings } from '../../../src/revocation/cache/resources.ts'
import { HOUR, MINUTE, movableClock, published, START } from './published.ts'

export const FIRST = { text: 'first', asOf: START - MINUTE, freshUntil: START + HOUR }
export const SECOND = { text: 'second', asOf: START, freshUntil: START + 2 * HOUR }
export const REVOKED = { text: 'alice is revoked', asOf: START + MINUTE, freshUntil: START + 3 * HOUR }

export function setUp(settings: Partial<ResourcesSettings> = {}) {
  const time = movableClock()
  const changes: ResourceChange[] = []
  const events: ResourceEvent[] = []
  const create = (more: Partial<ResourcesSettings> = {}) => {
    const resources = createResources({
      maxBytes: 1_000_000,
      refreshMs: Number.POSITIVE_INFINITY,
      store: null,
      clock: time.clock,
      random: () => 0,
      onChange: (change) => changes.push(change),
      onEvent: (event) => events.push(event),
      ...settings,
      ...more,
    })
    onTestFinished(resources.close)
    return resources
  }
  const list = published('list', FIRST, time.now)
  return { ...time, create, resources: create(), list, changes, events }
}

/** Lets everything that waits for nobody go on. */
export const settle = () => new Promise((resolve) => setImmediate(resolve))
