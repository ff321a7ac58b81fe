import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { FIRST, REVOKED, SECOND, settle, setUp } from './keeping.ts'
import { HOUR, MINUTE, published, START, UNREACHABLE } from './published.ts'

describe('what is fresh is fetched once', () => {
  test('however many ask at once, and however often', async () => {
    const { resources, list, advance } = setUp()
    const release = list.hold()
    const asked = Array.from({ length: 50 }, () => resources.obtain(list.resource))
    release()
    for (const obtained of await Promise.all(asked)) {
      expect(obtained).toEqual({
        kept: { content: 'first', bytes: 100, mayRevoke: true, ...times(FIRST) },
        problem: null,
      })
    }
    advance(44 * MINUTE)
    expect((await resources.obtain(list.resource)).problem).toBeNull()
    expect(list.fetches()).toBe(1)
  })

  test('two resources are two', async () => {
    const { resources, list, now } = setUp()
    const other = published('other', SECOND, now)
    const [a, b] = await Promise.all([resources.obtain(list.resource), resources.obtain(other.resource)])
    expect([a.kept?.content, b.kept?.content]).toEqual(['first', 'second'])
  })
})

test('what was fetched ahead of the clock is looked for again when the clock has been set right', async () => {
  const { resources, list, advance } = setUp()
  await resources.obtain(list.resource)
  list.publish(SECOND)
  advance(-30 * MINUTE)
  expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' } })
  await vi.waitFor(async () => {
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'second' }, problem: null })
  })
  expect(list.fetches()).toBe(2)
})

describe('it is looked for again before it runs out', () => {
  test('in the background, while what is kept serves', async () => {
    const { resources, list, advance } = setUp()
    await resources.obtain(list.resource)
    list.publish(SECOND)
    const release = list.hold()
    advance(46 * MINUTE)
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    release()
    await vi.waitFor(async () => {
      expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'second' }, problem: null })
    })
    expect(list.fetches()).toBe(2)
  })

  test('earlier, where HTTP says so: there may be something newer long before nextUpdate', async () => {
    const { resources, list, advance } = setUp()
    list.publish(FIRST, 10 * MINUTE)
    await resources.obtain(list.resource)
    advance(7 * MINUTE)
    await resources.obtain(list.resource)
    expect(list.fetches()).toBe(1)
    list.publish(REVOKED)
    advance(4 * MINUTE)
    expect(await resources.obtain(list.resource)).toMatchObject({
      kept: { content: 'alice is revoked' },
      problem: null,
    })
  })

  test('in the background too where it is older than `refreshMs`, by whoever asks', async () => {
    const { resources, list, advance } = setUp({ refreshMs: 10 * MINUTE })
    await resources.obtain(list.resource)
    list.publish(REVOKED)
    advance(10 * MINUTE - 1)
    await resources.obtain(list.resource)
    await settle()
    expect(list.fetches()).toBe(1)
    advance(1)
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    await settle()
    expect(await resources.obtain(list.resource)).toMatchObject({
      kept: { content: 'alice is revoked' },
      problem: null,
    })
    expect(list.fetches()).toBe(2)
  })

  test('and after twice that time whoever asks waits for it: nobody has looked in a while', async () => {
    const { resources, list, advance } = setUp({ refreshMs: 10 * MINUTE })
    await resources.obtain(list.resource)
    list.publish(REVOKED)
    advance(20 * MINUTE)
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'alice is revoked' } })
  })

  test('whoever asks when it is stale waits for what is newer', async () => {
    const { resources, list, advance } = setUp()
    await resources.obtain(list.resource)
    list.publish(SECOND)
    advance(HOUR)
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'second' }, problem: null })
  })
})

