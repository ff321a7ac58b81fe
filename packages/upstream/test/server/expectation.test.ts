import { describe, expect, test } from 'vitest'
import { type ExpectationContext, expectationOf, trustDomainOf } from '../../src/server/expectation.ts'

const plain: ExpectationContext = { ownSpiffeId: null, servername: null, host: 'db.example' }
const mesh: ExpectationContext = { ...plain, ownSpiffeId: 'spiffe://prod.example/ns/a/sa/me' }

describe('whom to expect, where nobody said', () => {
  test('is the host that is connected to', () => {
    expect(expectationOf(undefined, plain)).toMatchObject({
      kind: 'host',
      reference: { type: 'dns', name: 'db.example' },
    })
  })

  test('is the name that is sent, where one is', () => {
    const expectation = expectationOf(undefined, { ...plain, host: '192.0.2.1', servername: 'DB.example' })
    expect(expectation).toMatchObject({ kind: 'host', reference: { type: 'dns', name: 'db.example' } })
  })

  test('is the address where the name that is sent is empty, as Node has it for addresses', () => {
    const expectation = expectationOf(undefined, { ...plain, host: '192.0.2.1', servername: '' })
    expect(expectation).toMatchObject({ kind: 'host', reference: { type: 'ip', name: '192.0.2.1' } })
  })

  test("is our own trust domain where our certificate is an X.509-SVID, and the host where 'host' says so", () => {
    expect(expectationOf(undefined, mesh)).toMatchObject({ kind: 'trust-domain', trustDomain: 'prod.example' })
    expect(expectationOf('host', mesh)).toMatchObject({ kind: 'host', host: 'db.example' })
  })

  test('is nobody where the host is neither a name nor an address: closed unless configured', () => {
    expect(expectationOf(undefined, { ...plain, host: 'db.example\0' })).toMatchObject({
      kind: 'host',
      reference: null,
    })
  })
})

describe('whom to expect, where somebody said', () => {
  test('is that one, whatever is connected to', () => {
    for (const context of [plain, mesh, { ...plain, servername: 'other.example' }]) {
      expect(expectationOf({ host: 'api.example' }, context)).toMatchObject({ reference: { name: 'api.example' } })
      expect(expectationOf({ trustDomain: 'b' }, context)).toMatchObject({ kind: 'trust-domain', trustDomain: 'b' })
      expect(expectationOf({ spiffeId: 'spiffe://b/x' }, context)).toMatchObject({ ids: ['spiffe://b/x'] })
    }
  })

  test('is frozen', () => {
    for (const expected of ['host', { spiffeId: ['spiffe://b/x', 'spiffe://b/y'] }, { trustDomain: 'b' }] as const) {
      const expectation = expectationOf(expected, plain)
      expect(Object.isFrozen(expectation)).toBe(true)
      if (expectation.kind === 'spiffe-id') expect(Object.isFrozen(expectation.ids)).toBe(true)
    }
  })
})

describe('the key of an expectation (CVE-2026-48934: a session is kept for whom it was made)', () => {
  test('is the same for the same, however it is spelt', () => {
    const keys = [undefined, 'host', { host: 'DB.example.' }] as const
    expect(new Set(keys.map((expected) => expectationOf(expected, plain).key))).toHaveLength(1)
    const [one, two] = [
      ['spiffe://b/x', 'spiffe://b/y'],
      ['spiffe://b/y', 'spiffe://b/x'],
    ]
    expect(expectationOf({ spiffeId: one ?? [] }, plain).key).toBe(expectationOf({ spiffeId: two ?? [] }, plain).key)
  })

  test('is another for every other', () => {
    const others = [
      expectationOf({ host: 'db.example' }, plain),
      expectationOf({ host: 'db2.example' }, plain),
      expectationOf({ trustDomain: 'db.example' }, plain),
      expectationOf({ spiffeId: 'spiffe://db.example/x' }, plain),
      expectationOf({ spiffeId: ['spiffe://db.example/x', 'spiffe://db.example/y'] }, plain),
      expectationOf(undefined, { ...plain, host: 'db.example","x' }),
    ]
    expect(new Set(others.map(({ key }) => key))).toHaveLength(others.length)
  })
})

test('the trust domain of a SPIFFE id stands between the scheme and the path (SPIFFE-ID 2.1)', () => {
  expect(trustDomainOf('spiffe://prod.example/ns/a')).toBe('prod.example')
  expect(trustDomainOf('spiffe://prod.example')).toBe('prod.example')
})
