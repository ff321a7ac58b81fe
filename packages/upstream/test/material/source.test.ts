/** Material of a source: the application's own code, which may be late, wrong, or never answer. */
import { SourceError, type TlsMaterial, type TlsMaterialSource } from '@clientcert/core'
import { afterEach, expect, test, vi } from 'vitest'
import { MaterialError } from '../../src/material/material-error.ts'
import { readMaterialOptions } from '../../src/material/material-options.ts'
import { createMaterialStore } from '../../src/material/material-store.ts'
import { named, open, otherRoot, place, root, subjectOf } from './material-files.ts'

afterEach(() => vi.useRealTimers())

const ca = root.certificate.pem
const materialOf = ({ certChain, privateKey }: ReturnType<typeof named>) => ({ certChain, privateKey, caCertChain: ca })
const [first, second] = [materialOf(named('first')), materialOf(named('second'))]

/** A source that tells of its changes. */
function sourceOf(start: () => unknown) {
  let load = start
  let changed = () => {}
  let isWatched = false
  const source = {
    name: 'the agent',
    load: () => load() as TlsMaterial | Promise<TlsMaterial>,
    watch: (listener: () => void) => {
      isWatched = true
      changed = listener
      return () => {
        isWatched = false
      }
    },
  }
  const become = (next: () => unknown) => {
    load = next
    changed()
  }
  return { source, become, isWatched: () => isWatched }
}

test.each<[string, () => unknown]>([
  ['at once', () => first],
  ['later', () => Promise.resolve(first)],
  [
    'as bytes',
    () => ({ certChain: Buffer.from(first.certChain), privateKey: Buffer.from(first.privateKey), caCertChain: ca }),
  ],
])('material may come %s', async (_, load) => {
  const { store } = open({ source: sourceOf(load).source })
  await store.ready()
  expect(subjectOf(store.current())).toBe('first')
  expect(store.current()).toMatchObject({ authorities: [ca], authoritiesFrom: 'given' })
  expect(store.status().source).toBe('the agent')
})

test('is followed by its watch, until the store is closed', async () => {
  const { source, become, isWatched } = sourceOf(() => Promise.resolve(first))
  const opened = open({ source })
  await opened.store.ready()
  expect(opened.changes.map(subjectOf)).toEqual(['first'])
  become(() => Promise.resolve(second))
  await vi.waitFor(() => expect(opened.changes.map(subjectOf)).toEqual(['first', 'second']))
  expect(isWatched()).toBe(true)
  opened.store.close()
  expect(isWatched()).toBe(false)
})

test('one that refuses keeps the last good; its error is the cause', async () => {
  const { source, become } = sourceOf(() => first)
  const { store, reports } = open({ source })
  const cause = new Error('the agent answered 500')
  become(() => Promise.reject(cause))
  await vi.waitFor(() => expect(reports).toHaveLength(1))
  expect(reports[0]).toBeInstanceOf(SourceError)
  expect(reports[0]?.cause).toBe(cause)
  expect(store.status().error).toBe('the agent could not be loaded: the agent answered 500')
  expect(subjectOf(store.current())).toBe('first')
})

test('one that takes time and fails at first rejects `ready()`, and resolves it once it has recovered', async () => {
  const { source, become } = sourceOf(() => Promise.reject(new Error('no agent')))
  const { store, changes } = open({ source })
  await expect(store.ready()).rejects.toThrow('the agent could not be loaded: no agent')
  expect(store.status().state).toBe('waiting')
  become(() => first)
  await vi.waitFor(() => expect(changes).toHaveLength(1))
  await store.ready()
})

test("and under `whenMissing: 'wait'` does not reject, but waits", async () => {
  const { source, become } = sourceOf(() => Promise.reject(new Error('no agent')))
  const { store, reports } = open({ source, whenMissing: 'wait' })
  const ready = store.ready()
  await vi.waitFor(() => expect(reports).toHaveLength(1))
  become(() => first)
  await ready
  expect(subjectOf(store.current())).toBe('first')
})

