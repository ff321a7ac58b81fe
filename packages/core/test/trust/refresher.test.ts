/** Sources that take their time. Loads end when the test says so, and time passes when it says so. */
import { createAuthority } from '@clientcert/testing'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createAuthenticator, dns } from '../../src/index.ts'
import { SourceError } from '../../src/sources/source-error.ts'
import { TRUST_FAILURES, type TrustEvidence } from '../../src/trust/failures.ts'
import { createTrustStore } from '../../src/trust/store.ts'
import { CLOCK, heldBy, materialOf, openStore, pemOf, type Recorded, remoteSource } from './stores.ts'

const [one, other, third] = [createAuthority('One'), createAuthority('Other'), createAuthority('Third')]

/** Lets promises that are settled run their course. */
const settled = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

afterEach(() => vi.useRealTimers())

describe('before a remote source has loaded, nobody is verified', () => {
  function open() {
    const remote = remoteSource()
    const authenticator = createAuthenticator({ trust: [{ pem: pemOf(one) }, remote.source], clock: () => CLOCK })
    onTestFinished(() => authenticator.close())
    return { remote, authenticator, verify: () => authenticator.verify({ pem: one.issue().fullChainPem }) }
  }

  test('not by the sources that have: ERR_TRUST_NOT_READY names those that have not, and the answer is 503', async () => {
    const { authenticator, verify } = open()
    const decision = await verify()
    if (decision.outcome !== 'rejected') return expect.unreachable(decision.outcome)
    expect(decision).toMatchObject({
      reason: 'unavailable',
      failure: { code: 'ERR_TRUST_NOT_READY', leg: 'trust', waitingFor: ['remote'], message: 'not loaded yet: remote' },
    })
    expect(authenticator.refusal(decision).statusCode).toBe(503)
    expect(authenticator.status()).toMatchObject({ ready: false, epoch: 0, anchors: 0 })
  })

  test('not in any mode that looks at the certificate', async () => {
    const { authenticator } = open()
    for (const mode of ['required', 'optional', 'optional-no-ca', 'accept-unverified'] as const) {
      const decision = await authenticator.verify({ pem: one.issue().fullChainPem }, authenticator.route(mode))
      expect(decision).toMatchObject({ outcome: 'rejected', reason: 'unavailable' })
    }
  })

  test('and then everybody: ready() resolves', async () => {
    const { authenticator, remote, verify } = open()
    const ready = authenticator.ready()
    remote.loads[0]?.resolve(materialOf(other))
    await ready
    expect((await verify()).outcome).toBe('accepted')
    expect(authenticator.status()).toMatchObject({ ready: true, epoch: 1, anchors: 2 })
  })

  test('every code of the leg is produced here', () => {
    const produced: Readonly<Record<keyof TrustEvidence, true>> = { ERR_TRUST_NOT_READY: true }
    expect(Object.keys(produced)).toEqual(Object.keys(TRUST_FAILURES))
  })
})

