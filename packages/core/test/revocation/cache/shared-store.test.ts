import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createSharedStore, type KeyvStore } from '../../../src/revocation/cache/shared-store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A store of one value that works, fails or hangs. */
function storeThat() {
  let behaviour: 'works' | 'rejects' | 'throws' | 'hangs' = 'works'
  let asked = 0
  const answer = (): Promise<unknown> => {
    asked++
    if (behaviour === 'throws') throw new Error('at once')
    if (behaviour === 'rejects') return Promise.reject(new Error('down'))
    return behaviour === 'hangs' ? new Promise(() => {}) : Promise.resolve('value')
  }
  const keyv: KeyvStore = { get: answer, set: answer }
  const states: string[] = []
  const store = createSharedStore(
    keyv,
    () => new Date(),
    (state) => states.push(state),
  )
  return {
    store,
    states,
    asked: () => asked,
    set: (next: typeof behaviour) => {
      behaviour = next
    },
  }
}

describe('a store that fails is as if it were not there', () => {
  test.each(['rejects', 'throws'] as const)(
    'one that %s gives nothing, and is left alone for five seconds',
    async (how) => {
      const { store, states, asked, set } = storeThat()
      expect(await store.read('a')).toBe('value')
      set(how)
      expect(await store.read('a')).toBeUndefined()
      expect(await store.read('a')).toBeUndefined()
      await store.write('a', 'b', 1)
      expect({ asked: asked(), states }).toEqual({ asked: 2, states: ['failed'] })
      set('works')
      vi.advanceTimersByTime(4_999)
      expect(await store.read('a')).toBeUndefined()
      vi.advanceTimersByTime(1)
      expect(await store.read('a')).toBe('value')
      expect({ asked: asked(), states }).toEqual({ asked: 3, states: ['failed', 'recovered'] })
    },
  )

  test('one that hangs gives nothing within half a second; then one operation tries it, and the others go on without', async () => {
    const { store, states, asked, set } = storeThat()
    set('hangs')
    const first = store.read('a')
    await vi.advanceTimersByTimeAsync(500)
    expect(await first).toBeUndefined()
    await vi.advanceTimersByTimeAsync(5_000)
    const probe = store.read('a')
    expect(await Promise.all([store.read('b'), store.read('c')])).toEqual([undefined, undefined])
    expect(asked()).toBe(2)
    await vi.advanceTimersByTimeAsync(500)
    expect(await probe).toBeUndefined()
    expect(states).toEqual(['failed'])
    set('works')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await store.read('a')).toBe('value')
    expect(await store.read('a')).toBe('value')
    expect(states).toEqual(['failed', 'recovered'])
  })

  test('a clock that is moved back does not keep it away', async () => {
    const { store, set } = storeThat()
    set('rejects')
    await store.read('a')
    set('works')
    vi.setSystemTime(Date.now() - 3_600_000)
    expect(await store.read('a')).toBe('value')
  })
})
