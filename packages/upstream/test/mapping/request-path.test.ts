import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_TARGET_LENGTH, readRequestTarget } from '../../src/mapping/request-path.ts'
import { hostileTargets } from './hostile-targets.ts'

const codeOf = (target: string): string | null => {
  const read = readRequestTarget(target)
  return read.ok ? null : read.code
}

describe('a request target is taken as it came, with its query apart', () => {
  test.each([
    ['/', '/', ''],
    ['/a/b', '/a/b', ''],
    ['/a/?u=1', '/a/', '?u=1'],
    ['/a?', '/a', '?'],
    ['/a?b?c', '/a', '?b?c'],
    ['/a..b/.c/...', '/a..b/.c/...', ''],
    ["/a;v=1/b:c@d!$&'()*+,=", "/a;v=1/b:c@d!$&'()*+,=", ''],
    ['/caf%C3%A9/%20%3F%23%25', '/caf%C3%A9/%20%3F%23%25', ''],
    // Only paths are looked up: a query is nobody's folder.
    ['/a?u=http://b/../c%2F%00\\', '/a', '?u=http://b/../c%2F%00\\'],
  ])('%s', (target, path, query) => {
    expect(readRequestTarget(target)).toEqual({ ok: true, path, query })
  })
})

describe('what servers read in different ways is refused', () => {
  test.each([
    ['ERR_MAPPING_FORM', '', 'a', '*', 'http://a/b', 'https://a', 'a:443', '?a', '%2Fa', '\\a'],
    [
      'ERR_MAPPING_CHARACTER',
      '/a b',
      '/a\tb',
      '/a\r\nb',
      '/\0',
      '/\x7f',
      '/\u00e9',
      '/\u20ac',
      '/a#b',
      '/a?b#c',
      '/a?\u00e9',
    ],
    ['ERR_MAPPING_SEPARATOR', '/a\\b', '/a%2Fb', '/a%2fb', '/a%5Cb', '/a%5cb', '/a%252Fb', '/a%25255cb', '/..%2f..'],
    [
      'ERR_MAPPING_ENCODING',
      '/%',
      '/%2',
      '/%zz',
      '/%u002e',
      '/%00',
      '/%0d%0a',
      '/%1F',
      '/%7f',
      '/%e9',
      '/%c0%ae',
      '/%c0%af',
      '/%ff',
    ],
    ['ERR_MAPPING_EMPTY_SEGMENT', '//', '//a', '//a.example/b', '/a//b', '/a/b//', '/a///b?c'],
    [
      'ERR_MAPPING_DOT_SEGMENT',
      '/.',
      '/..',
      '/./a',
      '/../a',
      '/a/.',
      '/a/..',
      '/a/../b',
      '/%2e',
      '/%2E%2e/a',
      '/.%2e/a',
      '/a/%2e./b',
      '/a/..?b',
      '/%252e%252e/a',
      '/a/..;/b',
      '/a/..;v=1/b',
      '/a/.;',
      '/a/..%3b/b',
      '/a/%2e%2e%3B/b',
    ],
  ])('%s', (code, ...targets) => {
    expect(targets.map((target) => [target, codeOf(target)])).toEqual(targets.map((target) => [target, code]))
  })

  test('a target of the greatest length is read, and one longer by one is refused (RFC 9110 4.1)', () => {
    const longest = `/${'a'.repeat(MAX_TARGET_LENGTH - 1)}`
    expect(codeOf(longest)).toBeNull()
    expect(codeOf(`${longest}a`)).toBe('ERR_MAPPING_LENGTH')
  })
})

describe('of a target that is taken', () => {
  test('URL finds nothing to resolve in the path, and no other host', () => {
    fc.assert(
      fc.property(hostileTargets, (target) => {
        const read = readRequestTarget(target)
        fc.pre(read.ok)
        const { pathname, host } = new URL(read.path, 'http://upstream.example')
        expect([pathname, host]).toEqual([read.path, 'upstream.example'])
      }),
      { numRuns: 2_000 },
    )
  })

  test('the path has no dot segment, empty segment, backslash or control character, however often it is decoded', () => {
    fc.assert(
      fc.property(hostileTargets, (target) => {
        const read = readRequestTarget(target)
        fc.pre(read.ok)
        for (let path = read.path, next = ''; path !== next; path = next) {
          const segments = path.slice(1).split('/')
          expect(segments.filter((segment) => /^\.{1,2}(;|$)/.test(segment))).toEqual([])
          expect(segments.slice(0, -1)).not.toContain('')
          expect(path).not.toContain('\\')
          next = decodedOnce(path)
          expect(next.split('/')).toHaveLength(segments.length + 1)
          if (next === path) break
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

function decodedOnce(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

test('no text makes it throw', () => {
  for (const unit of ['%25', '/%25', '/.', '/..;', '%2', '/%2525', ';%3b']) {
    const target = `/${unit.repeat(MAX_TARGET_LENGTH)}`.slice(0, MAX_TARGET_LENGTH)
    expect(() => readRequestTarget(target)).not.toThrow()
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof readRequestTarget(text).ok === 'boolean'))
})