describe('ready()', () => {
  test('rejects with the failure of the first attempt, and the store goes on trying', async () => {
    vi.useFakeTimers()
    const { source, loads } = remoteSource()
    const events: Recorded[] = []
    const store = openStore(source, events)
    const ready = store.ready()
    loads[0]?.reject(new Error('connection refused'))
    await expect(ready).rejects.toThrow('remote could not be loaded: connection refused')
    await expect(store.ready()).rejects.toBeInstanceOf(SourceError)
    expect(store.snapshot()).toBe(null)
    expect(events).toMatchObject([{ outcome: 'kept-last-good', epoch: 0 }])
    expect(store.status()).toMatchObject([
      { lastSuccess: null, error: expect.stringContaining('connection refused') as string },
    ])

    await vi.advanceTimersByTimeAsync(1000)
    loads[1]?.resolve(materialOf(one))
    await settled()
    await store.ready()
    expect(heldBy(store).anchors).toEqual(['One'])
    expect(store.status()).toMatchObject([{ lastSuccess: CLOCK, error: null, nextRefresh: null }])
  })

  test('rejects with an Error also where the source throws something else', async () => {
    const { source, loads } = remoteSource()
    const ready = openStore(source).ready()
    loads[0]?.reject('connection refused')
    await expect(ready).rejects.toThrow('remote could not be loaded: connection refused')
    await expect(ready).rejects.toMatchObject({ cause: 'connection refused' })
  })

  test('rejects where what was loaded is no trust: garbage, intermediates only', async () => {
    for (const material of [[{ der: Uint8Array.of(1, 2, 3), origin: 'remote' }], materialOf(one.intermediate())]) {
      const { source, loads } = remoteSource()
      const ready = openStore(source).ready()
      loads[0]?.resolve(material)
      await expect(ready).rejects.toBeInstanceOf(SourceError)
    }
  })

  test('resolves by a later load where the first hangs', async () => {
    const { source, loads, change } = remoteSource()
    const store = openStore(source)
    change()
    loads[1]?.resolve(materialOf(one))
    await settled()
    await store.ready()
    expect(heldBy(store).anchors).toEqual(['One'])
  })

  test('never resolves while nothing is loaded, though the first load was overtaken by one that failed', async () => {
    const { source, loads, change } = remoteSource()
    const store = openStore(source)
    const ready = store.ready()
    change()
    loads[1]?.reject(new Error('connection reset'))
    await settled()
    loads[0]?.resolve(materialOf(one))
    await expect(ready).rejects.toThrow('connection reset')
    expect(store.snapshot()).toBe(null)
  })

  test('rejects where the store is closed before', async () => {
    const { source } = remoteSource()
    const store = openStore(source)
    const ready = store.ready()
    store.close()
    await expect(ready).rejects.toMatchObject({ code: 'ERR_CONFIG_CLOSED' })
  })

  test('is waited for by nobody without harm: a failure nobody asked for is no unhandled rejection', async () => {
    const { source, loads } = remoteSource()
    const store = openStore(source)
    loads[0]?.reject(new Error('connection refused'))
    // An unhandled rejection would fail the run of the tests.
    await settled()
    expect(store.status()).toMatchObject([{ error: expect.stringContaining('connection refused') as string }])
  })
})

describe('loads that overtake one another', () => {
  test('a slow old load never overwrites a newer one', async () => {
    const { source, loads, change } = remoteSource()
    const store = openStore(source)
    change()
    loads[1]?.resolve(materialOf(other))
    await settled()
    loads[0]?.resolve(materialOf(one))
    await settled()
    expect(heldBy(store).anchors).toEqual(['Other'])
    expect(store.snapshot()?.epoch).toBe(1)
  })

  test('nor does its failure hide the success of a newer one', async () => {
    const events: Recorded[] = []
    const { source, loads, change } = remoteSource()
    const store = openStore(source, events)
    change()
    loads[1]?.resolve(materialOf(other))
    await settled()
    loads[0]?.reject(new Error('connection reset'))
    await settled()
    expect(store.status()).toMatchObject([{ error: null, nextRefresh: null }])
    expect(events.map(({ outcome }) => outcome)).toEqual(['loaded'])
  })

  test('nor does its success hide the failure of a newer one', async () => {
    const { source, loads, change } = remoteSource()
    const store = openStore(source)
    loads[0]?.resolve(materialOf(one))
    await settled()
    change()
    change()
    loads[2]?.reject(new Error('connection reset'))
    await settled()
    loads[1]?.resolve(materialOf(other))
    await settled()
    expect(heldBy(store).anchors).toEqual(['One'])
    expect(store.status()).toMatchObject([{ error: expect.stringContaining('connection reset') as string }])
  })

  test('a source that changes faster than it loads is followed all the same', async () => {
    const { source, loads, change } = remoteSource()
    const store = openStore(source)
    change()
    loads[0]?.resolve(materialOf(one))
    await settled()
    expect(heldBy(store).anchors).toEqual(['One'])
    change()
    loads[1]?.resolve(materialOf(other))
    await settled()
    expect(heldBy(store).anchors).toEqual(['Other'])
    loads[2]?.resolve(materialOf(third))
    await settled()
    expect(heldBy(store).anchors).toEqual(['Third'])
    expect(store.snapshot()?.epoch).toBe(3)
  })
})