describe('a failure is never an answer (Kong 3.4: "should not cache the network failure when doing revocation check")', () => {
  test('nobody there: nothing is kept, and the next attempt is put off, a second first', async () => {
    const { resources, list, advance } = setUp()
    list.break(UNREACHABLE)
    expect(await resources.obtain(list.resource)).toEqual({ kept: null, problem: UNREACHABLE })
    advance(999)
    list.break(null)
    expect(await resources.obtain(list.resource)).toEqual({ kept: null, problem: UNREACHABLE })
    expect(list.fetches()).toBe(1)
    advance(1)
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
  })

  test('while what is kept is fresh it serves, and nobody waits for a host that hangs', async () => {
    const { resources, list, advance } = setUp()
    list.publish(FIRST, 10 * MINUTE)
    await resources.obtain(list.resource)
    list.break(UNREACHABLE)
    advance(10 * MINUTE)
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: UNREACHABLE })
    advance(5_000)
    list.hold()
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: UNREACHABLE })
    await settle()
    expect(list.fetches()).toBe(3)
  })

  test('what is stale is given with the reason why there is nothing newer: it still says who is revoked', async () => {
    const { resources, list, advance } = setUp()
    list.publish(REVOKED)
    await resources.obtain(list.resource)
    list.break({ because: 'timeout', detail: 'no answer within 30000 ms' })
    advance(24 * HOUR)
    const obtained = await resources.obtain(list.resource)
    expect(obtained).toMatchObject({ kept: { content: 'alice is revoked' }, problem: { because: 'timeout' } })
    expect(await resources.obtain(list.resource)).toEqual(obtained)
    expect(list.fetches()).toBe(2)
  })

  test('what reading refuses is not kept, and what was kept before is', async () => {
    const { resources, list, advance } = setUp()
    await resources.obtain(list.resource)
    list.publish({ ...SECOND, text: null })
    advance(HOUR)
    const problem = { because: 'wrong-signer', detail: 'not signed' }
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem })
  })

  test('what is stale when it comes is kept for what it revokes, and not asked for by every request', async () => {
    const { resources, list } = setUp()
    list.publish({ ...REVOKED, freshUntil: START - 1 })
    for (let i = 0; i < 3; i++) {
      expect(await resources.obtain(list.resource)).toMatchObject({
        kept: { content: 'alice is revoked' },
        problem: { because: 'stale' },
      })
    }
    expect(list.fetches()).toBe(1)
  })

  test('what throws where it is read is no answer either', async () => {
    const { resources, list } = setUp()
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const broken = { ...list.resource, read: () => Promise.reject(new Error('a mistake')) }
    expect(await resources.obtain(broken)).toMatchObject({ kept: null, problem: { because: 'malformed' } })
    expect(warned).toHaveBeenCalledWith('Error: a mistake', 'ClientCertWarning')
  })
})

describe('an older answer never takes the place of a newer one (replay)', () => {
  test('from the network', async () => {
    const { resources, list, advance, changes } = setUp()
    list.publish(REVOKED)
    await resources.obtain(list.resource)
    list.publish({ ...FIRST, freshUntil: START + 24 * HOUR })
    advance(4 * HOUR)
    expect(await resources.obtain(list.resource)).toMatchObject({
      kept: { content: 'alice is revoked' },
      problem: { because: 'stale', detail: expect.stringContaining('older') as string },
    })
    expect(changes).toHaveLength(1)
  })

  test('one of the same second may: it is the later one', async () => {
    const { resources, list, advance } = setUp()
    await resources.obtain(list.resource)
    list.publish({ ...FIRST, text: 'alice is revoked', bytes: 110 })
    advance(46 * MINUTE)
    await resources.obtain(list.resource)
    await settle()
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'alice is revoked' } })
  })
})

describe('what changes is told', () => {
  test('with what was there before; what is the same is not', async () => {
    const { resources, list, advance, changes } = setUp()
    await resources.obtain(list.resource)
    expect(changes).toMatchObject([{ key: 'test list', name: 'list', kept: { content: 'first' }, previous: null }])
    advance(HOUR)
    await resources.obtain(list.resource)
    expect(changes).toHaveLength(1)
    list.publish(REVOKED)
    advance(MINUTE)
    await resources.obtain(list.resource)
    expect(changes[1]).toMatchObject({ kept: { content: 'alice is revoked' }, previous: { content: 'first' } })
  })

  test('a listener that throws costs nobody an answer', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const onEvent = () => {
      throw new Error('a logger')
    }
    const { resources, list } = setUp({ onChange: onEvent, onEvent })
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: { content: 'first' }, problem: null })
    expect(warned).toHaveBeenCalledTimes(2)
  })
})

