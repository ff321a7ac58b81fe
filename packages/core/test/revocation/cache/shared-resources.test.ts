import { describe, expect, test } from 'vitest'
import type { KeyvStore } from '../../../src/revocation/cache/shared-store.ts'
import { FIRST, REVOKED, SECOND, setUp } from './keeping.ts'
import { HOUR, START, UNREACHABLE } from './published.ts'

/** Shared by all who have it, for as long as the test. */
function memoryStore() {
  const values = new Map<string, string>()
  const ttls: Array<number | undefined> = []
  const store: KeyvStore = {
    get: (key) => Promise.resolve(values.get(key)),
    set: (key, value, ttlMs) => {
      ttls.push(ttlMs)
      return Promise.resolve(values.set(key, value))
    },
  }
  return { store, values, ttls }
}

describe('a store that a fleet shares', () => {
  test('one process\u2019s answer serves all, read and verified by each', async () => {
    const { store, values, ttls } = memoryStore()
    const { create, list, events } = setUp({ store })
    await create().obtain(list.resource)
    for (let i = 0; i < 3; i++)
      expect(await create().obtain(list.resource)).toMatchObject({ kept: { content: 'first' } })
    expect(list.fetches()).toBe(1)
    expect(list.reads).toEqual(['network', 'store', 'store', 'store'])
    expect(events.map(({ kind }) => kind)).toEqual(['fetched', 'shared', 'shared', 'shared'])
    expect([...values.keys()]).toEqual([expect.stringMatching(/^clientcert:/)])
    // A day longer than it is fresh: what is revoked stays revoked for a process that starts when the network is gone.
    expect(ttls).toEqual([25 * HOUR])
  })

  test('failures are never shared, nor what reading refuses', async () => {
    const { store, values } = memoryStore()
    const { create, list } = setUp({ store })
    list.break(UNREACHABLE)
    await create().obtain(list.resource)
    list.break(null)
    list.publish({ ...FIRST, text: null })
    await create().obtain(list.resource)
    expect(values.size).toBe(0)
    list.publish(FIRST)
    expect(await create().obtain(list.resource)).toMatchObject({ kept: { content: 'first' } })
    expect(values.size).toBe(1)
  })

  test('what somebody else wrote into it is not believed, and overwritten', async () => {
    const { store, values } = memoryStore()
    const { create, list } = setUp({ store })
    await create().obtain(list.resource)
    const [key = '', good] = [...values][0] ?? []
    const forged = Buffer.from('{"text": 5}').toString('base64')
    for (const bad of ['garbage', '', `1 ${START} - ${forged}`]) {
      values.set(key, bad)
      expect(await create().obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
      expect(values.get(key)).toBe(good)
    }
    expect(list.fetches()).toBe(4)
  })

  test('an older answer in it does not take the place of a newer one in memory (replay)', async () => {
    const { store, values } = memoryStore()
    const { create, resources, list, advance } = setUp({ store })
    await create().obtain(list.resource)
    const [key = '', old = ''] = [...values][0] ?? []
    list.publish(REVOKED)
    advance(HOUR)
    await resources.obtain(list.resource)
    advance(3 * HOUR)
    values.set(key, old.replace(`${START}`, `${START + 4 * HOUR}`))
    list.break(UNREACHABLE)
    expect(await resources.obtain(list.resource)).toMatchObject({
      kept: { content: 'alice is revoked' },
      problem: UNREACHABLE,
    })
  })

  test('the first of a fleet that looks again serves the others', async () => {
    const { store } = memoryStore()
    const { create, list, advance } = setUp({ store })
    const fleet = [create(), create(), create()]
    for (const one of fleet) await one.obtain(list.resource)
    list.publish(SECOND)
    advance(HOUR)
    for (const one of fleet) expect(await one.obtain(list.resource)).toMatchObject({ kept: { content: 'second' } })
    expect(list.fetches()).toBe(2)
  })

  test('what is stale in it is given where there is nothing newer: a process that starts without a network knows who is revoked', async () => {
    const { store } = memoryStore()
    const { create, list, advance } = setUp({ store })
    list.publish(REVOKED)
    await create().obtain(list.resource)
    list.break(UNREACHABLE)
    advance(5 * HOUR)
    expect(await create().obtain(list.resource)).toMatchObject({
      kept: { content: 'alice is revoked' },
      problem: UNREACHABLE,
    })
  })

  test('one that fails is told once, and nobody is without an answer', async () => {
    const store: KeyvStore = {
      get: () => Promise.reject(new Error('down')),
      set: () => Promise.reject(new Error('down')),
    }
    const { create, list, events } = setUp({ store })
    const resources = create()
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    expect(events).toEqual([
      { kind: 'store', state: 'failed' },
      { kind: 'fetched', name: 'list' },
    ])
  })
})