describe('a source that failed is tried again by itself', () => {
  test('after one second, then after twice as long each time, at most a minute', async () => {
    vi.useFakeTimers()
    let loads = 0
    const store = openStore({
      name: 'mine',
      load: () => {
        loads++
        if (loads > 1) throw new Error('connection refused')
        return materialOf(one)
      },
    })
    await store.reload()
    const waits: number[] = []
    for (let attempt = 0; attempt < 9; attempt++) {
      const [status] = store.status()
      const wait = (status?.nextRefresh?.getTime() ?? 0) - CLOCK.getTime()
      waits.push(wait)
      const before = loads
      await vi.advanceTimersByTimeAsync(wait - 1)
      expect(loads).toBe(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(loads).toBe(before + 1)
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
    expect(heldBy(store).anchors).toEqual(['One'])
  })

  test('until it succeeds: then it waits for a change again, and a later failure begins at one second', async () => {
    vi.useFakeTimers()
    let isBroken = false
    let loads = 0
    const store = openStore({
      name: 'mine',
      load: () => {
        loads++
        if (isBroken) throw new Error('connection refused')
        return materialOf(one)
      },
    })
    isBroken = true
    await store.reload()
    await vi.advanceTimersByTimeAsync(1000)
    isBroken = false
    await vi.advanceTimersByTimeAsync(2000)
    expect(store.status()).toMatchObject([{ error: null, nextRefresh: null }])
    const before = loads
    await vi.advanceTimersByTimeAsync(600_000)
    expect(loads).toBe(before)
    isBroken = true
    await store.reload()
    expect(store.status()).toMatchObject([{ nextRefresh: new Date(CLOCK.getTime() + 1000) }])
  })
})

describe('close()', () => {
  test('stops watching and trying again, and what is under way comes too late', async () => {
    vi.useFakeTimers()
    const { source, loads, change, isWatched } = remoteSource()
    const events: Recorded[] = []
    const store = openStore(source, events)
    loads[0]?.resolve(materialOf(one))
    await settled()
    change()
    loads[1]?.reject(new Error('connection reset'))
    await settled()
    change()
    expect(loads).toHaveLength(3)
    expect(isWatched()).toBe(true)

    store.close()
    expect(isWatched()).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
    loads[2]?.resolve(materialOf(other))
    await settled()
    expect(heldBy(store).anchors).toEqual(['One'])
    expect(events.map(({ outcome }) => outcome)).toEqual(['loaded', 'kept-last-good'])
    await store.reload()
    expect(loads).toHaveLength(3)
  })

  test('comes by itself where a store is never made: a source that was watched already is let go', () => {
    const first = remoteSource()
    const last = remoteSource()
    const broken = {
      name: 'broken',
      load: () => {
        throw new Error('broken')
      },
    }
    const create = () =>
      createTrustStore(
        [first.source, broken, last.source],
        () => CLOCK,
        () => {},
      )
    expect(create).toThrow('broken')
    expect(first.isWatched()).toBe(false)
    expect(last.isWatched()).toBe(false)
    // Its load may still fail later, which concerns nobody.
    first.loads[0]?.reject(new Error('connection refused'))
  })

  test('also where the trust in proxies is what is broken', () => {
    const first = remoteSource()
    const create = () =>
      createAuthenticator({
        trust: first.source,
        from: {
          proxy: 'nginx',
          onlyFrom: { certificate: { trust: { file: '/nowhere/ca.pem' }, allow: dns('proxy.internal') } },
        },
      })
    expect(create).toThrow(/ERR_CONFIG|could not be read/)
    expect(first.isWatched()).toBe(false)
  })
})
