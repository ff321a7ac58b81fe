import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import type { TrustSource } from '../../src/trust/source.ts'
import { MAX_SOURCE_BYTES, readTrust, type TrustInput } from '../../src/trust/sources.ts'
import { thrownBy } from '../policy/judged.ts'
import { heldBy, materialOf, openStore, pemOf, temporaryDirectory } from './stores.ts'

const [one, other] = [createAuthority('One'), createAuthority('Other')]
const pem = pemOf(one)

/** A directory with these files. */
function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory()
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
  return directory
}

const errorOf = (input: unknown) => thrownBy(() => openStore(input as TrustInput))

describe('trust comes from', () => {
  test('a file', () => {
    const file = join(directoryOf({ 'ca.pem': pem }), 'ca.pem')
    const store = openStore({ file, id: 'ours' })
    expect(heldBy(store).anchors).toEqual(['One'])
    expect(store.snapshot()?.anchors).toMatchObject([{ id: 'ours', origin: file }])
    expect(store.status()).toMatchObject([{ name: `file ${file}`, anchors: 1, intermediates: 0, error: null }])
  })

  test('several files, all of them', () => {
    const directory = directoryOf({ 'a.pem': pem, 'b.pem': pemOf(other) })
    const files = [join(directory, 'b.pem'), join(directory, 'a.pem')]
    expect(heldBy(openStore({ files })).anchors).toEqual(['Other', 'One'])
  })

  test('a directory, every entry in the order of names, but for names that begin with a dot', () => {
    const directory = directoryOf({ 'b.crt': pemOf(other), a: pem, '.hidden': 'junk', '..data': 'junk' })
    const store = openStore({ directory })
    expect(heldBy(store).anchors).toEqual(['One', 'Other'])
    expect(store.snapshot()?.anchors.map(({ origin }) => origin)).toEqual([
      join(directory, 'a'),
      join(directory, 'b.crt'),
    ])
  })

  test('PEM as text', () => {
    expect(heldBy(openStore({ pem: pemOf(one, other) })).anchors).toEqual(['One', 'Other'])
  })

  test('several of these, in an array', () => {
    const store = openStore([{ pem, id: 'one' }, { pem: pemOf(other) }, { pem: pemOf(other), id: 'other' }])
    expect(store.snapshot()?.anchors.map(({ id }) => id)).toEqual(['one', null, 'other'])
    expect(store.snapshot()?.epoch).toBe(1)
  })

  test('a source of one\u2019s own, at once or by a promise', async () => {
    expect(heldBy(openStore({ name: 'mine', load: () => materialOf(one) })).anchors).toEqual(['One'])
    const remote = openStore({ name: 'mine', load: async () => materialOf(one) })
    expect(remote.snapshot()).toBe(null)
    await remote.ready()
    expect(heldBy(remote).anchors).toEqual(['One'])
  })

  test('a promise of another realm, as a test runner with contexts of its own makes them', async () => {
    const foreign = runInNewContext('Promise.resolve()') as Promise<void>
    expect(foreign).not.toBeInstanceOf(Promise)
    const store = openStore({ name: 'mine', load: () => foreign.then(() => materialOf(one)) })
    await store.ready()
    expect(heldBy(store).anchors).toEqual(['One'])
  })
})

