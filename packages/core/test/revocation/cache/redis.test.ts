import { createKeyv } from '@keyv/redis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findRedis, REDIS_MISSING, type Redis, startRedis } from '../../../../../test/servers/redis.ts'
import { requireServer } from '../../../../../test/servers/requirement.ts'
import type { ResourceEvent } from '../../../src/revocation/cache/resource-events.ts'
import { createResources } from '../../../src/revocation/cache/resources.ts'
import { HOUR, MINUTE, movableClock, published, START } from './published.ts'

const FIRST = { text: 'first', asOf: START - MINUTE, freshUntil: START + HOUR }
const SECOND = { text: 'second', asOf: START, freshUntil: START + 2 * HOUR }

requireServer(findRedis(), REDIS_MISSING)

async function started(): Promise<Redis> {
  const redis = await startRedis(findRedis() ?? '')
  onTestFinished(redis.stop)
  return redis
}

/** Connections of its own, as a process would have. */
function fleetOf(redis: Redis, clock: () => Date) {
  const events: ResourceEvent[] = []
  const join = () => {
    const store = createKeyv(redis.url, { throwOnConnectError: false })
    store.on('error', () => {}) // Told by the events of the cache.
    const resources = createResources({
      maxBytes: 1_000_000,
      refreshMs: HOUR,
      store,
      clock,
      onEvent: (event) => events.push(event),
    })
    onTestFinished(async () => {
      resources.close()
      await store.disconnect().catch(() => {})
    })
    return resources
  }
  return { join, events }
}

describe('two processes and a real Redis', () => {
  test('the second one finds what the first one fetched', async () => {
    const redis = await started()
    const { clock, now } = movableClock()
    const { join, events } = fleetOf(redis, clock)
    const list = published('list', FIRST, now)
    const [one, other] = [join(), join()]
    expect(await one.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    expect(await other.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    expect(list.fetches()).toBe(1)
    expect(events.map(({ kind }) => kind)).toEqual(['fetched', 'shared'])
  })

  test('a value of nearly the largest size goes through it', async () => {
    const redis = await started()
    const { clock, now } = movableClock()
    const { join } = fleetOf(redis, clock)
    const text = 'a'.repeat(1_000_000)
    const list = published('list', { ...FIRST, text }, now)
    await join().obtain(list.resource)
    expect((await join().obtain(list.resource)).kept?.content).toBe(text)
    expect(list.fetches()).toBe(1)
  })

  test('with Redis stopped both still have an answer, and share again when it is back', async () => {
    const redis = await started()
    const { clock, now, advance } = movableClock()
    const { join, events } = fleetOf(redis, clock)
    const list = published('list', FIRST, now)
    const [one, other] = [join(), join()]
    await one.obtain(list.resource)
    await redis.stop()

    // From memory, and from the network.
    expect(await one.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    expect(await other.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    expect(list.fetches()).toBe(2)
    expect(events).toContainEqual({ kind: 'store', state: 'failed' })

    await redis.start()
    list.publish(SECOND)
    advance(HOUR)
    // Clients connect again by themselves, when they see fit; until then the network answers.
    for (let fetched = 0; !events.some((event) => event.kind === 'store' && event.state === 'recovered'); fetched++) {
      if (fetched > 100) throw new Error('it was never noticed that Redis is back')
      const probe = published(`probe ${fetched}`, SECOND, now)
      expect(await other.obtain(probe.resource)).toMatchObject({ kept: { content: 'second' }, problem: null })
      advance(6_000)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await other.obtain(list.resource)
    const third = join()
    expect(await third.obtain(list.resource)).toMatchObject({ kept: { content: 'second' }, problem: null })
    expect(list.fetches()).toBe(3)
  })

  test('with a Redis that accepts and never answers, nobody waits for it', async () => {
    const redis = await started()
    const { clock, now } = movableClock()
    const { join, events } = fleetOf(redis, clock)
    const warm = published('warm', FIRST, now)
    const one = join()
    await one.obtain(warm.resource)
    redis.freeze()
    const list = published('list', FIRST, now)
    expect(await one.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    expect(events.at(-2)).toEqual({ kind: 'store', state: 'failed' })
    redis.resume()
  })
})
