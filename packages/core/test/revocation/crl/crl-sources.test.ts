import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority, encodeCrlEntries, mintCrl } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type CrlSource, MAX_CRL_BYTES, readCrlSources } from '../../../src/revocation/crl/crl-sources.ts'
import type { LoadedCrl } from '../../../src/revocation/crl/loaded-crl.ts'
import { temporaryDirectory } from '../../trust/stores.ts'

const root = createAuthority('Clients CA')
const [one, two] = [mintCrl(root), mintCrl(createAuthority('Other CA'))]

function sourceOf(value: unknown): CrlSource {
  const { local } = readCrlSources(value, 'crls')
  const [source] = local
  if (!source || local.length !== 1) throw new Error(`${local.length} sources`)
  return source
}

const load = (source: CrlSource): readonly LoadedCrl[] => {
  const loaded = source.load()
  if ('then' in loaded) throw new Error('it takes time')
  return loaded
}

const place = (content: string | Uint8Array): string => {
  const file = join(temporaryDirectory(), 'a.crl')
  writeFileSync(file, content)
  return file
}

describe('a source of CRLs', () => {
  test('is named by what it reads, for status() and messages', () => {
    expect(sourceOf({ file: '/etc/a.crl' }).name).toBe('file /etc/a.crl')
    expect(sourceOf({ files: ['/etc/a.crl', '/etc/b.crl'] }).name).toBe('files /etc/a.crl, /etc/b.crl')
    expect(sourceOf({ directory: '/etc/crls' }).name).toBe('directory /etc/crls')
    expect(sourceOf({ pem: one.pem }).name).toBe('crls.pem')
    expect(readCrlSources([{ der: one.der }, { pem: two.pem }], 'crls').local.map(({ name }) => name)).toEqual([
      'crls[0].der',
      'crls[1].pem',
    ])
  })

  test('is watched where it is files, unless it says never', () => {
    expect(sourceOf({ file: 'x' }).watch).toBeDefined()
    expect(sourceOf({ file: 'x', reload: 'watch' }).watch).toBeDefined()
    expect(sourceOf({ file: 'x', reload: 'never' }).watch).toBeUndefined()
    expect(sourceOf({ pem: one.pem }).watch).toBeUndefined()
  })

  test('is not read before it is loaded', () => {
    expect(() => sourceOf({ file: '/nowhere' })).not.toThrow()
    expect(() => load(sourceOf({ file: '/nowhere' }))).toThrow(/crls\.file: \/nowhere could not be read \(ENOENT/)
  })

  test('is read alike at start and again', async () => {
    for (const value of [{ file: place(one.pem + two.pem) }, { files: [place(one.der), place(two.pem)] }]) {
      const source = sourceOf(value)
      const [first, again] = [load(source), await source.reload?.()]
      expect(again?.map(({ origin }) => origin)).toEqual(first.map(({ origin }) => origin))
      expect(source.isSame(first, again ?? [])).toBe(true)
    }
  })

  test('is the same where its octets are, whatever is written around them', () => {
    const source = sourceOf({ file: place(one.pem) })
    const first = load(source)
    expect(source.isSame(first, load(sourceOf({ file: place(one.der) })))).toBe(true)
    expect(source.isSame(first, load(sourceOf({ pem: `# by hand\n${one.pem}` })))).toBe(true)
    expect(source.isSame(first, load(sourceOf({ pem: two.pem })))).toBe(false)
    expect(source.isSame(first, load(sourceOf({ pem: one.pem + two.pem })))).toBe(false)
    expect(source.isSame(first, [])).toBe(false)
  })

  test('is a URL for those who fetch, and no source here', () => {
    expect(readCrlSources([{ url: 'http://crl.example/a' }, { der: one.der }], 'crls')).toMatchObject({
      local: [{ name: 'crls[1].der' }],
      urls: [{ url: 'http://crl.example/a', option: 'crls[0].url' }],
    })
  })
})

describe('a file', () => {
  test(`of more than ${MAX_CRL_BYTES} bytes is not read, at start or again`, async () => {
    const file = place('')
    const source = sourceOf({ file })
    truncateSync(file, MAX_CRL_BYTES + 1)
    const says = new RegExp(`${MAX_CRL_BYTES + 1} bytes, at most ${MAX_CRL_BYTES} are read`)
    expect(() => load(source)).toThrow(says)
    await expect(source.reload?.()).rejects.toThrow(says)
  })

  test('of megabytes is read again in turns, in PEM and DER', async () => {
    const numbers = Array.from({ length: 300_000 }, (_, number) => number)
    const crl = mintCrl(root, { entries: [encodeCrlEntries(numbers, { revokedAt: root.at })] })
    for (const content of [crl.pem, crl.der]) {
      const source = sourceOf({ file: place(content) })
      let turns = 0
      const count = () => {
        turns++
        timer = setImmediate(count)
      }
      let timer = setImmediate(count)
      const loaded = await source.reload?.()
      clearImmediate(timer)
      expect(loaded).toMatchObject([{ index: { entries: 300_000 } }])
      expect(turns).toBeGreaterThan(3)
    }
  })
})
