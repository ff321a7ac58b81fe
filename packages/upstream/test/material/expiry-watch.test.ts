/** What is said of a certificate that expires, by the clock that is injected and the timers of the machine. */
import { DEFAULT_CLOCK } from '@clientcert/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MaterialError } from '../../src/material/material-error.ts'
import { named, open, otherRoot, root } from './material-files.ts'

beforeEach(() => void vi.useFakeTimers({ now: DEFAULT_CLOCK }))
afterEach(() => vi.useRealTimers())

const HOUR = 3_600_000
const DAY = 24 * HOUR
const clock = () => new Date()
const after = (ms: number) => new Date(DEFAULT_CLOCK.getTime() + ms)

function openFor(lifetimeMs: number, more: object = {}) {
  const { certChain, privateKey } = named('ours', { notBefore: DEFAULT_CLOCK, notAfter: after(lifetimeMs) })
  const opened = open({ pem: { certChain, privateKey, caCertChain: root.certificate.pem }, ...more }, clock)
  return { ...opened, said: () => opened.reports.map((error) => error instanceof MaterialError && error.code) }
}

test.each<[string, number, object, number]>([
  ['a fifth of its lifetime', 10 * HOUR, {}, 8 * HOUR],
  ['at most seven days', 365 * DAY, {}, 358 * DAY],
  ['as long as is asked for', 365 * DAY, { warnBeforeExpirySeconds: 86_400 }, 364 * DAY],
])('says that our certificate expires, %s before, once; and then that it has', async (_, lifetime, more, warned) => {
  const { store, said, reports } = openFor(lifetime, more)
  await vi.advanceTimersByTimeAsync(warned - 1)
  expect({ said: said(), state: store.status().state }).toEqual({ said: [], state: 'current' })
  await vi.advanceTimersByTimeAsync(1)
  expect({ said: said(), state: store.status().state }).toEqual({
    said: ['ERR_MATERIAL_EXPIRES_SOON'],
    state: 'expires-soon',
  })
  expect(reports[0]?.message).toMatch(/certificate CN=ours, serial [0-9a-f]+, of `pem` expires at /)
  await vi.advanceTimersByTimeAsync(lifetime - warned)
  expect(said()).toEqual(['ERR_MATERIAL_EXPIRES_SOON'])
  await vi.advanceTimersByTimeAsync(1)
  expect({ said: said(), state: store.status().state }).toEqual({
    said: ['ERR_MATERIAL_EXPIRES_SOON', 'ERR_MATERIAL_EXPIRED'],
    state: 'expired',
  })
  await vi.advanceTimersByTimeAsync(30 * DAY)
  expect(said()).toHaveLength(2)
  expect(vi.getTimerCount()).toBe(0)
})

test('with 0 it is spoken of when it has expired', async () => {
  const { said } = openFor(HOUR, { warnBeforeExpirySeconds: 0 })
  await vi.advanceTimersByTimeAsync(HOUR - 1)
  expect(said()).toEqual([])
  await vi.advanceTimersByTimeAsync(2)
  expect(said().at(-1)).toBe('ERR_MATERIAL_EXPIRED')
})

test('one that expires soon when it is loaded is spoken of at once', () => {
  expect(openFor(HOUR, { warnBeforeExpirySeconds: 7200 }).said()).toEqual(['ERR_MATERIAL_EXPIRES_SOON'])
})

test('one that was replaced is not spoken of, nor is it after closing, and a change of authorities says nothing twice', async () => {
  const short = named('short', { notBefore: DEFAULT_CLOCK, notAfter: after(10 * HOUR) })
  const long = named('long', { notBefore: DEFAULT_CLOCK, notAfter: after(100 * DAY) })
  let pair = short
  let ca = root.certificate.pem
  const load = () => ({ certChain: pair.certChain, privateKey: pair.privateKey, caCertChain: ca })
  const { store, reports } = open({ source: { name: 'ours', load, watch: () => () => {} } }, clock)
  await vi.advanceTimersByTimeAsync(9 * HOUR)
  expect(reports).toHaveLength(1)
  ca += otherRoot.certificate.pem
  await store.reload()
  expect(store.current()?.authorities).toHaveLength(2)
  expect(reports).toHaveLength(1)
  pair = long
  await store.reload()
  expect(store.status().state).toBe('current')
  await vi.advanceTimersByTimeAsync(2 * HOUR)
  expect(reports).toHaveLength(1)
  store.close()
  await vi.advanceTimersByTimeAsync(200 * DAY)
  expect(reports).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})
