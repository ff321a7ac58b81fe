import { describe, expect, test } from 'vitest'
import { LEAST_FRESH_MS, lifetimeOf } from '../../../src/revocation/cache/lifetime.ts'

const fetchedAt = 1_000_000
const of = (freshForMs: number | null, freshForever: number, random = 0) =>
  lifetimeOf({ fetchedAt, freshForMs, freshUntil: fetchedAt + freshForever }, random)

describe('HTTP says when to look, nextUpdate says what is stale', () => {
  test('the earlier of the two is when whoever asks waits', () => {
    expect(of(100_000, 200_000).askFrom).toBe(fetchedAt + 100_000)
    expect(of(200_000, 100_000).askFrom).toBe(fetchedAt + 100_000)
    expect(of(null, 100_000).askFrom).toBe(fetchedAt + 100_000)
  })

  test('no-cache is a minute: not every connection asks the responder', () => {
    expect(of(0, 3_600_000).askFrom).toBe(fetchedAt + LEAST_FRESH_MS)
    expect(of(0, 10_000).askFrom).toBe(fetchedAt + 10_000)
  })

  test('it is looked for in the last quarter of the time, at a random place', () => {
    expect(of(null, 100_000, 0).lookFrom).toBe(fetchedAt + 75_000)
    expect(of(null, 100_000, 0.5).lookFrom).toBe(fetchedAt + 85_000)
    expect(of(null, 100_000, 1).lookFrom).toBe(fetchedAt + 95_000)
  })

  test('what was stale when it came is looked for at once', () => {
    expect(of(null, -5_000, 1)).toEqual({ lookFrom: fetchedAt, askFrom: fetchedAt - 5_000 })
  })
})
