/** Targets as `new URL(request.url, base)` reads them, which is the very reader that applications use. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { targetHosts } from '../../src/hosts/target-hosts.ts'

describe('a target names', () => {
  test.each(['/', '/x', '/x//b.example/', '/?//b.example', '/@b.example', '/:b.example/x'])(
    'no host where it is a path: %s (RFC 3986 4.2)',
    (target) => expect(targetHosts(target, 'a.example')).toEqual([]),
  )

  test.each([
    '//b.example/x',
    '/\\b.example/x',
    '\\\\b.example',
    '///b.example',
    '//B.EXAMPLE.:443/',
    '//a.example@b.example/',
    '//b%2Eexample',
    '/\t/b.example',
    '\n//b.example',
    'https://b.example/',
    'ftp://b.example/',
  ])('the host that URL takes it for: %j', (target) => {
    expect(new Set(targetHosts(target, 'a.example'))).toEqual(new Set(['b.example']))
  })

  test('another host under one base than under the other, where it begins with a scheme', () => {
    expect(targetHosts('http:b.example', 'a.example')).toEqual(['b.example', 'a.example'])
    expect(targetHosts('https:b.example', 'a.example')).toEqual(['a.example', 'b.example'])
  })

  test.each(['//', '//[', '//b.example:99999/', 'mailto:b.example'])('none where URL finds none: %s', (target) => {
    expect(targetHosts(target, 'a.example')).toEqual([])
  })

  test('what is no name of a host as null', () => {
    expect(new Set(targetHosts('//-b.example/', 'a.example'))).toEqual(new Set([null]))
  })

  test.each(['a.example', '::1', null])("beside those of the target the request's own at most: %s", (host) => {
    const own = new Set(targetHosts('*', host))
    expect(own).toEqual(new Set([host ?? 'invalid']))
  })
})

test('whatever URL reads as another host than that of the request is found', () => {
  const pieces = [
    '/',
    '\\',
    '\t',
    '\n',
    ' ',
    ':',
    '@',
    '.',
    '?',
    '#',
    '%2e',
    '[',
    ']',
    'a',
    'b.example',
    'http',
    'https',
    '*',
  ]
  const targets = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(targets, fc.constantFrom('http', 'https'), (target, scheme) => {
      const base = `${scheme}://a.example`
      const read = URL.canParse(target, base) ? new URL(target, base).hostname : 'a.example'
      if (read === 'a.example' || read === '') return
      const found = targetHosts(target, 'a.example')
      expect(found.some((name) => name !== 'a.example')).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
