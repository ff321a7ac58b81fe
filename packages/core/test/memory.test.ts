import '@clientcert/testing/vitest'
import { createAuthority, DEFAULT_CLOCK } from '@clientcert/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Authentication } from '../src/decision.ts'
import type { RememberBy } from '../src/evidence/evidence.ts'
import { createAuthenticator, REFUSAL_MS } from '../src/index.ts'
import { createIssuerMemory, createMemory } from '../src/memory.ts'
import { fingerprintOf } from '../src/x509/fingerprint.ts'
import { pathOf, storeOf } from './path/verdict.ts'

const root = createAuthority('Clients CA')
const NOT_AFTER = DEFAULT_CLOCK.getTime() + 3_600_000
const at = DEFAULT_CLOCK.getTime()
const now = { at, epoch: 1, revocationEpoch: 1 }

let verified: Authentication
let refused: Authentication

beforeAll(async () => {
  const authenticator = createAuthenticator({
    trust: { pem: root.certificate.pem },
    clock: () => DEFAULT_CLOCK,
    mode: 'accept-unverified',
  })
  const good = await authenticator.verify({ pem: root.issue({ notAfter: new Date(NOT_AFTER) }).fullChainPem })
  const bad = await authenticator.verify({ pem: createAuthority().issue().fullChainPem })
  if (good.outcome !== 'accepted' || bad.outcome !== 'unverified') throw new Error('the fixtures are not as meant')
  verified = { kind: 'verified', ...good }
  refused = { kind: 'refused', ...bad }
})

/** A text by itself, on a connection of its own. */
const byText = (text: string): RememberBy => ({ connection: {}, text })

/** A header's text of which the slice is the given one, so that texts can collide. */
const textWith = (slice: string, before = 'x'): string => `${before}${slice.padEnd(50, '.')}${'-'.repeat(60)}`

/** The same text, and each time it is asked for a connection that has not been seen. */
function textOnOther(): RememberBy {
  const text = textWith('signature')
  return Object.defineProperty({ connection: {}, text }, 'connection', { get: () => ({}) })
}

describe.each([
  ['a connection', () => ({ connection: {}, text: null })],
  ['the text of a header', () => byText(textWith('signature'))],
  ['the text of a header on another connection', () => textOnOther()],
])('what is remembered by %s', (_, createKey) => {
  test('is found again, and under no other key', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    expect(memory.recall(key, '', now)).toBeUndefined()
    memory.remember(key, '', now, verified)
    expect(memory.recall(key, '', now)).toBe(verified)
    expect(memory.recall({ connection: {}, text: null }, '', now)).toBeUndefined()
    expect(memory.recall({ ...key, text: textWith('another') }, '', now)).toBeUndefined()
  })

  test('is found under the anchors that were searched alone', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    memory.remember(key, '["partners"]', now, verified)
    expect(memory.recall(key, '', now)).toBeUndefined()
    expect(memory.recall(key, '["staff"]', now)).toBeUndefined()
    memory.remember(key, '["staff"]', now, refused)
    expect(memory.recall(key, '["partners"]', now)).toBe(verified)
    expect(memory.recall(key, '["staff"]', now)).toBe(refused)
  })

  test('ends with another epoch of trust, later or earlier', () => {
    for (const epoch of [2, 0]) {
      const memory = createMemory({ clients: 10, refusals: 10 })
      const key = createKey()
      memory.remember(key, '', now, verified)
      expect(memory.recall(key, '', { at, epoch, revocationEpoch: 1 })).toBeUndefined()
    }
  })

  test('lasts to the end of the last second of the first certificate that expires (RFC 5280 4.1.2.5)', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    memory.remember(key, '', now, verified)
    expect(memory.recall(key, '', { at: NOT_AFTER + 999, epoch: 1, revocationEpoch: 1 })).toBe(verified)
    expect(memory.recall(key, '', { at: NOT_AFTER + 1000, epoch: 1, revocationEpoch: 1 })).toBeUndefined()
  })

  test('ends when the clock goes back, and when it is none', () => {
    for (const moment of [at - 1, Number.NaN]) {
      const memory = createMemory({ clients: 10, refusals: 10 })
      const key = createKey()
      memory.remember(key, '', now, verified)
      expect(memory.recall(key, '', { at: moment, epoch: 1, revocationEpoch: 1 })).toBeUndefined()
    }
  })

  test('is kept shortly where it is a refusal', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    memory.remember(key, '', now, refused)
    expect(memory.recall(key, '', { at: at + REFUSAL_MS - 1, epoch: 1, revocationEpoch: 1 })).toBe(refused)
    expect(memory.recall(key, '', { at: at + REFUSAL_MS, epoch: 1, revocationEpoch: 1 })).toBeUndefined()
  })

  test('is replaced by what was found later', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    memory.remember(key, '', now, refused)
    memory.remember(key, '', { at: at + REFUSAL_MS, epoch: 1, revocationEpoch: 1 }, verified)
    expect(memory.recall(key, '', { at: at + REFUSAL_MS, epoch: 1, revocationEpoch: 1 })).toBe(verified)
  })
})

