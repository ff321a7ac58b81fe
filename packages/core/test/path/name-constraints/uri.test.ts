import { describe, expect, test } from 'vitest'
import { under } from './constrained.ts'

describe('a URI and a constraint on its host (RFC 5280 4.2.1.10)', () => {
  test.each([
    ['a host: itself', 'https://a.example/x', 'a.example', true],
    [
      'a host: whatever the scheme, user, port, path and query',
      'spiffe+x://user:p%40ss@A.example:8443/b.example?@c',
      'a.example',
      true,
    ],
    ['a host: a port that is left out', 'https://a.example:/', 'a.example', true],
    ['a host: nothing behind it', 'https://a.example', 'a.example', true],
    ['a host: a query behind it', 'https://a.example?b.example', 'a.example', true],
    ['a host: a fragment behind it', 'https://a.example#@b.example', 'a.example', true],
    ['a host: none below it', 'https://b.a.example/', 'a.example', false],
    ['a host: none that ends with it', 'https://bada.example/', 'a.example', false],
    ['a host: none of which it is the user', 'https://a.example@b.example/', 'a.example', false],
    ['a host: none of which it is the path', 'https://b.example/a.example', 'a.example', false],
    ['a domain: a host below', 'spiffe://b.a.example/ns', '.a.example', true],
    ['a domain: a host further below', 'spiffe://c.b.a.example/ns', '.A.EXAMPLE', true],
    ['a domain: not the host itself', 'spiffe://a.example/ns', '.a.example', false],
  ])('%s', (_, uri, constraint, isWithin) => {
    expect(under({ permitted: { uri: constraint } }, { uri })).toBe(isWithin ? 'accepted' : `not-permitted: ${uri}`)
    expect(under({ excluded: { uri: constraint } }, { uri })).toBe(isWithin ? `excluded: ${uri}` : 'accepted')
  })

  test.each([
    ['has no authority', 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    ['has an empty host', 'file:///etc/passwd'],
    ['has an IPv4 address', 'https://192.0.2.1/'],
    ['has an IPv6 address', 'https://[2001:db8::1]/'],
    ['has no scheme', '//a.example/'],
    ['has a wildcard', 'https://*.a.example/'],
    ['has a host that is none', 'https://a..example/'],
    ['has a port that is none', 'https://a.example:b/'],
    ['has a backslash, where a browser ends the host', 'https://b.example\\@a.example/'],
    ['has two @, where readers differ', 'https://b.example@c@a.example/'],
    ['has a space', 'https://b.example @a.example/'],
    ['has letters beyond those of a URI', 'https://{b}@a.example/'],
  ])('is refused where the URI %s', (_, uri) => {
    expect(under({ permitted: { uri: 'a.example' } }, { uri })).toMatch(/^unreadable: /)
    expect(under({ excluded: { uri: 'z.example' } }, { uri })).toMatch(/^unreadable: /)
    expect(under({ permitted: { dns: 'a.example' } }, { uri })).toBe('accepted')
  })

  test.each(['', '.', '*.example', 'https://a.example', 'a.example/', 'a..example'])(
    'is refused where the constraint is %j',
    (constraint) => {
      expect(under({ permitted: { uri: [constraint, 'a.example'] } }, { uri: 'https://a.example/' })).toMatch(
        /^unreadable/,
      )
      expect(under({ excluded: { uri: constraint } }, { uri: 'https://a.example/' })).toMatch(/^unreadable/)
    },
  )

  test('is read up to the end of the host, which 1,024 characters have to reach', () => {
    const permitted = { uri: 'a.example' }
    const uri = (before: number, after = '') =>
      `https://${'u'.repeat(before - 'https://@a.example'.length)}@a.example${after}`
    expect(under({ permitted }, { uri: uri(1_024) })).toBe('accepted')
    expect(under({ permitted }, { uri: uri(1_023, `/${'p'.repeat(5_000)}`) })).toBe('accepted')
    expect(under({ permitted }, { uri: uri(1_024, '/') })).toMatch(/^unreadable: /)
    // What a cut would make of it is permitted, what it says is not.
    expect(under({ permitted }, { uri: uri(1_024, '.b.example/') })).toMatch(/^unreadable: /)
  })
})
