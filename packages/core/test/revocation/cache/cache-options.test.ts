import { Keyv } from 'keyv'
import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../../src/configuration-error.ts'
import { DEFAULT_CACHE_BYTES, NO_CACHE_OPTIONS, readCacheOptions } from '../../../src/revocation/cache/cache-options.ts'

const read = (value: unknown) => readCacheOptions(value, 'revocation.cache')

describe('revocation.cache', () => {
  test('has a default, and takes a Keyv or anything of its shape', () => {
    expect(read({})).toEqual(NO_CACHE_OPTIONS)
    expect(NO_CACHE_OPTIONS).toEqual({ maxBytes: DEFAULT_CACHE_BYTES, store: null })
    const keyv = new Keyv()
    expect(read({ store: keyv }).store).toBe(keyv)
    const own = { get: () => Promise.resolve(1), set: () => Promise.resolve(2) }
    expect(read({ maxBytes: 1_048_576, store: own })).toEqual({ maxBytes: 1_048_576, store: own })
  })

  test.each([
    ['no object', null, '', 'ERR_CONFIG_TYPE'],
    ['an unknown name', { size: 1 }, '.size', 'ERR_CONFIG_UNKNOWN_OPTION'],
    ['too little', { maxBytes: 1_048_575 }, '.maxBytes', 'ERR_CONFIG_RANGE'],
    ['too much', { maxBytes: 16 * 1024 ** 3 + 1 }, '.maxBytes', 'ERR_CONFIG_RANGE'],
    ['a URL', { store: 'redis://localhost' }, '.store', 'ERR_CONFIG_TYPE'],
    ['a store without set', { store: { get: () => 1 } }, '.store', 'ERR_CONFIG_TYPE'],
    ['no store', { store: null }, '.store', 'ERR_CONFIG_TYPE'],
  ])('%s is a mistake', (_what, value, option, code) => {
    expect(() => read(value)).toThrow(ConfigurationError)
    expect(() => read(value)).toThrow(expect.objectContaining({ option: `revocation.cache${option}`, code }))
  })

  test('what is in a store is not repeated: it may be a password', () => {
    expect(() => read({ store: 'redis://:secret@redis.internal' })).toThrow(/^(?!.*secret)/)
  })
})
