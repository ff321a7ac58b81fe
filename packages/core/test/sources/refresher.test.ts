/** What `trust/refresher.test.ts` does not show with stores: when a source is loaded again by itself, and by which way. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createRefresher, type Refreshable, type SourceEvent } from '../../src/sources/refresher.ts'

const START = Date.parse('2026-01-01T00:00:00Z')
const SECOND = 1_000
const DAY = 86_400_000

beforeEach(() => vi.useFakeTimers({ now: START }))
afterEach(() => vi.useRealTimers())

/** A source that counts its loads, each of which says what the test has put there. */
function open(source: Partial<Refreshable<string>> = {}) {
  const said = { content: 'one' as string | Error, loads: 0, reloads: 0 }
  const say = () => {
    if (said.content instanceof Error) throw said.content
    return said.content
  }
  const events: { event: SourceEvent; isChanged: boolean }[] = []
  const refresher = createRefresher<string>(
    {
      name: 'a source',
      load: () => {
        said.loads++
        return say()
      },
      reload: () => {
        said.reloads++
        return say()
      },
      isSame: (a, b) => a === b,
      ...source,
    },
    () => new Date(),
    (event, isChanged) => events.push({ event, isChanged }),
  )
  onTestFinished(refresher.close)
  return { refresher, said, events }
}

const at = (milliseconds: number) => new Date(START + milliseconds)

describe('a source that says when it is due', () => {
  test('is loaded again then, and says so before', async () => {
    const { refresher, said } = open({ dueAt: (_, now) => now + 60 * SECOND })
    await refresher.start()
    expect(refresher.status()).toMatchObject({ lastSuccess: at(0), nextRefresh: at(60 * SECOND) })
    await vi.advanceTimersByTimeAsync(59 * SECOND)
    expect(said.reloads).toBe(0)
    await vi.advanceTimersByTimeAsync(SECOND)
    expect(said.reloads).toBe(1)
    expect(refresher.status().nextRefresh).toEqual(at(120 * SECOND))
    await vi.advanceTimersByTimeAsync(180 * SECOND)
    expect(said.reloads).toBe(4)
  })

  test('by what was loaded last', async () => {
    const { refresher, said } = open({ dueAt: (content, now) => now + (content === 'one' ? 10 : 100) * SECOND })
    await refresher.start()
    said.content = 'two'
    await vi.advanceTimersByTimeAsync(10 * SECOND)
    expect(refresher.loaded()).toBe('two')
    expect(refresher.status().nextRefresh).toEqual(at(110 * SECOND))
  })

  test('though that is past, not more often than each second', async () => {
    const { refresher, said } = open({ dueAt: () => 0 })
    await refresher.start()
    await vi.advanceTimersByTimeAsync(10 * SECOND)
    expect(said.reloads).toBe(10)
  })

  test('in a month is looked at each day: a timer of Node counts to 25 days, and a longer one fires at once', async () => {
    const { refresher, said } = open({ dueAt: () => START + 30 * DAY })
    await refresher.start()
    await vi.advanceTimersByTimeAsync(DAY - 1)
    expect(said.reloads).toBe(0)
    await vi.advanceTimersByTimeAsync(2 * DAY)
    expect(said.reloads).toBe(2)
  })

  test('never is not loaded by itself', async () => {
    for (const source of [{}, { dueAt: () => null }]) {
      const { refresher, said } = open(source)
      await refresher.start()
      expect(refresher.status().nextRefresh).toBeNull()
      await vi.advanceTimersByTimeAsync(10 * DAY)
      expect(said.reloads).toBe(0)
    }
  })

  test('after close() is not loaded any more', async () => {
    const { refresher, said } = open({ dueAt: (_, now) => now + SECOND })
    await refresher.start()
    refresher.close()
    await vi.advanceTimersByTimeAsync(DAY)
    await refresher.refresh()
    expect(said.reloads).toBe(0)
  })
})

describe('a source with a way to load that does not stop the event loop', () => {
  test('is loaded by the other one at start, and by this one ever after', async () => {
    const { refresher, said } = open()
    await refresher.start()
    expect(said).toMatchObject({ loads: 1, reloads: 0 })
    await refresher.refresh()
    expect(said).toMatchObject({ loads: 1, reloads: 1 })
  })

  test('and without it, by the one that it has', async () => {
    let loads = 0
    const refresher = createRefresher<number>(
      { name: 'a source', load: () => ++loads, isSame: () => false },
      () => new Date(),
      () => {},
    )
    await refresher.start()
    await refresher.refresh()
    expect(loads).toBe(2)
  })
})

describe('a source that fails', () => {
  test('is tried again after 1, 2, 4 and at most 60 seconds, and keeps what it had', async () => {
    const { refresher, said, events } = open()
    await refresher.start()
    said.content = new Error('gone')
    await refresher.refresh()
    const delays: number[] = []
    for (let failure = 0; failure < 9; failure++) {
      const next = refresher.status().nextRefresh?.getTime() ?? 0
      delays.push((next - Date.now()) / SECOND)
      await vi.advanceTimersByTimeAsync(next - Date.now())
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(refresher.loaded()).toBe('one')
    expect(refresher.status()).toMatchObject({ lastSuccess: at(0), error: 'a source could not be loaded: gone' })
    expect(events.every(({ event, isChanged }) => event.outcome === 'kept-last-good' && !isChanged)).toBe(true)
  })

  test('and comes back is as before: its own time, and the first retry again after a second', async () => {
    const { refresher, said } = open({ dueAt: (_, now) => now + 60 * SECOND })
    await refresher.start()
    said.content = new Error('gone')
    await vi.advanceTimersByTimeAsync(61 * SECOND)
    said.content = 'two'
    await vi.advanceTimersByTimeAsync(2 * SECOND)
    expect(refresher.loaded()).toBe('two')
    expect(refresher.status()).toMatchObject({ error: null, nextRefresh: at(123 * SECOND) })
    said.content = new Error('gone again')
    await vi.advanceTimersByTimeAsync(60 * SECOND)
    expect(refresher.status().nextRefresh).toEqual(at(124 * SECOND))
  })
})

test('what is the same again is no change, and is told as loaded', async () => {
  const { refresher, said, events } = open()
  await refresher.start()
  await refresher.refresh()
  said.content = 'two'
  await refresher.refresh()
  expect(events.map(({ event, isChanged }) => [event.outcome, isChanged])).toEqual([
    ['loaded', false],
    ['loaded', true],
  ])
})
