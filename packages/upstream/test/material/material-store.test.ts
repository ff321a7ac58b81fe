/** Material that is kept while the world around it changes: real files, each way in which they are replaced. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError, SourceError } from '@clientcert/core'
import { DEFAULT_CLOCK } from '@clientcert/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { MaterialError } from '../../src/material/material-error.ts'
import {
  istio,
  kubernetes,
  mount,
  named,
  open,
  otherRoot,
  outcomeOf,
  place,
  root,
  subjectOf,
  temporaryDirectory,
} from './material-files.ts'

const ca = root.certificate.pem
const [first, second, third] = [named('first'), named('second'), named('third')]

/** Long for a machine under load: what is noticed is noticed in a second. */
const NOTICED = { timeout: 15_000, interval: 20 }

type Opened = ReturnType<typeof open>
const becomes = (opened: Opened, name: string) =>
  vi.waitFor(() => expect(subjectOf(opened.store.current())).toBe(name), NOTICED)
const says = (opened: Opened, code: string) =>
  vi.waitFor(() => expect(opened.reports.map(codeOf)).toContain(code), NOTICED)

/** Of a report: that of the material's own error. */
function codeOf(error: Error): unknown {
  const cause = error instanceof SourceError ? error.cause : error
  return cause instanceof MaterialError ? cause.code : cause
}

/** Files by the three options, with what writes them. */
function filesOf({ certChain, privateKey }: typeof first) {
  const directory = place({ 'own.pem': certChain, 'own.key': privateKey, 'ca.pem': ca })
  const [certChainFile, privateKeyFile, caCertChainFile] = ['own.pem', 'own.key', 'ca.pem'].map((name) =>
    join(directory, name),
  ) as [string, string, string]
  return { given: { certChainFile, privateKeyFile, caCertChainFile }, directory }
}

describe('files are followed', () => {
  test('written again in place, both', async () => {
    const { given } = filesOf(first)
    const opened = open(given)
    expect(subjectOf(opened.store.current())).toBe('first')
    writeFileSync(given.certChainFile, second.certChain)
    writeFileSync(given.privateKeyFile, second.privateKey)
    await becomes(opened, 'second')
    expect(opened.changes.map(subjectOf)).toEqual(['second'])
  })

  test('renamed over, twice', async () => {
    const { given } = filesOf(first)
    const opened = open(given)
    for (const [name, pair] of Object.entries({ second, third })) {
      for (const [file, content] of [
        [given.certChainFile, pair.certChain],
        [given.privateKeyFile, pair.privateKey],
      ] as const) {
        writeFileSync(`${file}.new`, content)
        renameSync(`${file}.new`, file)
      }
      await becomes(opened, name)
    }
  })

  test('a bundle of authorities that changes alone is a change', async () => {
    const { given } = filesOf(first)
    const opened = open(given)
    writeFileSync(given.caCertChainFile, ca + otherRoot.certificate.pem)
    await vi.waitFor(
      () => expect(opened.store.current()?.authorities).toEqual([ca, otherRoot.certificate.pem]),
      NOTICED,
    )
    expect(opened.changes).toHaveLength(1)
  })

  test('the same content written again is none', async () => {
    const { given } = filesOf(first)
    const opened = open(given)
    const before = opened.store.current()
    writeFileSync(given.certChainFile, `# renewed\n${first.certChain}`)
    await opened.store.reload()
    expect(opened.store.current()).toBe(before)
    expect(opened.changes).toEqual([])
    expect(opened.reports).toEqual([])
  })

  test('a mount of Kubernetes by its swaps', async () => {
    const directory = mount(temporaryDirectory(), '..1', kubernetes(first, ca))
    const opened = open({ directory })
    for (const [name, pair] of Object.entries({ second, third })) {
      mount(directory, `..${name}`, kubernetes(pair, ca))
      await becomes(opened, name)
    }
    expect(opened.reports).toEqual([])
  })

  test('a directory that is itself a link, swapped', async () => {
    const parent = temporaryDirectory()
    for (const [name, pair] of Object.entries({ first, second })) place(istio(pair, ca), join(parent, name))
    symlinkSync('first', join(parent, 'current'))
    const opened = open({ directory: join(parent, 'current') })
    symlinkSync('second', join(parent, 'next'))
    renameSync(join(parent, 'next'), join(parent, 'current'))
    await becomes(opened, 'second')
  })

  test('a directory of which the layout changes', async () => {
    const directory = place(kubernetes(first, ca))
    const opened = open({ directory })
    for (const name of ['tls.crt', 'tls.key', 'ca.crt']) unlinkSync(join(directory, name))
    place(istio(second, ca), directory)
    await becomes(opened, 'second')
  })

  test('`caCertChainFile` wins over what a directory holds, and is followed as well', async () => {
    const directory = place(kubernetes(first, ca))
    const caCertChainFile = join(place({ 'ca.pem': otherRoot.certificate.pem }), 'ca.pem')
    const opened = open({ directory, caCertChainFile })
    expect(opened.store.current()?.authorities).toEqual([otherRoot.certificate.pem])
    writeFileSync(caCertChainFile, ca)
    await vi.waitFor(() => expect(opened.store.current()?.authorities).toEqual([ca]), NOTICED)
  })
})

