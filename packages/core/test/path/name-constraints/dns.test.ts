import { describe, expect, test } from 'vitest'
import { isDnsConstraint, isDnsName } from '../../../src/path/name-constraints/dns.ts'
import { under } from './constrained.ts'

describe('a dNSName under a permitted subtree (RFC 5280 4.2.1.10)', () => {
  test.each([
    ['the name itself', 'a.example', 'a.example'],
    ['a label more on the left', 'b.a.example', 'a.example'],
    ['labels more on the left', 'd.c.b.a.example', 'a.example'],
    ['another case', 'B.A.Example', 'a.eXAMPLE'],
    ['an underscore', '_svc.a.example', 'a.example'],
    ['a single label', 'localhost', 'localhost'],
    ['the empty subtree, which is every name', 'a.example', ''],
    ['a wildcard, all of whose names lie within', '*.a.example', 'a.example'],
  ])('is accepted: %s', (_, dns, permitted) => {
    expect(under({ permitted: { dns: permitted } }, { dns })).toBe('accepted')
  })

  test.each([
    ['another name', 'b.example', 'a.example'],
    ['the name above', 'example', 'a.example'],
    ['a name that ends with the same letters', 'bada.example', 'a.example'],
    ['a name that goes on after the subtree', 'a.example.evil', 'a.example'],
    ['a wildcard of which one name lies within', '*.example', 'a.example'],
  ])('is refused: %s', (_, dns, permitted) => {
    expect(under({ permitted: { dns: permitted } }, { dns })).toBe(`not-permitted: ${dns}`)
  })

  test('is accepted under any of several, and refused under none', () => {
    const permitted = { dns: ['a.example', 'b.example'] }
    expect(under({ permitted }, { dns: ['x.b.example', 'a.example'] })).toBe('accepted')
    expect(under({ permitted }, { dns: ['x.b.example', 'c.example'] })).toBe('not-permitted: c.example')
  })
})

describe('a dNSName under an excluded subtree (RFC 5280 4.2.1.10)', () => {
  test.each([
    ['another name', 'b.example', 'a.example'],
    ['the name above', 'example', 'a.example'],
    ['a name that ends with the same letters', 'bada.example', 'a.example'],
    ['a wildcard beside it', '*.b.example', 'a.example'],
    ['a wildcard of one label more', '*.example', 'b.a.example'],
  ])('is accepted: %s', (_, dns, excluded) => {
    expect(under({ excluded: { dns: excluded } }, { dns })).toBe('accepted')
  })

  test.each([
    ['the name itself', 'a.example', 'a.example'],
    ['a name below', 'b.a.example', 'a.example'],
    ['another case', 'B.A.EXAMPLE', 'a.example'],
    ['any name, by the empty subtree', 'a.example', ''],
    ['a wildcard below', '*.a.example', 'a.example'],
    ['a wildcard that stands for the excluded name too', '*.example', 'a.example'],
    ['a wildcard that stands for it in another case', '*.EXAMPLE', 'a.example'],
  ])('is refused: %s', (_, dns, excluded) => {
    expect(under({ excluded: { dns: excluded } }, { dns })).toBe(`excluded: ${dns}`)
  })

  test('is refused though it is permitted: excluded wins (RFC 5280 4.2.1.10)', () => {
    const constraints = { permitted: { dns: 'example' }, excluded: { dns: 'a.example' } }
    expect(under(constraints, { dns: 'b.example' })).toBe('accepted')
    expect(under(constraints, { dns: 'a.example' })).toBe('excluded: a.example')
  })
})

describe('a dNSName to which no constraint can be applied is refused, and accepted where there is none', () => {
  const ODD = [
    'a..example',
    '.a.example',
    'a.example.',
    '-a.example',
    'a-.example',
    'a b.example',
    'w*.a.example',
    'x.*.a.example',
    '*.*.a.example',
    '*',
    'https://a.example',
    'a.example:443',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}example`,
  ]

  test.each(ODD)('%s', (dns) => {
    expect(under({ permitted: { dns: '' } }, { dns })).toMatch(/^unreadable: /)
    expect(under({ excluded: { dns: 'z.example' } }, { dns })).toMatch(/^unreadable: /)
    expect(under({ permitted: { email: 'a.example' } }, { dns })).toBe('accepted')
    expect(isDnsName(dns)).toBe(false)
  })

  test('of 63 letters and of 253 is one still (RFC 1035 2.3.4)', () => {
    expect(isDnsName(`${'a'.repeat(63)}.example`)).toBe(true)
    expect(isDnsName(`${'a.'.repeat(126)}a`)).toBe(true)
    expect(isDnsName(`${'a.'.repeat(127)}a`)).toBe(false)
  })

  test.each(['.a.example', '*.a.example', 'a..example', 'a.example.', 'a b', ' '])(
    'nor can the constraint %j, which then permits nothing and excludes everything of its type',
    (constraint) => {
      expect(under({ permitted: { dns: [constraint, 'a.example'] } }, { dns: 'a.example' })).toBe(
        'unreadable: a.example',
      )
      expect(under({ excluded: { dns: constraint } }, { dns: 'z.example' })).toBe('unreadable: z.example')
      expect(under({ excluded: { dns: constraint } }, { email: 'a@a.example' })).toBe('accepted')
      expect(isDnsConstraint(constraint)).toBe(false)
    },
  )
})
