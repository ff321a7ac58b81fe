import { broken, type CrlOptions, createAuthority, encodeCrlEntries, mintCrl } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { CrlSource } from '../../../src/revocation/crl/crl-sources.ts'
import { createCrlStore } from '../../../src/revocation/crl/crl-store.ts'
import type { LoadedCrl } from '../../../src/revocation/crl/loaded-crl.ts'
import type { SourceEvent } from '../../../src/sources/refresher.ts'
import { loaded } from './crls.ts'

const root = createAuthority('Clients CA')
const other = createAuthority('Other CA')

const crl = (options: CrlOptions = {}, authority = root) => loaded(mintCrl(authority, options))

/** A source at hand, whose content the test decides, or its error. */
function sourceOf(name: string, first: readonly LoadedCrl[] | Error) {
  const says = { content: first }
  const source: CrlSource = {
    name,
    load: () => {
      if (says.content instanceof Error) throw says.content
      return says.content
    },
    isSame: (a, b) => a === b,
  }
  return { says, source }
}

/** A source somewhere else, whose loads end when the test says so. */
function remoteSource(name: string) {
  const loads: { resolve: (crls: readonly LoadedCrl[]) => void; reject: (error: Error) => void }[] = []
  const source: CrlSource = {
    name,
    load: () => new Promise((resolve, reject) => void loads.push({ resolve, reject })),
    isSame: (a, b) => a === b,
  }
  return { loads, source }
}

function open(...sources: readonly CrlSource[]) {
  const events: (SourceEvent & { readonly epoch: number })[] = []
  const store = createCrlStore(
    sources,
    () => root.at,
    (event) => events.push(event),
  )
  onTestFinished(store.close)
  return { store, events }
}

describe('a store of CRLs', () => {
  test('has those of all its sources when it is made', async () => {
    const { store } = open(sourceOf('a', [crl()]).source, sourceOf('b', [crl(), crl({}, other)]).source)
    expect(store.snapshot().all).toHaveLength(3)
    expect(store.snapshot().byIssuer.size).toBe(2)
    expect(store.isSettled()).toBe(true)
    await store.ready()
  })

  test('of no source is empty, and known to be', () => {
    const { store } = open()
    expect(store.snapshot()).toMatchObject({ all: [], missing: [] })
    expect(store.isSettled()).toBe(true)
  })

  test('whose file cannot be read is never made, and leaves no watch behind', () => {
    let watches = 0
    const watched: CrlSource = {
      ...sourceOf('a', [crl()]).source,
      watch: () => {
        watches++
        return () => watches--
      },
    }
    expect(() => open(watched, sourceOf('b', new Error('unreadable')).source)).toThrow('unreadable')
    expect(watches).toBe(0)
  })

  test('grows its epoch with each change, and with nothing else', async () => {
    const { says, source } = sourceOf('a', [crl()])
    const { store, events } = open(source)
    const first = store.epoch()
    await store.reload()
    expect(store.epoch()).toBe(first)
    says.content = [crl({ number: 2 })]
    await store.reload()
    expect(store.epoch()).toBe(first + 1)
    says.content = new Error('gone')
    await store.reload()
    expect(store.epoch()).toBe(first + 1)
    expect(events.map(({ outcome, epoch }) => [outcome, epoch - first])).toEqual([
      ['loaded', 0],
      ['loaded', 1],
      ['kept-last-good', 1],
    ])
  })

  test('keeps the last good content of each source by itself (CVE-2026-53434)', async () => {
    const [a, b] = [sourceOf('a', [crl()]), sourceOf('b', [crl({}, other)])]
    const { store } = open(a.source, b.source)
    a.says.content = new Error('truncated')
    b.says.content = [crl({ number: 2 }, other), crl({ number: 3 }, other)]
    await store.reload()
    expect(store.snapshot().all).toHaveLength(3)
    expect(store.status()).toMatchObject([
      { name: 'a', crls: 1, error: 'a could not be loaded: truncated', lastSuccess: root.at },
      { name: 'b', crls: 2, error: null },
    ])
  })

  test('hands out snapshots that do not change', async () => {
    const { says, source } = sourceOf('a', [crl()])
    const { store } = open(source)
    const before = store.snapshot()
    says.content = []
    await store.reload()
    expect(before.all).toHaveLength(1)
    expect(store.snapshot().all).toHaveLength(0)
  })
})

describe('a source somewhere else', () => {
  test('is missing until it has loaded, and what it may hold is not known', async () => {
    const { loads, source } = remoteSource('remote')
    const { store } = open(sourceOf('a', [crl()]).source, source)
    expect(store.isSettled()).toBe(false)
    expect(store.snapshot()).toMatchObject({ missing: [{ source: 'remote', error: 'not loaded yet' }] })
    expect(store.snapshot().all).toHaveLength(1)
    const epoch = store.epoch()
    loads[0]?.resolve([crl({}, other)])
    await store.ready()
    expect(store.isSettled()).toBe(true)
    expect(store.snapshot()).toMatchObject({ missing: [] })
    expect(store.snapshot().all).toHaveLength(2)
    expect(store.epoch()).toBeGreaterThan(epoch)
  })

  test('that fails is settled and still missing, with the reason: the mode decides', async () => {
    const { loads, source } = remoteSource('remote')
    const { store, events } = open(source)
    loads[0]?.reject(new Error('connection refused'))
    await store.ready()
    expect(store.isSettled()).toBe(true)
    expect(store.snapshot()).toMatchObject({
      all: [],
      missing: [{ source: 'remote', error: 'remote could not be loaded: connection refused' }],
    })
    expect(events).toMatchObject([{ outcome: 'kept-last-good' }])
    const again = store.reload()
    loads[1]?.resolve([crl()])
    await again
    expect(store.snapshot().all).toHaveLength(1)
    expect(store.snapshot().missing).toEqual([])
  })
})

describe('status() says of each source', () => {
  test('how many CRLs and entries it has, and when the first of them is out of date', () => {
    const entries = [encodeCrlEntries([1, 2, 3], { revokedAt: root.at })]
    const [soon, late] = [new Date('2026-01-02T00:00:00Z'), new Date('2026-02-01T00:00:00Z')]
    const { store } = open(
      sourceOf('a', [crl({ entries, nextUpdate: late }), crl({ nextUpdate: soon })]).source,
      sourceOf('b', [crl({ nextUpdate: null })]).source,
    )
    expect(store.status()).toMatchObject([
      { name: 'a', crls: 2, entries: 3, nextUpdate: soon },
      { name: 'b', crls: 1, entries: 0, nextUpdate: null },
    ])
  })

  test('nothing of signatures, which nobody has asked about yet', () => {
    const { store } = open(sourceOf('a', [loaded(broken.forgedCrl(mintCrl(root)))]).source)
    expect(store.status()).toMatchObject([{ crls: 1, error: null }])
  })
})
