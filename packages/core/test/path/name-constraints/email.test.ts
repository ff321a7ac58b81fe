import { der } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { under } from './constrained.ts'

describe('an rfc822Name and a constraint (RFC 5280 4.2.1.10)', () => {
  test.each([
    ['a mailbox: itself', 'alice@a.example', 'alice@a.example', true],
    ['a mailbox: the host in another case', 'alice@A.Example', 'alice@a.example', true],
    ['a mailbox: another case of the local part, which is another box', 'Alice@a.example', 'alice@a.example', false],
    ['a mailbox: another on the same host', 'bob@a.example', 'alice@a.example', false],
    ['a mailbox: the same on a host below', 'alice@b.a.example', 'alice@a.example', false],
    ['a host: any mailbox on it', 'bob@a.example', 'a.example', true],
    ['a host: in another case', 'bob@A.EXAMPLE', 'a.example', true],
    ['a host: none below it', 'bob@b.a.example', 'a.example', false],
    ['a host: none that ends with it', 'bob@bada.example', 'a.example', false],
    ['a domain: any mailbox on a host below', 'bob@b.a.example', '.a.example', true],
    ['a domain: on one further below', 'bob@c.b.a.example', '.a.example', true],
    ['a domain: none on the host itself', 'bob@a.example', '.a.example', false],
  ])('%s', (_, email, constraint, isWithin) => {
    expect(under({ permitted: { email: constraint } }, { email })).toBe(
      isWithin ? 'accepted' : `not-permitted: ${email}`,
    )
    expect(under({ excluded: { email: constraint } }, { email })).toBe(isWithin ? `excluded: ${email}` : 'accepted')
  })

  test.each([
    'a.example',
    '@a.example',
    'alice@',
    'a@b@a.example',
    'alice@*.example',
    '"al ice"@a.example',
    'alice@a..example',
    'al ice@a.example',
  ])('cannot be compared where the name is no mailbox: %s', (email) => {
    expect(under({ permitted: { email: 'a.example' } }, { email })).toMatch(/^unreadable: /)
    expect(under({ excluded: { email: 'z.example' } }, { email })).toMatch(/^unreadable: /)
    expect(under({ permitted: { dns: 'a.example' } }, { email })).toBe('accepted')
  })

  test.each(['', '.', '*.example', 'alice@', 'alice@.a.example', 'a..example', '@a.example'])(
    'cannot be compared where the constraint is %j',
    (constraint) => {
      expect(under({ permitted: { email: [constraint, 'a.example'] } }, { email: 'bob@a.example' })).toMatch(
        /^unreadable/,
      )
      expect(under({ excluded: { email: constraint } }, { email: 'bob@a.example' })).toMatch(/^unreadable/)
    },
  )

  test('is compared up to 320 octets, the longest mailbox there is (RFC 5321 4.5.3.1)', () => {
    const mailbox = (length: number) => `${'a'.repeat(length - '@a.example'.length)}@a.example`
    const other = { email: 'b@a.example' }
    expect(under({ permitted: { email: 'a.example' } }, { email: mailbox(320) })).toBe('accepted')
    expect(under({ permitted: { email: 'a.example' } }, { email: mailbox(321) })).toMatch(/^unreadable: /)
    expect(under({ excluded: { email: mailbox(320) } }, other)).toBe('accepted')
    expect(under({ excluded: { email: mailbox(321) } }, other)).toMatch(/^unreadable: /)
  })

  test('an asterisk is a letter like any other in a mailbox, no wildcard', () => {
    expect(under({ permitted: { email: '*@a.example' } }, { email: '*@a.example' })).toBe('accepted')
    expect(under({ permitted: { email: '*@a.example' } }, { email: 'bob@a.example' })).toBe(
      'not-permitted: bob@a.example',
    )
  })
})

describe('a mail address in the subject (RFC 5280 4.2.1.10, PKCS #9 emailAddress)', () => {
  const permitted = { email: 'a.example' }
  const subject = (emailAddress: string) => ({ CN: 'bob', emailAddress })

  test('is under the constraints as an rfc822Name is', () => {
    expect(under({ permitted }, { subject: subject('bob@a.example') })).toBe('accepted')
    expect(under({ permitted }, { subject: subject('bob@b.example') })).toBe('not-permitted: bob@b.example')
    expect(under({ excluded: permitted }, { subject: subject('bob@a.example') })).toBe('excluded: bob@a.example')
  })

  test('is so beside an alternative name as well, where 4.2.1.10 would not look', () => {
    const client = { subject: subject('bob@b.example'), san: { email: 'bob@a.example' } }
    expect(under({ permitted }, client)).toBe('not-permitted: bob@b.example')
  })

  test('that is no text cannot be compared', () => {
    const octets = { CN: 'bob', emailAddress: der.octetString(Buffer.from('bob@a.example')) }
    expect(under({ permitted }, { subject: octets })).toMatch(/^unreadable/)
    expect(under({ permitted: { dns: 'a.example' } }, { subject: octets })).toBe('accepted')
  })
})

describe('an internationalised mail address, an otherName (RFC 9598 section 6)', () => {
  const type = '1.3.6.1.5.5.7.8.9'
  const mailbox = (address: string) => ({ otherName: { type, value: der.string(address, 'utf8') } })

  test('is under the constraints on rfc822Name', () => {
    const address = '\u533b\u751f@a.example'
    expect(under({ permitted: { email: 'a.example' } }, mailbox(address))).toBe('accepted')
    expect(under({ permitted: { email: 'b.example' } }, mailbox(address))).toMatch(/^not-permitted: /)
    expect(under({ excluded: { email: 'a.example' } }, mailbox(address))).toMatch(/^excluded: /)
    expect(under({ permitted: { email: 'doctor@a.example' } }, mailbox(address))).toMatch(/^not-permitted: /)
  })

  test('that is no UTF8String or no address cannot be compared', () => {
    const permitted = { email: 'a.example' }
    expect(under({ permitted }, { otherName: { type, value: der.string('x@a.example', 'ia5') } })).toMatch(
      /^unreadable/,
    )
    expect(under({ permitted }, mailbox('\u533b\u751f@\u4f8b.example'))).toMatch(/^unreadable/)
  })

  test('under no constraint on mail is one otherName among others', () => {
    expect(under({ permitted: { dns: 'a.example' } }, mailbox('\u533b\u751f@b.example'))).toBe('accepted')
  })
})