describe('the text of a header', () => {
  test('is compared whole: a slice in common proves nothing', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const [genuine, forged] = [textWith('signature', 'genuine'), textWith('signature', 'forged!')]
    memory.remember(byText(genuine), '', now, verified)
    expect(memory.recall(byText(forged), '', now)).toBeUndefined()
    memory.remember(byText(forged), '', now, refused)
    expect(memory.recall(byText(genuine), '', now)).toBe(verified)
    expect(memory.recall(byText(forged), '', now)).toBe(refused)
  })

  test('may be shorter than the slice', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    memory.remember(byText('a'), '', now, verified)
    expect(memory.recall(byText('a'), '', now)).toBe(verified)
    expect(memory.recall(byText('b'), '', now)).toBeUndefined()
    expect(memory.recall(byText(''), '', now)).toBeUndefined()
  })

  test.each([
    ['clients', () => verified],
    ['refusals', () => refused],
  ] as const)('is kept for so many %s; one past, the oldest goes', (kind, authenticationOf) => {
    const memory = createMemory({ clients: 2, refusals: 2, [kind]: 3 })
    const texts = ['one', 'two', 'three', 'four'].map((slice) => textWith(slice))
    const kept = () => texts.map((text) => memory.recall(byText(text), '', now) !== undefined)
    for (const text of texts.slice(0, 3)) memory.remember(byText(text), '', now, authenticationOf())
    expect(kept()).toEqual([true, true, true, false])
    memory.remember(byText(texts[3] ?? ''), '', now, authenticationOf())
    expect(kept()).toEqual([false, true, true, true])
  })

  test('of a client is not pushed out by strangers, however many', () => {
    const memory = createMemory({ clients: 1, refusals: 1 })
    memory.remember(byText(textWith('client')), '', now, verified)
    for (let index = 0; index < 100; index++) memory.remember(byText(textWith(`stranger ${index}`)), '', now, refused)
    expect(memory.recall(byText(textWith('client')), '', now)).toBe(verified)
  })

  test('is not kept at all with a limit of zero', () => {
    const memory = createMemory({ clients: 0, refusals: 0 })
    memory.remember(byText(textWith('client')), '', now, verified)
    expect(memory.recall(byText(textWith('client')), '', now)).toBeUndefined()
  })

  test('is kept up to 8,192 characters', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const [longest, tooLong] = ['x'.repeat(8_192), 'y'.repeat(8_193)]
    memory.remember(byText(longest), '', now, verified)
    memory.remember(byText(tooLong), '', now, verified)
    expect(memory.recall(byText(longest), '', now)).toBe(verified)
    expect(memory.recall(byText(tooLong), '', now)).toBeUndefined()
  })
})

