import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/failure.ts'
import type { ClientIdentity } from '../../src/identity/client-identity.ts'
import { checkPolicy } from '../../src/policy/check-policy.ts'
import { allOf, anyOf, not } from '../../src/policy/combine.ts'
import { POLICY_FAILURES, type PolicyEvidence, type PolicyFailure } from '../../src/policy/failures.ts'
import { dns, email, ip, spiffeId, uri } from '../../src/policy/rules/alternative-names.ts'
import { fingerprint } from '../../src/policy/rules/fingerprint.ts'
import { issuerAndSerialNumber } from '../../src/policy/rules/issuer-and-serial-number.ts'
import { subject } from '../../src/policy/rules/subject.ts'
import { identityWith } from '../identity/identity.ts'

const rule = dns('a.example')

/** One way to each code, and who can fix it; the compiler misses no row. */
const PRODUCED: {
  readonly [Code in keyof PolicyEvidence]: readonly [fault: Fault, produce: () => PolicyFailure | undefined]
} = {
  ERR_POLICY_REFUSED: ['client', () => checkPolicy(identityWith(), rule)],
  ERR_POLICY_FOREIGN_IDENTITY: ['server', () => checkPolicy(structuredClone(identityWith()), rule)],
}

test.each(Object.entries(PRODUCED))(
  '%s is produced, and says which rule, who can fix it and how',
  (code, [fault, produce]) => {
    const failure = produce()
    expect(failure).toMatchObject({ code, leg: 'policy', rule: 'dns(a.example)', fault })
    expect(failure?.message).toContain('dns(a.example)')
    for (const text of [failure?.clause, failure?.hint]) expect(text).toMatch(/\S{3}/)
  },
)

test.each(Object.entries(POLICY_FAILURES))('%s is explained in a sentence (docs/errors.md)', (_, { meaning }) => {
  expect(meaning).toMatch(/^[A-Z].* .*\.$/)
})

test('no code of the leg is left out', () => {
  expect(Object.keys(PRODUCED).sort()).toEqual(Object.keys(POLICY_FAILURES).sort())
})

describe('an identity that this copy did not derive is refused, whatever it says', () => {
  const real = identityWith({ san: { dns: 'a.example' } })

  test.each<[string, unknown]>([
    ['a look-alike', Object.assign({}, real)],
    ['what JSON makes of it', JSON.parse(JSON.stringify(real))],
    ['a structured clone', structuredClone(real)],
    ['an object that inherits from a real one', Object.create(real)],
    ['null', null],
  ])('%s', (_, value) => {
    expect(checkPolicy(real, rule)).toBeUndefined()
    expect(checkPolicy(value as ClientIdentity, rule)?.code).toBe('ERR_POLICY_FOREIGN_IDENTITY')
  })
})

describe('a refusal names the rule as the application wrote it', () => {
  const digits = 'ab'.repeat(32)

  test.each([
    [ip('192.0.2.1'), 'ip(192.0.2.1)'],
    [spiffeId('spiffe://example.org/api'), 'spiffeId(spiffe://example.org/api)'],
    [fingerprint(digits), `fingerprint(${digits})`],
    [issuerAndSerialNumber('CN=Root,O=Example', '00:1F'), 'issuerAndSerialNumber(CN=Root,O=Example, 1f)'],
  ])('case %#: %s', (written, text) => {
    expect(checkPolicy(identityWith(), written)).toMatchObject({ rule: text })
  })
})

describe('a refusal says what the certificate has instead', () => {
  test('of the kind that was asked for', () => {
    const identity = identityWith({
      subject: 'alice',
      san: { dns: ['b.example', 'c.example'], email: 'alice@example.com' },
    })
    expect(checkPolicy(identity, rule)).toMatchObject({
      presented: ['b.example', 'c.example'],
      message: 'the rule dns(a.example) does not allow it; it has b.example, c.example',
      certificate: { position: 0, subject: 'CN=alice' },
    })
    expect(checkPolicy(identity, email('bob@example.com'))).toMatchObject({ presented: ['alice@example.com'] })
    expect(checkPolicy(identity, uri('x:'))).toMatchObject({
      presented: [],
      message: 'the rule uri(x:) does not allow it; the certificate has nothing of that kind',
    })
    expect(checkPolicy(identity, subject('CN=bob'))).toMatchObject({ presented: ['CN=alice'] })
    expect(checkPolicy(identity, fingerprint('ab'.repeat(32)))).toMatchObject({ presented: [identity.fingerprint] })
    expect(checkPolicy(identity, issuerAndSerialNumber('CN=Root', 'ffff'))).toMatchObject({
      presented: [`${identity.issuer}, ${identity.serialNumber}`],
    })
  })

  test('and its URIs to spiffeId(), which looks at all of them (X509-SVID 5.2)', () => {
    for (const names of [['spiffe://example.org/web'], ['spiffe://example.org/api', 'https://a.example/']]) {
      const identity = identityWith({ san: { uri: names } })
      expect(checkPolicy(identity, spiffeId('spiffe://example.org/api'))).toMatchObject({ presented: names })
    }
  })

  test('of every kind that anyOf asked for, and of the first that allOf missed', () => {
    const identity = identityWith({ subject: 'alice', san: { dns: 'b.example', email: 'alice@example.com' } })
    const rules = [rule, email('bob@example.com'), dns('c.example')] as const
    expect(checkPolicy(identity, anyOf(...rules))).toMatchObject({ presented: ['b.example', 'alice@example.com'] })
    expect(checkPolicy(identity, allOf(...rules))).toMatchObject({ presented: ['b.example'] })
  })

  test('of every kind that the rules under not() asked for: that is why it refuses', () => {
    const identity = identityWith({ san: { dns: 'b.example', email: 'alice@example.com' } })
    const [name, address] = [dns('b.example'), email('alice@example.com')]
    expect(checkPolicy(identity, not(allOf(name, address, name)))).toMatchObject({
      presented: ['b.example', 'alice@example.com'],
    })
    expect(checkPolicy(identity, not(anyOf(address, name)))).toMatchObject({ presented: ['alice@example.com'] })
  })

  test('escaped and capped: names in certificates are hostile text', () => {
    const hostile = identityWith({ subject: '\u001b[2J\u202egnp.exe\n[INFO] all is well' })
    const failure = checkPolicy(hostile, subject('CN=alice'))
    expect(failure).toMatchObject({ presented: ['CN=\\u{1b}[2J\\u{202e}gnp.exe\\u{a}[INFO] all is well'] })
    expect(failure?.message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)

    const many = identityWith({ san: { dns: Array.from({ length: 100 }, (_, index) => `${'x'.repeat(500)}${index}`) } })
    const refused = checkPolicy(many, rule)
    expect(refused).toMatchObject({ presented: { length: 8 } })
    expect(refused?.message.length).toBeLessThan(8 * 260 + 200)
  })
})