describe('what is not good keeps the last good, and is said', () => {
  test('a half-written certificate, then the rest of it', async () => {
    const { given } = filesOf(first)
    const opened = open(given)
    writeFileSync(given.privateKeyFile, second.privateKey)
    writeFileSync(given.certChainFile, second.certChain.slice(0, 300))
    await says(opened, 'ERR_MATERIAL_MALFORMED')
    expect(subjectOf(opened.store.current())).toBe('first')
    expect(opened.store.status()).toMatchObject({ subject: 'CN=first', state: 'current' })
    expect(opened.store.status().error).toContain('it ends within a PEM block')
    appendFileSync(given.certChainFile, second.certChain.slice(300))
    await becomes(opened, 'second')
    expect(opened.store.status().error).toBeNull()
  })

  test('a pair that does not match, in between', async () => {
    const { given } = filesOf(first)
    const opened = open(given)
    writeFileSync(given.certChainFile, second.certChain)
    await says(opened, 'ERR_MATERIAL_MISMATCH')
    expect(subjectOf(opened.store.current())).toBe('first')
    writeFileSync(given.privateKeyFile, second.privateKey)
    await becomes(opened, 'second')
  })

  test.each([
    [
      'ERR_MATERIAL_EXPIRED',
      { notBefore: new Date('2025-01-01T00:00:00Z'), notAfter: new Date('2025-12-31T00:00:00Z') },
    ],
    ['ERR_MATERIAL_NOT_YET_VALID', { notBefore: new Date('2026-01-02T00:00:00Z') }],
  ])('a new pair that is %s', async (code, validity) => {
    const { given } = filesOf(first)
    const { store, reports, changes } = open(given)
    const bad = named('bad', validity)
    writeFileSync(given.certChainFile, bad.certChain)
    writeFileSync(given.privateKeyFile, bad.privateKey)
    await store.reload()
    expect(reports.map(codeOf)).toEqual([code])
    expect(subjectOf(store.current())).toBe('first')
    expect(changes).toEqual([])
  })

  test('files that are removed, and come again', async () => {
    const directory = place(kubernetes(first, ca))
    const opened = open({ directory })
    rmSync(directory, { recursive: true })
    await says(opened, 'ERR_MATERIAL_MISSING')
    expect(subjectOf(opened.store.current())).toBe('first')
    place(kubernetes(second, ca), directory)
    await becomes(opened, 'second')
  })

  test('authorities that are gone are not replaced by those of the system, nor is a tail that was cut off', async () => {
    const directory = place(kubernetes(first, ca))
    const { store, reports } = open({ directory })
    unlinkSync(join(directory, 'ca.crt'))
    await store.reload()
    expect(reports.map(codeOf)).toEqual(['ERR_MATERIAL_AUTHORITIES_GONE'])
    expect(store.current()).toMatchObject({ authorities: [ca], authoritiesFrom: 'given' })
    const tailed = place(kubernetes({ ...first, certChain: first.certChain + ca }))
    const other = open({ directory: tailed })
    expect(other.store.current()?.authoritiesFrom).toBe('self-signed-tail')
    writeFileSync(join(tailed, 'tls.crt'), first.certChain)
    await other.store.reload()
    expect(other.reports.map(codeOf)).toEqual(['ERR_MATERIAL_AUTHORITIES_GONE'])
    expect(other.store.current()?.authoritiesFrom).toBe('self-signed-tail')
    writeFileSync(join(tailed, 'ca.crt'), ca)
    await other.store.reload()
    expect(other.store.current()?.authoritiesFrom).toBe('given')
  })

  test('on the channel `clientcert:source` too, by its name', async () => {
    const messages: unknown[] = []
    const listener = (message: unknown) => void messages.push(message)
    subscribe('clientcert:source', listener)
    onTestFinished(() => void unsubscribe('clientcert:source', listener))
    const { given } = filesOf(first)
    const { store, reports } = open(given)
    writeFileSync(given.privateKeyFile, second.privateKey)
    await store.reload()
    const source = `${given.certChainFile} and ${given.privateKeyFile} with ${given.caCertChainFile}`
    expect(messages).toEqual([{ source, outcome: 'kept-last-good', error: reports[0], epoch: 0 }])
    expect(reports[0]).toBeInstanceOf(SourceError)
  })
})