describe('memory is bounded', () => {
  test('what is too large for all of it is no answer, rather than fetched for every request', async () => {
    const { resources, list } = setUp({ maxBytes: 10_000 })
    list.publish({ ...FIRST, bytes: 10_000 })
    for (let i = 0; i < 2; i++) {
      expect(await resources.obtain(list.resource)).toMatchObject({ kept: null, problem: { because: 'too-large' } })
    }
    expect(list.fetches()).toBe(1)
  })

  test('what was asked for longest ago is fetched again', async () => {
    const { resources, list, now } = setUp({ maxBytes: 5_000 })
    await resources.obtain(list.resource)
    const others = Array.from({ length: 4 }, (_, index) => published(`${index}`, FIRST, now))
    for (const other of others) await resources.obtain(other.resource)
    await resources.obtain(list.resource)
    expect(list.fetches()).toBe(2)
  })
})

describe('what is in use is followed by a timer: its certificate may be revoked while its connection is open', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const advanceBoth = async (advance: (ms: number) => void, milliseconds: number) => {
    advance(milliseconds)
    await vi.advanceTimersByTimeAsync(5_000)
  }

  test('without anybody asking', async () => {
    const { resources, list, advance, changes } = setUp()
    await resources.obtain(list.resource)
    list.publish(REVOKED)
    await advanceBoth(advance, 44 * MINUTE)
    expect(changes).toHaveLength(1)
    await advanceBoth(advance, 2 * MINUTE)
    expect(changes[1]).toMatchObject({ kept: { content: 'alice is revoked' } })
  })

  test('for a day after somebody asked', async () => {
    const { resources, list, advance } = setUp()
    list.publish({ ...FIRST, freshUntil: START + 240 * HOUR }, HOUR)
    await resources.obtain(list.resource)
    for (let hour = 0; hour < 40; hour++) await advanceBoth(advance, HOUR)
    expect(list.fetches()).toBe(1 + 24)
  })

  test('four at a time, and all in the end; what fails is put off', async () => {
    const { resources, advance, now } = setUp()
    const lists = Array.from({ length: 10 }, (_, index) => published(`${index}`, FIRST, now))
    for (const list of lists) await resources.obtain(list.resource)
    const releases = lists.map((list) => list.hold())
    for (const list of lists) list.publish(SECOND)
    await advanceBoth(advance, 50 * MINUTE)
    expect(lists.map((list) => list.fetches())).toEqual([2, 2, 2, 2, 1, 1, 1, 1, 1, 1])
    lists[4]?.break(UNREACHABLE)
    for (const release of releases) release()
    await vi.advanceTimersByTimeAsync(0)
    expect(lists.map((list) => list.fetches())).toEqual(new Array(10).fill(2))
  })

  test('until it is closed', async () => {
    const { resources, list, advance } = setUp()
    await resources.obtain(list.resource)
    resources.close()
    await advanceBoth(advance, 50 * MINUTE)
    expect(list.fetches()).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    expect(await resources.obtain(list.resource)).toMatchObject({ kept: null, problem: { because: 'unreachable' } })
  })
})

describe('closed while a fetch is under way', () => {
  test('what it brings is not kept', async () => {
    const { resources, list, changes } = setUp()
    const release = list.hold()
    const asked = resources.obtain(list.resource)
    await settle()
    resources.close()
    release()
    expect(await asked).toMatchObject({ kept: null, problem: { detail: 'the cache was closed' } })
    expect(changes).toEqual([])
  })
})

const times = ({ asOf, freshUntil }: { asOf: number; freshUntil: number }) => ({ asOf, freshUntil })
