import { der, type GeneralNamesInput } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { under } from './constrained.ts'

describe('an iPAddress and a range (RFC 5280 4.2.1.10, RFC 4632)', () => {
  test.each([
    ['the first of it', '192.0.2.0', '192.0.2.0/24', true],
    ['the last of it', '192.0.2.255', '192.0.2.0/24', true],
    ['the one before', '192.0.1.255', '192.0.2.0/24', false],
    ['the one behind', '192.0.3.0', '192.0.2.0/24', false],
    ['within a range that ends inside an octet', '192.0.2.127', '192.0.2.0/25', true],
    ['beyond it', '192.0.2.128', '192.0.2.0/25', false],
    ['the only one', '192.0.2.7', '192.0.2.7/32', true],
    ['beside the only one', '192.0.2.6', '192.0.2.7/32', false],
    ['any of its kind', '203.0.113.9', '0.0.0.0/0', true],
    ['within a range written with host bits', '192.0.2.200', '192.0.2.1/24', true],
    ['of version 6, within', '2001:db8:ffff::1', '2001:db8::/32', true],
    ['of version 6, outside', '2001:db9::1', '2001:db8::/32', false],
    ['of version 6, in a range of version 4', '::ffff:192.0.2.1', '192.0.2.0/24', false],
    ['of version 4, in a range of version 6', '192.0.2.1', '::/0', false],
  ])('%s', (_, ip, range, isWithin) => {
    const verdicts = [under({ permitted: { ip: range } }, { ip }), under({ excluded: { ip: range } }, { ip })]
    expect(verdicts.map((verdict) => verdict.split(':')[0])).toEqual(
      isWithin ? ['accepted', 'excluded'] : ['not-permitted', 'accepted'],
    )
  })

  test.each<[string, GeneralNamesInput]>([
    ['of neither 8 nor 32 octets', { ip: der.hex('c0000200 ffffff') }],
    ['whose mask is no run of ones', { ip: der.hex('c0000200 ff00ff00') }],
    ['whose mask has a hole', { ip: der.hex('c0000200 fffffffd') }],
    ['whose mask begins again at an octet', { ip: der.hex('c0000200 ff008000') }],
    ['that is a single address', { ip: der.hex('c0000201') }],
  ])('is refused, with all of its certificate, where the range is one %s', (_, permitted) => {
    expect(() => under({ permitted }, { ip: '192.0.2.1' })).toThrow(/nameConstraints .* is malformed/)
  })
})