describe('what is missing at the start', () => {
  test.each<[string, object, string, string]>([
    [
      'files that are not there',
      { certChainFile: '/absent', privateKeyFile: '/absent' },
      'certChainFile',
      'ERR_MATERIAL_MISSING',
    ],
    ['a directory that is not there', { directory: '/absent' }, 'directory', 'ERR_MATERIAL_MISSING'],
    ['a PFX that is not there', { pfxFile: '/absent' }, 'pfxFile', 'ERR_MATERIAL_MISSING'],
    [
      'authorities that are not there',
      { certificate: 'none', caCertChainFile: '/absent' },
      'caCertChainFile',
      'ERR_MATERIAL_MISSING',
    ],
    ['a PFX that is none', { pfx: Buffer.from('none') }, 'pfx', 'ERR_MATERIAL_MALFORMED'],
    [
      'a pair that does not match',
      { pem: { certChain: first.certChain, privateKey: second.privateKey } },
      'pem.certChain',
      'ERR_MATERIAL_MISMATCH',
    ],
    ['a source that loads nothing', { source: { name: 'ours', load: () => ({}) } }, 'source', 'ERR_MATERIAL_MISSING'],
  ])('%s is a mistake, with its reason', (_, given, option, code) => {
    try {
      open(given)
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(error).toMatchObject({ code: 'ERR_CONFIG_VALUE', option, cause: { code } })
      expect(String(error)).toContain('TLSContext upstream: ')
      return
    }
    throw new Error('it was made')
  })

  test("or, under `whenMissing: 'wait'`, awaited: a directory that does not exist, then is empty, then fills up", async () => {
    const directory = join(temporaryDirectory(), 'istio')
    const opened = open({ directory, whenMissing: 'wait' })
    const { store } = opened
    expect(store.current()).toBeNull()
    expect(store.status()).toMatchObject({ state: 'waiting', source: directory, subject: null, notAfter: null })
    expect(store.status().error).toContain('ENOENT')
    mkdirSync(directory)
    await vi.waitFor(() => expect(store.status().error).toContain('it holds none of'), NOTICED)
    writeFileSync(join(directory, 'key.pem'), first.privateKey)
    await vi.waitFor(() => expect(store.status().error).toContain('cert-chain.pem'), NOTICED)
    writeFileSync(join(directory, 'cert-chain.pem'), first.certChain)
    await vi.waitFor(() => expect(store.status().error).toContain('root-cert.pem'), NOTICED)
    expect(store.current()).toBeNull()
    writeFileSync(join(directory, 'root-cert.pem'), ca)
    await store.ready()
    expect(subjectOf(store.current())).toBe('first')
    expect(store.status()).toMatchObject({ state: 'current', error: null, authorities: 1, authoritiesFrom: 'given' })
    expect(opened.changes.map(subjectOf)).toEqual(['first'])
    place(istio(second, ca), directory)
    await becomes(opened, 'second')
  })

  test('waiting is for whatever reason, and what is there at once needs none', async () => {
    const whenMissing = 'wait'
    expect(outcomeOf({ pem: { certChain: first.certChain, privateKey: second.privateKey } })).toBe(
      'ERR_MATERIAL_MISMATCH',
    )
    const waiting = open({ pem: { certChain: first.certChain, privateKey: second.privateKey }, whenMissing })
    expect(waiting.store.status().state).toBe('waiting')
    await says(waiting, 'ERR_MATERIAL_MISMATCH')
    const there = open({ pem: { certChain: first.certChain, privateKey: first.privateKey }, whenMissing })
    expect(subjectOf(there.store.current())).toBe('first')
    await there.store.ready()
  })

  test('a certificate that is not valid yet comes into use when it is', async () => {
    let now = DEFAULT_CLOCK
    const notBefore = new Date(DEFAULT_CLOCK.getTime() + 60_000)
    const later = named('later', { notBefore })
    const opened = open(
      { pem: { certChain: later.certChain, privateKey: later.privateKey }, whenMissing: 'wait' },
      () => now,
    )
    expect(opened.store.current()).toBeNull()
    now = notBefore
    await opened.store.ready()
    expect(subjectOf(opened.store.current())).toBe('later')
  })
})

test('closing ends what waits, and what follows', async () => {
  const { given } = filesOf(first)
  const opened = open(given)
  await opened.store.ready()
  opened.store.close()
  await expect(opened.store.ready()).rejects.toMatchObject({ code: 'ERR_CONFIG_CLOSED' })
  writeFileSync(given.certChainFile, 'x')
  await opened.store.reload()
  expect(opened.reports).toEqual([])
  const waiting = open({ directory: '/absent', whenMissing: 'wait' })
  const ready = waiting.store.ready()
  waiting.store.close()
  await expect(ready).rejects.toMatchObject({ code: 'ERR_CONFIG_CLOSED' })
})

test('a certificate that expires with no other stays, as `expired`', async () => {
  let now = DEFAULT_CLOCK
  const { given } = filesOf(first)
  const { store, reports } = open(given, () => now)
  now = new Date((store.status().notAfter?.getTime() ?? 0) + 1)
  expect(store.status()).toMatchObject({ state: 'expired', subject: 'CN=first' })
  await store.reload()
  expect(reports.map(codeOf)).toEqual(['ERR_MATERIAL_EXPIRED'])
  expect(subjectOf(store.current())).toBe('first')
})