describe('the last text of a connection', () => {
  const [alice, bob] = [textWith('alice'), textWith('bob')]

  test('is at hand there, and nowhere else, after it was pushed out', () => {
    const memory = createMemory({ clients: 1, refusals: 1 })
    const [one, other] = [{}, {}]
    memory.remember({ connection: one, text: alice }, '', now, verified)
    memory.remember({ connection: other, text: bob }, '', now, verified)
    expect(memory.recall({ connection: one, text: alice }, '', now)).toBe(verified)
    expect(memory.recall({ connection: other, text: alice }, '', now)).toBeUndefined()
    // A fresh string of the same characters, as each request brings.
    const again = Buffer.from(alice, 'latin1').toString('latin1')
    expect(memory.recall({ connection: one, text: again }, '', now)).toBe(verified)
  })

  test('is followed by the next one that the connection brings', () => {
    const memory = createMemory({ clients: 2, refusals: 1 })
    const connection = {}
    memory.remember(byText(bob), '', now, verified)
    memory.remember({ connection, text: alice }, '', now, verified)
    expect(memory.recall({ connection, text: bob }, '', now)).toBe(verified)
    memory.remember(byText(textWith('carol')), '', now, verified)
    memory.remember(byText(textWith('dave')), '', now, verified)
    expect(memory.recall({ connection, text: alice }, '', now)).toBeUndefined()
    expect(memory.recall({ connection, text: bob }, '', now)).toBe(verified)
  })

  test('is another for each set of anchors', () => {
    const memory = createMemory({ clients: 1, refusals: 1 })
    const connection = {}
    memory.remember({ connection, text: alice }, '["staff"]', now, verified)
    memory.remember({ connection, text: bob }, '["partners"]', now, verified)
    expect(memory.recall({ connection, text: alice }, '["staff"]', now)).toBe(verified)
    expect(memory.recall({ connection, text: alice }, '["partners"]', now)).toBeUndefined()
    expect(memory.recall({ connection, text: alice }, '', now)).toBeUndefined()
    expect(memory.recall({ connection, text: bob }, '["partners"]', now)).toBe(verified)
  })

  test('is not that of a stranger, who comes on the same connection of a proxy', () => {
    const memory = createMemory({ clients: 1, refusals: 1 })
    const connection = {}
    memory.remember({ connection, text: alice }, '', now, verified)
    memory.remember(byText(bob), '', now, verified)
    memory.remember({ connection, text: textWith('stranger') }, '', now, refused)
    expect(memory.recall({ connection, text: textWith('stranger') }, '', now)).toBe(refused)
    expect(memory.recall({ connection, text: alice }, '', now)).toBe(verified)
  })

  test('is none of the connection itself', () => {
    const memory = createMemory({ clients: 1, refusals: 1 })
    const connection = {}
    memory.remember({ connection, text: alice }, '', now, verified)
    expect(memory.recall({ connection, text: null }, '', now)).toBeUndefined()
    expect(memory.recall({ connection, text: '' }, '', now)).toBeUndefined()
  })
})

test('a refusal that is asked for stays before one that is not', () => {
  const memory = createMemory({ clients: 1, refusals: 2 })
  const [one, two, three] = ['one', 'two', 'three'].map((slice) => byText(textWith(slice)))
  if (!one || !two || !three) throw new Error('there are three')
  memory.remember(one, '', now, refused)
  memory.remember(two, '', now, refused)
  expect(memory.recall(one, '', now)).toBe(refused)
  memory.remember(three, '', now, refused)
  expect([one, two, three].map((by) => memory.recall(by, '', now) !== undefined)).toEqual([true, false, true])
})

describe('the issuers of a client', () => {
  const intermediate = root.intermediate('Intermediate')
  const pathFor = (name: string) => pathOf(intermediate.issue(name), storeOf([root]))
  const fingerprint = ({ certificates }: ReturnType<typeof pathFor>) => fingerprintOf(certificates[0].der)

  test('are what stood between her and the anchor, for her alone', () => {
    const memory = createIssuerMemory(10)
    const [alice, bob] = [pathFor('alice'), pathFor('bob')]
    expect(memory.recall(alice.certificates[0], 1)).toEqual([])
    memory.remember(alice, fingerprint(alice), 1)
    expect(memory.recall(alice.certificates[0], 1)).toEqual(alice.certificates.slice(1, -1))
    expect(alice.certificates).toHaveLength(3)
    expect(memory.recall(bob.certificates[0], 1)).toEqual([])
  })

  test('end with another epoch of trust, later or earlier', () => {
    const memory = createIssuerMemory(10)
    const alice = pathFor('alice')
    memory.remember(alice, fingerprint(alice), 2)
    expect([1, 2, 3].map((epoch) => memory.recall(alice.certificates[0], epoch).length)).toEqual([0, 1, 0])
  })

  test('take no place where the anchor itself issued her', () => {
    const memory = createIssuerMemory(1)
    const [alice, direct] = [pathFor('alice'), pathOf(root.issue('bob'), storeOf([root]))]
    memory.remember(alice, fingerprint(alice), 1)
    memory.remember(direct, fingerprint(direct), 1)
    expect(memory.recall(direct.certificates[0], 1)).toEqual([])
    expect(memory.recall(alice.certificates[0], 1)).toHaveLength(1)
  })

  test.each([0, 1, 2])('are kept for so many clients; one past, the oldest goes: %d', (limit) => {
    const memory = createIssuerMemory(limit)
    const paths = ['one', 'two', 'three'].map(pathFor)
    const kept = () => paths.map(({ certificates }) => memory.recall(certificates[0], 1).length > 0)
    for (const path of paths.slice(0, limit)) memory.remember(path, fingerprint(path), 1)
    expect(kept()).toEqual([0, 1, 2].map((index) => index < limit))
    const next = paths[limit]
    if (next) memory.remember(next, fingerprint(next), 1)
    expect(kept()).toEqual([0, 1, 2].map((index) => limit > 0 && index > 0 && index <= limit))
  })
})
