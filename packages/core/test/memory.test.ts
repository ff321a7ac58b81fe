import '@clientcert/testing/vitest'
import { createAuthority, DEFAULT_CLOCK } from '@clientcert/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Authentication } from '../src/decision.ts'
import { createAuthenticator, REFUSAL_MS } from '../src/index.ts'
import { createMemory } from '../src/memory.ts'

const root = createAuthority('Clients CA')
const NOT_AFTER = DEFAULT_CLOCK.getTime() + 3_600_000
const at = DEFAULT_CLOCK.getTime()
const now = { at, epoch: 1 }

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

/** A header's text of which the slice is the given one, so that texts can collide. */
const textWith = (slice: string, before = 'x'): string => `${before}${slice.padEnd(50, '.')}${'-'.repeat(60)}`

describe.each([
  ['a connection', () => ({})],
  ['the text of a header', () => textWith('signature')],
])('what is remembered by %s', (_, createKey) => {
  test('is found again, and under no other key', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    expect(memory.recall(key, '', now)).toBeUndefined()
    memory.remember(key, '', now, verified)
    expect(memory.recall(key, '', now)).toBe(verified)
    expect(memory.recall({}, '', now)).toBeUndefined()
    expect(memory.recall(textWith('another'), '', now)).toBeUndefined()
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
      expect(memory.recall(key, '', { at, epoch })).toBeUndefined()
    }
  })

  test('lasts to the end of the last second of the first certificate that expires (RFC 5280 4.1.2.5)', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    memory.remember(key, '', now, verified)
    expect(memory.recall(key, '', { at: NOT_AFTER + 999, epoch: 1 })).toBe(verified)
    expect(memory.recall(key, '', { at: NOT_AFTER + 1000, epoch: 1 })).toBeUndefined()
  })

  test('ends when the clock goes back, and when it is none', () => {
    for (const moment of [at - 1, Number.NaN]) {
      const memory = createMemory({ clients: 10, refusals: 10 })
      const key = createKey()
      memory.remember(key, '', now, verified)
      expect(memory.recall(key, '', { at: moment, epoch: 1 })).toBeUndefined()
    }
  })

  test('is kept shortly where it is a refusal', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    memory.remember(key, '', now, refused)
    expect(memory.recall(key, '', { at: at + REFUSAL_MS - 1, epoch: 1 })).toBe(refused)
    expect(memory.recall(key, '', { at: at + REFUSAL_MS, epoch: 1 })).toBeUndefined()
  })

  test('is replaced by what was found later', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const key = createKey()
    memory.remember(key, '', now, refused)
    memory.remember(key, '', { at: at + REFUSAL_MS, epoch: 1 }, verified)
    expect(memory.recall(key, '', { at: at + REFUSAL_MS, epoch: 1 })).toBe(verified)
  })
})

describe('the text of a header', () => {
  test('is compared whole: a slice in common proves nothing', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const [genuine, forged] = [textWith('signature', 'genuine'), textWith('signature', 'forged!')]
    memory.remember(genuine, '', now, verified)
    expect(memory.recall(forged, '', now)).toBeUndefined()
    memory.remember(forged, '', now, refused)
    expect(memory.recall(genuine, '', now)).toBe(verified)
    expect(memory.recall(forged, '', now)).toBe(refused)
  })

  test('may be shorter than the slice', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    memory.remember('a', '', now, verified)
    expect(memory.recall('a', '', now)).toBe(verified)
    expect(memory.recall('b', '', now)).toBeUndefined()
    expect(memory.recall('', '', now)).toBeUndefined()
  })

  test.each([
    ['clients', () => verified],
    ['refusals', () => refused],
  ] as const)('is kept for so many %s; one past, the oldest goes', (kind, authenticationOf) => {
    const memory = createMemory({ clients: 2, refusals: 2, [kind]: 3 })
    const texts = ['one', 'two', 'three', 'four'].map((slice) => textWith(slice))
    const kept = () => texts.map((text) => memory.recall(text, '', now) !== undefined)
    for (const text of texts.slice(0, 3)) memory.remember(text, '', now, authenticationOf())
    expect(kept()).toEqual([true, true, true, false])
    memory.remember(texts[3] ?? '', '', now, authenticationOf())
    expect(kept()).toEqual([false, true, true, true])
  })

  test('of a client is not pushed out by strangers, however many', () => {
    const memory = createMemory({ clients: 1, refusals: 1 })
    memory.remember(textWith('client'), '', now, verified)
    for (let index = 0; index < 100; index++) memory.remember(textWith(`stranger ${index}`), '', now, refused)
    expect(memory.recall(textWith('client'), '', now)).toBe(verified)
  })

  test('is not kept at all with a limit of zero', () => {
    const memory = createMemory({ clients: 0, refusals: 0 })
    memory.remember(textWith('client'), '', now, verified)
    expect(memory.recall(textWith('client'), '', now)).toBeUndefined()
  })

  test('is kept up to 8,192 characters', () => {
    const memory = createMemory({ clients: 10, refusals: 10 })
    const [longest, tooLong] = ['x'.repeat(8_192), 'y'.repeat(8_193)]
    memory.remember(longest, '', now, verified)
    memory.remember(tooLong, '', now, verified)
    expect(memory.recall(longest, '', now)).toBe(verified)
    expect(memory.recall(tooLong, '', now)).toBeUndefined()
  })
})
