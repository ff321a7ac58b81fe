import { describe, expect, test } from 'vitest'
import { createEntries, type Entry } from '../../../src/revocation/cache/entries.ts'
import { published } from './published.ts'

const OVERHEAD = 1_024

function entry(name: string, bytes: number, askedAt = 0): Entry {
  const { resource } = published(name, { text: '', asOf: 0, freshUntil: 0 }, () => 0)
  const kept = { content: name, bytes, asOf: 0, freshUntil: 0, mayRevoke: true }
  return { resource: { ...resource, key: name }, kept, fetchedAt: 0, lifetime: { lookFrom: 0, askFrom: 0 }, askedAt }
}

const keysOf = (entries: Iterable<Entry>) => [...entries].map(({ resource: { key } }) => key)

describe('entries are bounded by the bytes that they take', () => {
  test('what was asked for longest ago goes first', () => {
    const entries = createEntries(3 * (100 + OVERHEAD))
    for (const name of ['a', 'b', 'c']) entries.put(entry(name, 100))
    entries.ask(entry('a', 100).resource, 7)
    expect(entries.put(entry('d', 100))).toBe(true)
    expect(keysOf(entries.all())).toEqual(['c', 'a', 'd'])
    expect(entries.peek('a')?.askedAt).toBe(7)
    expect(entries.peek('b')).toBeUndefined()
    // One that takes the room of two.
    entries.put(entry('e', 200 + OVERHEAD))
    expect(keysOf(entries.all())).toEqual(['d', 'e'])
  })

  test('an entry may take all of it, and one octet more is refused without a loss', () => {
    const entries = createEntries(1_000 + OVERHEAD)
    entries.put(entry('a', 0))
    expect(entries.put(entry('b', 1_001))).toBe(false)
    expect(keysOf(entries.all())).toEqual(['a'])
    expect(entries.put(entry('b', 1_000))).toBe(true)
    expect(keysOf(entries.all())).toEqual(['b'])
  })

  test('what takes the place of another gives its room back', () => {
    const entries = createEntries(2 * (100 + OVERHEAD))
    entries.put(entry('b', 100))
    for (let i = 0; i < 10; i++) entries.put(entry('a', 100))
    expect(keysOf(entries.all())).toEqual(['b', 'a'])
    entries.clear()
    expect(keysOf(entries.all())).toEqual([])
  })
})
