import { describe, expect, test } from 'vitest'
import { createSessionCache } from '../../src/server/session-cache.ts'

/** A certificate of so many octets, of which the first tells it from others, in a session that has nothing else. */
function entry(text: string, bytes = 3) {
  const certificate = Buffer.alloc(bytes, text)
  return { session: element(0x30, element(0xa3, certificate)), presented: [certificate] as const }
}

const element = (tag: number, content: Uint8Array) => {
  const { length } = content
  return Buffer.concat([Buffer.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff), content])
}

const textOf = (taken: { readonly presented: readonly Uint8Array[] } | undefined) =>
  taken && String.fromCharCode(taken.presented[0]?.[0] ?? 0)

describe('the cache of sessions', () => {
  test('hands each session out once (RFC 8446 appendix C.4)', () => {
    const cache = createSessionCache(2)
    cache.put('a', entry('1'))
    expect(textOf(cache.take('a'))).toBe('1')
    expect(cache.take('a')).toBeUndefined()
  })

  test('keeps the newest of a key, and each key by itself (CVE-2026-48934)', () => {
    const cache = createSessionCache(2)
    cache.put('a', entry('1'))
    cache.put('a', entry('2'))
    cache.put('b', entry('3'))
    expect(cache.take('A')).toBeUndefined()
    expect(textOf(cache.take('a'))).toBe('2')
    expect(textOf(cache.take('b'))).toBe('3')
  })

  test('keeps as many as it may, the least recently kept leaving first', () => {
    const cache = createSessionCache(2)
    for (const key of ['a', 'b', 'a', 'c']) cache.put(key, entry(key))
    expect(cache.take('b')).toBeUndefined()
    expect(cache.take('a')).toBeDefined()
    expect(cache.take('c')).toBeDefined()
  })

  test('keeps none where the limit is 0', () => {
    const cache = createSessionCache(0)
    cache.put('a', entry('1'))
    expect(cache.take('a')).toBeUndefined()
  })

  test('keeps 8 MiB at most, whatever servers present', () => {
    const cache = createSessionCache(10_000)
    const half = 512 * 1024 - 100 // A session holds what was presented once more.
    for (let index = 0; index < 9; index++) cache.put(`${index}`, entry('x', half))
    expect(cache.take('0')).toBeUndefined()
    for (let index = 1; index < 9; index++) expect(cache.take(`${index}`)).toBeDefined()
    cache.put('large', entry('x', 8 * half + 1_000))
    expect(cache.take('large')).toBeUndefined()
    // What has been taken no longer counts.
    for (let index = 0; index < 8; index++) cache.put(`${index}`, entry('x', half))
    for (let index = 0; index < 8; index++) expect(cache.take(`${index}`)).toBeDefined()
  })

  test('CVE-2026-48934: keeps no session with what another server presented, and forgets the one before it', () => {
    const cache = createSessionCache(2)
    cache.put('a', entry('1'))
    cache.put('a', { ...entry('1'), presented: entry('2').presented })
    expect(cache.take('a')).toBeUndefined()
    cache.put('a', { ...entry('1'), session: Buffer.from('a form that a later Node may have') })
    expect(cache.take('a')).toBeUndefined()
  })

  test('forgets one, and all', () => {
    const cache = createSessionCache(3)
    for (const key of ['a', 'b', 'c']) cache.put(key, entry(key))
    cache.drop('a')
    cache.drop('none')
    expect(cache.take('a')).toBeUndefined()
    expect(cache.take('b')).toBeDefined()
    cache.clear()
    expect(cache.take('c')).toBeUndefined()
  })
})
