import { describe, expect, test } from 'vitest'
import { createBackOff } from '../../../src/revocation/cache/back-off.ts'
import type { Problem } from '../../../src/revocation/cache/resource.ts'

const problem: Problem = { because: 'unreachable', detail: 'nobody there' }

describe('what failed is tried again a second later, then twice as late each time, at most a minute', () => {
  test('and at once where it has succeeded', () => {
    const backOff = createBackOff()
    let now = 0
    const waits = Array.from({ length: 8 }, () => {
      backOff.failed('a', problem, now)
      const failedAt = now
      while (backOff.problemAt('a', now) !== null) now += 1_000
      return now - failedAt
    })
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    expect(backOff.lastProblem('a')).toBe(problem)
    backOff.succeeded('a')
    expect(backOff.lastProblem('a')).toBeNull()
    backOff.failed('a', problem, now)
    expect(backOff.problemAt('a', now + 999)).toBe(problem)
    expect(backOff.problemAt('a', now + 1_000)).toBeNull()
  })

  test('a clock that was moved back holds up nothing', () => {
    const backOff = createBackOff()
    backOff.failed('a', problem, 1_000_000)
    expect(backOff.problemAt('a', 1_000_000)).toBe(problem)
    expect(backOff.problemAt('a', 999_999)).toBeNull()
  })

  test('ten thousand failures are remembered, and the oldest is forgotten for one more', () => {
    const backOff = createBackOff()
    for (let i = 0; i < 10_000; i++) backOff.failed(`${i}`, problem, 0)
    expect(backOff.problemAt('0', 0)).toBe(problem)
    backOff.failed('one more', problem, 0)
    expect(backOff.problemAt('0', 0)).toBeNull()
    expect(backOff.problemAt('1', 0)).toBe(problem)
    expect(backOff.problemAt('one more', 0)).toBe(problem)
  })
})
