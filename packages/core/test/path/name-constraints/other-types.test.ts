import { der, type GeneralNamesInput } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { under } from './constrained.ts'

const upn = der.string('alice@a.example', 'utf8')
const OTHERS: readonly [string, GeneralNamesInput][] = [
  ['otherName', { otherName: { type: '1.3.6.1.4.1.311.20.2.3', value: upn } }],
  ['registeredID', { rid: '1.2.3' }],
  ['x400Address', { raw: der.explicit(3, der.sequence()) }],
  ['ediPartyName', { raw: der.explicit(5, der.explicit(1, upn)) }],
]

describe('a constraint on a type that has no rule of comparison (RFC 5280 4.2.1.10: process it or reject)', () => {
  test.each(OTHERS)('refuses every %s, permitted or excluded, and nothing else', (_, name) => {
    expect(under({ permitted: name }, name)).toMatch(/^unreadable/)
    expect(under({ excluded: name }, name)).toMatch(/^unreadable/)
    expect(under({ permitted: name, excluded: name }, { dns: 'a.example', email: 'a@a.example' })).toBe('accepted')
  })

  test.each(OTHERS)('and constraints on other types concern no %s', (_, name) => {
    expect(
      under({ permitted: { dns: 'a.example', email: 'a.example', uri: 'a.example', ip: '192.0.2.0/24' } }, name),
    ).toBe('accepted')
  })
})

describe('a constraint on one type says nothing of another (RFC 5280 4.2.1.10)', () => {
  test.each<[string, GeneralNamesInput]>([
    ['a mailbox is no host', { email: 'a@z.example' }],
    ['a URI is no host', { uri: 'https://z.example/' }],
    ['an address is no host', { ip: '192.0.2.1' }],
  ])('%s', (_, names) => {
    expect(under({ permitted: { dns: 'a.example' } }, { san: names })).toBe('accepted')
    expect(under({ permitted: { dns: 'a.example' } }, { san: { ...names, dns: 'z.example' } })).toBe(
      'not-permitted: z.example',
    )
  })

  test('and a certificate without alternative names has none to refuse', () => {
    expect(under({ permitted: { dns: 'a.example' } }, { san: null })).toBe('accepted')
  })

  test('and the common name is no host, whatever it reads like (RFC 9525 2)', () => {
    expect(under({ permitted: { dns: 'a.example' } }, { subject: 'z.example' })).toBe('accepted')
  })
})