describe('what cannot be read is refused at construction, naming the path', () => {
  test('a file that is not there', () => {
    const file = join(temporaryDirectory(), 'missing.pem')
    expect(errorOf({ file })).toMatch(
      /^ERR_CONFIG_TRUST_UNREADABLE trust\.file: .*missing\.pem could not be read \(ENOENT/,
    )
    expect(errorOf({ files: [file] })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE trust\.files: /)
    expect(errorOf({ directory: file })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE trust\.directory: /)
  })

  test('one of several files', () => {
    const directory = directoryOf({ 'a.pem': pem })
    const files = [join(directory, 'a.pem'), join(directory, 'b.pem')]
    expect(errorOf([{ pem }, { files }])).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE trust\[1\]\.files: .*b\.pem/)
  })

  test('a directory with one unreadable entry: a link to nothing', () => {
    const directory = directoryOf({ 'a.pem': pem })
    symlinkSync('nowhere', join(directory, 'b.pem'))
    expect(errorOf({ directory })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE trust\.directory: .*b\.pem .*must be readable/)
  })

  test('a directory with one entry that is no certificate', () => {
    const directory = directoryOf({ 'a.pem': pem, README: 'put CAs here\n' })
    expect(errorOf({ directory })).toMatch(/^ERR_CONFIG_TRUST_MALFORMED trust\.directory: .*README: /)
  })

  test('a directory in the place of a file, and within a directory', () => {
    const directory = directoryOf({ 'a.pem': pem })
    expect(errorOf({ file: directory })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE .*no regular file/)
    mkdirSync(join(directory, 'more'))
    expect(errorOf({ directory })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE .*more could not be read/)
  })

  test('a file in the place of a directory', () => {
    const directory = join(directoryOf({ 'a.pem': pem }), 'a.pem')
    expect(errorOf({ directory })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE .*ENOTDIR/)
  })

  test('an empty directory, which holds no anchor', () => {
    expect(errorOf({ directory: temporaryDirectory() })).toMatch(/^ERR_CONFIG_NO_ANCHOR .*holds 0 certificates/)
  })

  test('a pipe, reading which would stop the program, and a device', () => {
    const pipe = join(temporaryDirectory(), 'pipe')
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
    expect(errorOf({ file: pipe })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE .*no regular file/)
    expect(errorOf({ file: '/dev/null' })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE .*no regular file/)
  })

  test('a file that is larger than any store of trust', () => {
    const file = join(directoryOf({ large: '' }), 'large')
    truncateSync(file, MAX_SOURCE_BYTES + 1)
    expect(errorOf({ file })).toMatch(/^ERR_CONFIG_TRUST_UNREADABLE .*at most 16777216 are read/)
    truncateSync(file, MAX_SOURCE_BYTES)
    expect(errorOf({ file })).toMatch(/^ERR_CONFIG_TRUST_MALFORMED /)
  })
})