test('one that never answers holds up neither `close()` nor `reload()`', async () => {
  const { source } = sourceOf(() => new Promise(() => {}))
  const { store } = open({ source })
  const [ready, reload] = [store.ready(), store.reload()]
  store.close()
  await expect(ready).rejects.toMatchObject({ code: 'ERR_CONFIG_CLOSED' })
  await reload
})

test('one without a watch is asked each minute', async () => {
  vi.useFakeTimers()
  let material = first
  const { store } = open({ source: { name: 'silent', load: () => material } })
  expect(store.status().nextRefresh).not.toBeNull()
  material = second
  await vi.advanceTimersByTimeAsync(59_000)
  expect(subjectOf(store.current())).toBe('first')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(subjectOf(store.current())).toBe('second')
})

test('is called as its own method: sources are instances of classes', () => {
  class Agent implements TlsMaterialSource {
    readonly name = 'an instance'
    readonly #material = first
    load() {
      return this.#material
    }
  }
  expect(subjectOf(open({ source: new Agent() }).store.current())).toBe('first')
})

test('`caCertChainFile` wins over the authorities that it loads', () => {
  const caCertChainFile = `${place({ 'ca.pem': otherRoot.certificate.pem })}/ca.pem`
  const { store } = open({ source: sourceOf(() => first).source, caCertChainFile })
  expect(store.current()?.authorities).toEqual([otherRoot.certificate.pem])
})

test.each<[string, unknown, string, RegExp]>([
  ['nothing', undefined, 'ERR_MATERIAL_MISSING', /no `certChain`/],
  ['null', null, 'ERR_MATERIAL_MISSING', /no `certChain`/],
  ['text', first.certChain, 'ERR_MATERIAL_MISSING', /no `certChain`/],
  ['half a pair', { certChain: first.certChain }, 'ERR_MATERIAL_MISSING', /the private key .* no `privateKey`/],
  ['a number as certificate', { ...first, certChain: 1 }, 'ERR_MATERIAL_MALFORMED', /certChain\).*a number/],
  ['null as authorities', { ...first, caCertChain: null }, 'ERR_MATERIAL_MALFORMED', /caCertChain\)/],
  ['a number as passphrase', { ...first, passphrase: 1 }, 'ERR_MATERIAL_MALFORMED', /passphrase\).*a number/],
  ['a PFX beside a pair', { ...first, pfx: Buffer.from('x') }, 'ERR_MATERIAL_MALFORMED', /stands beside/],
  ['a PFX that is none', { pfx: Buffer.from('x') }, 'ERR_MATERIAL_MALFORMED', /no whole PFX/],
  ['two megabytes', { ...first, caCertChain: 'x'.repeat(2_097_152) }, 'ERR_MATERIAL_TOO_LARGE', /at most 1048576/],
])('%s is refused, with where it is from', (_, loaded, code, message) => {
  try {
    open({ source: sourceOf(() => loaded).source })
  } catch (error) {
    const { cause } = error as Error
    expect(cause).toBeInstanceOf(MaterialError)
    expect(cause).toMatchObject({ code })
    expect(String(cause)).toContain('the agent')
    expect(String(cause)).toMatch(message)
    expect(String(error)).not.toContain('BEGIN')
    return
  }
  throw new Error('it was taken')
})

test('one whose watch throws is said to be, and loaded all the same', () => {
  const watch = () => {
    throw new Error('no watch')
  }
  const { store, reports } = open({ source: { ...sourceOf(() => first).source, watch } })
  expect(subjectOf(store.current())).toBe('first')
  expect(reports.map(String)).toEqual(['SourceError: the agent could not be loaded: no watch'])
})

test('an application whose own functions throw is told, and followed on', async () => {
  const { source, become } = sourceOf(() => first)
  const reports: Error[] = []
  let changes = 0
  const store = createMaterialStore(readMaterialOptions({ source }, 'upstream'), {
    clock: () => new Date('2026-01-01T00:00:00Z'),
    report: (error) => reports.push(error),
    onChange: () => {
      changes++
      throw new Error('of the application')
    },
  })
  become(() => second)
  await vi.waitFor(() => expect(changes).toBe(1))
  become(() => first)
  await vi.waitFor(() => expect(changes).toBe(2))
  expect(reports.map(({ message }) => message)).toEqual(['of the application', 'of the application'])
  store.close()
})
