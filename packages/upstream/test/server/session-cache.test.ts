import { describe, expect, test } from 'vitest'
import { createSessionCache } from '../../src/server/session-cache.ts'

const entry = (text: string, bytes = 3) => ({ session: Buffer.from(text), presented: [new Uint8Array(bytes)] as const })

describe('the cache of sessions', () => {
  test('hands each session out once (RFC 8446 appendix C.4)', () => {
    const cache = createSessionCache(2)
    cache.put('a', entry('one'))
    expect(cache.take('a')?.session.toString()).toBe('one')
    expect(cache.take('a')).toBeUndefined()
  })

  test('keeps the newest of a key, and each key by itself (CVE-2026-48934)', () => {
    const cache = createSessionCache(2)
    cache.put('a', entry('one'))
    cache.put('a', entry('two'))
    cache.put('b', entry('three'))
    expect(cache.take('A')).toBeUndefined()
    expect(cache.take('a')?.session.toString()).toBe('two')
    expect(cache.take('b')?.session.toString()).toBe('three')
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
    cache.put('a', entry('one'))
    expect(cache.take('a')).toBeUndefined()
  })

  test('keeps 8 MiB at most, whatever servers present', () => {
    const cache = createSessionCache(10_000)
    const mebibyte = 1024 * 1024
    for (let index = 0; index < 9; index++) cache.put(`${index}`, entry('', mebibyte - 2))
    expect(cache.take('0')).toBeUndefined()
    for (let index = 1; index < 9; index++) expect(cache.take(`${index}`)).toBeDefined()
    cache.put('large', entry('', 8 * mebibyte))
    expect(cache.take('large')).toBeUndefined()
    // What has been taken no longer counts.
    for (let index = 0; index < 8; index++) cache.put(`${index}`, entry('', mebibyte - 2))
    for (let index = 0; index < 8; index++) expect(cache.take(`${index}`)).toBeDefined()
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