describe('what is no source is refused at construction, naming the option and the fix', () => {
  test('a bare text or buffer, which may be a path or PEM', () => {
    for (const value of ['./ca.pem', pem, Buffer.from(pem), '']) {
      expect(errorOf(value)).toMatch(/^ERR_CONFIG_TYPE trust: is a bare string or buffer.*\{ file: PATH \}/)
    }
    expect(errorOf(['./ca.pem'])).toMatch(/^ERR_CONFIG_TYPE trust\[0\]: /)
  })

  test('several kinds at once, and none', () => {
    expect(errorOf({ pem, file: 'ca.pem' })).toMatch(
      /^ERR_CONFIG_MISSING trust: names 2 sources at once.*exactly one of/,
    )
    expect(errorOf({})).toMatch(/^ERR_CONFIG_MISSING trust: names no source/)
    expect(errorOf({ id: 'x' })).toMatch(/^ERR_CONFIG_MISSING /)
  })

  test('a kind beside `load`, of which one would be overlooked', () => {
    const own = { name: 'mine', load: () => materialOf(one) }
    for (const kind of ['file', 'files', 'directory', 'pem']) {
      expect(errorOf({ ...own, [kind]: 'x' })).toMatch(
        new RegExp(`^ERR_CONFIG_VALUE trust\\.${kind}: stands beside \`load\``),
      )
    }
  })

  test.each([
    [
      'an unknown option',
      { pem, partialchain: true },
      /^ERR_CONFIG_UNKNOWN_OPTION trust\.partialchain: .*Did you mean `partialChain`/,
    ],
    ['an id that is no text', { pem, id: 5 }, /^ERR_CONFIG_TYPE trust\.id: /],
    ['an empty id', { pem, id: '' }, /^ERR_CONFIG_TYPE trust\.id: /],
    ['an undefined value', { pem, id: undefined }, /^ERR_CONFIG_TYPE trust\.id: is given as undefined/],
    ['partialChain that is no boolean', { pem, partialChain: 'yes' }, /^ERR_CONFIG_TYPE trust\.partialChain: /],
    ['reload for pem', { pem, reload: 'watch' }, /^ERR_CONFIG_VALUE trust\.reload: has no meaning/],
    [
      'reload of another word',
      { file: 'x', reload: true },
      /^ERR_CONFIG_VALUE trust\.reload: is true\. Use one of `watch`, `never`/,
    ],
    ['a path that is no text', { file: 5 }, /^ERR_CONFIG_TYPE trust\.file: /],
    ['an empty path', { file: '' }, /^ERR_CONFIG_TYPE trust\.file: /],
    ['an empty list of files', { files: [] }, /^ERR_CONFIG_TYPE trust\.files: /],
    ['files that are no list', { files: 'a.pem' }, /^ERR_CONFIG_TYPE trust\.files: /],
    ['a file in the list that is no text', { files: ['a.pem', null] }, /^ERR_CONFIG_TYPE trust\.files\[1\]: /],
    ['empty pem', { pem: '' }, /^ERR_CONFIG_TYPE trust\.pem: /],
    ['an empty array', [], /^ERR_CONFIG_TYPE trust: /],
    ['an array in an array', [[{ pem }]], /^ERR_CONFIG_TYPE trust\[0\]: /],
    ['null', null, /^ERR_CONFIG_TYPE trust: /],
    ['a number', 5, /^ERR_CONFIG_TYPE trust: /],
  ])('%s', (_, input, message) => {
    expect(errorOf(input)).toMatch(message)
  })

  test('an id that is given twice', () => {
    const twice = [{ pem, id: 'ours' }, { pem }, { pem: pemOf(other), id: 'ours' }]
    expect(errorOf(twice)).toMatch(/^ERR_CONFIG_ANCHOR_ID trust: the id "ours" is given twice/)
  })

  test.each([
    ['no name', { load: () => [] }, /^ERR_CONFIG_TYPE trust\.name: /],
    ['an empty name', { name: '', load: () => [] }, /^ERR_CONFIG_TYPE trust\.name: /],
    ['an id that is no text', { name: 'x', id: 5, load: () => [] }, /^ERR_CONFIG_TYPE trust\.id: /],
    ['anchors of another word', { name: 'x', anchors: 'none', load: () => [] }, /^ERR_CONFIG_VALUE trust\.anchors: /],
    ['a watch that is no function', { name: 'x', watch: true, load: () => [] }, /^ERR_CONFIG_TYPE trust\.watch: /],
    ['nothing returned', { name: 'x', load: () => undefined }, /^ERR_CONFIG_TRUST_MALFORMED trust: x returned no DER/],
    ['null returned', { name: 'x', load: () => null }, /^ERR_CONFIG_TRUST_MALFORMED /],
    ['PEM returned', { name: 'x', load: () => pem }, /^ERR_CONFIG_TRUST_MALFORMED /],
    ['no bytes returned', { name: 'x', load: () => [{ der: pem, origin: 'x' }] }, /^ERR_CONFIG_TRUST_MALFORMED /],
    ['an empty list returned', { name: 'x', load: () => [] }, /^ERR_CONFIG_NO_ANCHOR .*x holds 0 certificates/],
  ])('a source of one\u2019s own with %s', (_, source, message) => {
    expect(errorOf(source)).toMatch(message)
  })
})

test('reading options opens and loads nothing yet', () => {
  const sources: readonly TrustSource[] = readTrust({ file: 'not-there.pem' }, 'trust')
  expect(sources).toMatchObject([{ anchors: 'self-signed' }])
})
